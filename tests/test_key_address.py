"""The pool's key address: asked for nothing but keys, and no token is refused only because it does not answer."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.clients import Api, User
from tests.key_server import Clock, KeyServer, key_server, renewal_awaited
from tests.problems import assert_problem
from tests.tokens import claims_of
from todoproject.aws import cognito
from todoproject.aws.cognito import Keys

# More than the pause after a fetch; more than the age at which keys are renewed.
A_WHILE, HOUR_AND_MORE = 60, 3601
UNAVAILABLE = "A part of the service does not answer. Nothing is lost; try again in a moment."


@pytest.fixture
def server(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[KeyServer]:
    """The key address of the pool, and a service that has just started."""
    with key_server() as server:
        settings.COGNITO_ISSUER = server.issuer
        monkeypatch.setattr(cognito, "keys", Keys(cognito._fetch_keys))
        yield server


def token_of(user: User, server: KeyServer) -> str:
    return server.sign({**claims_of(user.id_token), "iss": server.issuer})


def test_keys_come_from_the_address_of_the_configured_pool(server: KeyServer, alice: User) -> None:
    api = Api(token_of(alice, server))
    assert [api.get("/me/todos").status_code for _ in range(3)] == [200] * 3
    assert server.asked == ["/.well-known/jwks.json"]


def test_a_key_rotated_by_the_pool_lets_new_tokens_in(server: KeyServer, alice: User, clock: Clock) -> None:
    old = Api(token_of(alice, server))
    assert old.get("/me/todos").status_code == 200
    server.rotate("second")
    clock.now += A_WHILE
    assert Api(token_of(alice, server)).get("/me/todos").status_code == 200
    assert old.get("/me/todos").status_code == 401


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, ""),
        (404, "{}"),
        (302, ""),
        (200, ""),
        (200, "<html>Sorry</html>"),
        (200, "[]"),
        (200, "{}"),
        (200, '{"keys": []}'),
        (200, '{"keys": [{"kty": "RSA"}]}'),
        (200, '{"keys": ["first"]}'),
        (200, " " * 1_000_000 + '{"keys": []}'),
        (200, "[" * 100_000),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_before_any_key_was_loaded_a_token_is_answered_with_503_never_401(
    server: KeyServer, alice: User, status: int, body: str
) -> None:
    token = token_of(alice, server)
    with key_server() as elsewhere:
        server.answer(status, body, Location=f"{elsewhere.issuer}/keys")
        for header in (token, f"Bearer {token}"):
            answer = Api(header).get("/me/todos")
            assert_problem(answer, 503, "unavailable", UNAVAILABLE)
            assert answer.headers["Retry-After"] == "2"
            assert "WWW-Authenticate" not in answer.headers
        assert (len(server.asked), elsewhere.asked) == (1, [])


def test_keys_that_cannot_be_reached_are_answered_with_503(settings: Any, server: KeyServer, alice: User) -> None:
    # Nothing listens on the port of TCP's own multiplexer.
    settings.COGNITO_ISSUER = "http://127.0.0.1:1"
    answer = Api(token_of(alice, server)).get("/me/todos")
    assert_problem(answer, 503, "unavailable", UNAVAILABLE)
    assert answer.headers["Retry-After"] == "2"


def test_nonsense_instead_of_new_keys_leaves_the_old_ones_in_use(server: KeyServer, alice: User, clock: Clock) -> None:
    api = Api(token_of(alice, server))
    assert api.get("/me/todos").status_code == 200
    server.answer(200, '{"keys": []}')
    clock.now += HOUR_AND_MORE
    with renewal_awaited():
        assert api.get("/me/todos").status_code == 200
    assert api.get("/me/todos").status_code == 200
    assert len(server.asked) == 2
