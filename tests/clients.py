"""How tests come in: by HTTP, as a user of the pool, through Django's own client."""

import json
import os
import uuid
from dataclasses import dataclass
from typing import Any

import requests
from django.http import HttpResponse
from django.test import Client

from deploy.local import resources

STANDIN = os.environ.get("AWS_ENDPOINT_URL_COGNITO_IDP", "")
POOL_ID = os.environ.get("COGNITO_USER_POOL_ID", "")
PASSWORD = "Wonderland-2026"


@dataclass(frozen=True)
class User:
    email: str
    sub: str
    id_token: str
    access_token: str
    refresh_token: str

    @classmethod
    def sign_up(cls) -> "User":
        """Another user, with an e-mail address nobody had before."""
        email = f"user-{uuid.uuid4().hex[:12]}@example.com"
        sub = resources.create_user(dict(os.environ), POOL_ID, email=email, password=PASSWORD)
        tokens = requests.post(f"{STANDIN}/_standin/tokens", params={"username": email}, timeout=10).json()
        return cls(email, sub, tokens["IdToken"], tokens["AccessToken"], tokens["RefreshToken"])

    @property
    def api(self) -> "Api":
        return Api(self.id_token)


class Api:
    """Calls with one token. Bodies go out and come in as JSON; a 500 is an answer, not an exception."""

    def __init__(self, token: str | None) -> None:
        self._client = Client(raise_request_exception=False, headers={"authorization": token} if token else None)

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> HttpResponse:
        """`headers` with underscores: If_Match='"1"'."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if body is None:
            return self._client.generic(method, path, headers=sent)
        content_type = sent.pop("Content-Type", "application/json")
        payload = body if isinstance(body, (bytes, str)) else json.dumps(body)
        return self._client.generic(method, path, payload, content_type=content_type, headers=sent)

    def get(self, path: str, **headers: str) -> HttpResponse:
        return self.call("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> HttpResponse:
        return self.call("POST", path, body, **headers)

    def patch(self, path: str, body: Any = None, **headers: str) -> HttpResponse:
        return self.call("PATCH", path, body, **headers)

    def delete(self, path: str, body: Any = None, **headers: str) -> HttpResponse:
        return self.call("DELETE", path, body, **headers)
