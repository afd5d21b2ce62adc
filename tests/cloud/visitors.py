"""Customers of a running stage, who come in by API Gateway."""

import os
import uuid
from dataclasses import dataclass
from typing import Any

import requests

from deploy.local import resources
from tests.clients import PASSWORD
from tests.cloud.running import Stage

_SECONDS = 30


@dataclass(frozen=True)
class Caller:
    """Calls with one token, as tests.clients.Api does, but over the network."""

    url: str
    token: str | None

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> requests.Response:
        """`headers` with underscores: If_Match='"1"'."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.token is not None:
            sent["Authorization"] = self.token
        return requests.request(
            method, self.url + path, json=body, headers=sent, timeout=_SECONDS, allow_redirects=False
        )

    def get(self, path: str, **headers: str) -> requests.Response:
        return self.call("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> requests.Response:
        return self.call("POST", path, body, **headers)

    def patch(self, path: str, body: Any = None, **headers: str) -> requests.Response:
        return self.call("PATCH", path, body, **headers)

    def delete(self, path: str, body: Any = None, **headers: str) -> requests.Response:
        return self.call("DELETE", path, body, **headers)


@dataclass(frozen=True)
class Visitor:
    email: str
    sub: str
    id_token: str
    access_token: str
    api: Caller


def sign_up(stage: Stage, *, pool: str = "auth.UserPool", client: str = "auth.WebsiteClient") -> Visitor:
    """Another user of a pool of the stage, with tokens of one of its clients."""
    email = f"user-{uuid.uuid4().hex[:12]}@example.com"
    wanted = {"username": email, "pool": stage.real(pool), "client": stage.real(client)}
    sub = resources.create_user(os.environ, wanted["pool"], email=email, password=PASSWORD)
    address = f"{os.environ['AWS_ENDPOINT_URL_COGNITO_IDP']}/_standin/tokens"
    tokens = requests.post(address, params=wanted, timeout=_SECONDS).json()
    return Visitor(email, sub, tokens["IdToken"], tokens["AccessToken"], Caller(stage.url, tokens["IdToken"]))
