"""A verified token is remembered; whether it is still good is asked at each request all the same.

That one expires while it is remembered: tests/test_authentication.py.
"""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine

from tests.clients import Api
from tests.key_server import Clock, KeyServer, key_server, renewal_awaited
from tests.tokens import CLIENT_ID
from todoproject.aws import cognito

HOUR = 3600


@pytest.fixture
def pool(settings: Any, monkeypatch: pytest.MonkeyPatch, clock: Clock) -> Iterator[KeyServer]:
    with key_server() as server:
        settings.COGNITO_ISSUER = server.issuer
        monkeypatch.setattr(cognito, "keys", cognito.Keys(cognito._fetch_keys))
        yield server


def token_of(pool: KeyServer, **more: Any) -> str:
    now = int(time.time())
    claims = {"sub": "reader", "iss": pool.issuer, "aud": CLIENT_ID, "token_use": "id", "iat": now, "exp": now + HOUR}
    return pool.sign({**claims, **more})


def status(token: str) -> int:
    return Api(token).get("/me/todos").status_code


def test_a_token_is_verified_once_and_remembered(pool: KeyServer) -> None:
    token = token_of(pool)
    before = cognito._verified_claims.cache_info()
    assert [status(token) for _ in range(3)] == [200, 200, 200]
    after = cognito._verified_claims.cache_info()
    assert (after.misses - before.misses, after.hits - before.hits) == (1, 2)


def test_a_remembered_token_is_refused_when_the_pool_no_longer_has_its_key(pool: KeyServer, clock: Clock) -> None:
    token = token_of(pool)
    assert status(token) == 200
    pool.rotate("second")
    clock.now += HOUR + 1
    with renewal_awaited():
        assert status(token_of(pool)) == 200
    assert (status(token), status(token_of(pool))) == (401, 200)


def test_a_remembered_token_is_judged_anew_when_another_key_bears_the_same_id(pool: KeyServer, clock: Clock) -> None:
    token = token_of(pool)
    assert status(token) == 200
    pool.rotate("second")
    pool.answer(200, json.dumps({"keys": [{**pool.jwk, "kid": "first"}]}))
    clock.now += HOUR + 1
    with renewal_awaited():
        status(token)
    assert status(token) == 401


def test_another_signature_of_a_remembered_token_is_refused(pool: KeyServer) -> None:
    token = token_of(pool)
    assert status(token) == 200
    signed_text, _, signature = token.rpartition(".")
    with key_server() as attacker:
        attacker.rotate("theirs")
        theirs = attacker.sign({"sub": "reader"}).rpartition(".")[2]
    for other in (theirs, signature[::-1], signature[:-4], "AAAA", signature + "AAAA"):
        assert status(f"{signed_text}.{other}") == 401
    assert status(token) == 200


def test_other_claims_under_a_remembered_signature_are_refused(pool: KeyServer) -> None:
    token, other = token_of(pool), token_of(pool, sub="somebody else")
    assert status(token) == 200
    header, _, signature = token.split(".")
    assert status(".".join((header, other.split(".")[1], signature))) == 401


def test_a_remembered_token_is_refused_by_a_clock_that_went_back_before_its_time(pool: KeyServer) -> None:
    begin = int(time.time())
    token = token_of(pool, nbf=begin)
    for moment, expected in ((begin + 1, 200), (begin - 1, 401), (begin, 200)):
        with time_machine.travel(moment, tick=False):
            assert status(token) == expected


def test_a_refused_token_displaces_no_other(pool: KeyServer) -> None:
    token = token_of(pool)
    assert status(token) == 200
    before = cognito._verified_claims.cache_info()
    for number in range(20):
        assert status(token_of(pool, iss=f"https://{number}.example")) == 401
    assert cognito._verified_claims.cache_info().currsize == before.currsize
    assert status(token) == 200
