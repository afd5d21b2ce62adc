"""Cognito's keys cannot be had: no token is called invalid for it, and the health check does not care."""

import contextlib
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest
import requests

from tests.clients import POOL_ID, User
from tests.faults.fault import ERROR, HUNG, NOT_JSON
from tests.faults.proxy import Proxy
from tests.faults.server import Server, serving, wait_until
from tests.faults.visitor import assert_unavailable

ENDPOINT = os.environ.get("AWS_ENDPOINT_URL_COGNITO_IDP", "http://localhost")
BOUND = 7
RECOVERY = 20
FAULTS: dict[str, Callable[[Proxy], None]] = {
    "refused": Proxy.refuse,
    "hung": lambda proxy: proxy.inject(HUNG),
    "500": lambda proxy: proxy.inject(ERROR),
    "not JSON": lambda proxy: proxy.inject(NOT_JSON),
}


@dataclass(frozen=True)
class Behind:
    """A server that fetches the keys through a proxy, and its tokens, whose issuer is therefore the proxy."""

    proxy: Proxy
    server: Server

    def token(self, user: User) -> str:
        return self.signed(self.proxy, user)

    @staticmethod
    def signed(proxy: Proxy, user: User) -> str:
        now = int(time.time())
        claims = {
            "sub": user.sub,
            "iss": f"{proxy.url}/{POOL_ID}",
            "aud": os.environ["COGNITO_CLIENT_IDS"],
            "cognito:username": user.sub,
            "email": user.email,
            "token_use": "id",
            "iat": now,
            "exp": now + 600,
        }
        address = f"{urlsplit(ENDPOINT).scheme}://{urlsplit(ENDPOINT).netloc}/_standin/sign"
        signed = requests.post(address, params={"pool": POOL_ID, "use": "id"}, json={"claims": claims}, timeout=10)
        return str(signed.json()["token"])


@contextlib.contextmanager
def behind(proxy: Proxy) -> Iterator[Behind]:
    issuer = {"COGNITO_ISSUER": f"{proxy.url}/{POOL_ID}"}
    with serving("todos", application="tests.faults.hasty", WEB_CONCURRENCY="1", **issuer) as [server]:
        yield Behind(proxy, server)


def test_at_a_fresh_start_every_token_is_503_until_the_keys_can_be_had(alice: User) -> None:
    with contextlib.ExitStack() as stack:
        broken: dict[str, Behind] = {}
        for fault, break_it in FAULTS.items():
            proxy = stack.enter_context(Proxy(ENDPOINT))
            break_it(proxy)
            broken[fault] = stack.enter_context(behind(proxy))

        for fault, start in broken.items():
            started = time.monotonic()
            assert_unavailable(start.server.call(start.token(alice), "GET", "/me/todos"))
            assert time.monotonic() - started < BOUND, fault
            assert requests.get(f"{start.server.url}/healthz", timeout=5).status_code == 200
            assert requests.get(f"{start.server.url}/me/todos", timeout=5).status_code == 401, "without any token"

        for start in broken.values():
            start.proxy.clear()
        for fault, start in broken.items():
            token = start.token(alice)
            wait_until(
                lambda: start.server.call(token, "GET", "/me/todos").status_code == 200,  # noqa: B023
                seconds=RECOVERY,
                what=f"the service works again after keys that were {fault}",
            )


@pytest.mark.parametrize("break_it", FAULTS.values(), ids=FAULTS)
def test_once_the_keys_were_loaded_tokens_are_verified_without_cognito(
    loaded: Behind, alice: User, break_it: Callable[[Proxy], None]
) -> None:
    token = loaded.token(alice)
    wait_until(
        lambda: loaded.server.call(token, "GET", "/me/todos").status_code == 200,
        seconds=RECOVERY,
        what="the keys are loaded",
    )
    break_it(loaded.proxy)
    for _ in range(10):
        assert loaded.server.call(token, "GET", "/me/todos").status_code == 200


@pytest.fixture(scope="module")
def loaded_server() -> Iterator[Behind]:
    with Proxy(ENDPOINT) as proxy, behind(proxy) as start:
        yield start


@pytest.fixture
def loaded(loaded_server: Behind) -> Behind:
    loaded_server.proxy.clear()
    return loaded_server
