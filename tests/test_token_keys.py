"""The pool's public keys: fetched once, kept, renewed in the background, and used while Cognito is away."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import jwt
import pytest

from tests.key_server import Clock, renewal_awaited
from todoproject.aws.cognito import InvalidToken, Keys
from todoproject.aws.failures import KeysUnavailable

HOUR, DAY = 3600, 24 * 3600
# More than the pause after a fetch, and less than the age at which keys are renewed.
A_WHILE = 60


class Cognito:
    """What the keys are fetched from. `fetches` counts; `away` makes it fail."""

    def __init__(self, *kids: str) -> None:
        self.kids = kids
        self.away = False
        self.fetches = 0
        self.before_answer: Callable[[], Any] = lambda: None

    def fetch(self) -> dict[str, jwt.PyJWK]:
        self.fetches += 1
        self.before_answer()
        if self.away:
            raise OSError("Cognito does not answer.")
        return {kid: key_called(kid) for kid in self.kids}


def key_called(kid: str) -> jwt.PyJWK:
    return jwt.PyJWK({"kty": "oct", "k": "c2VjcmV0", "alg": "HS256", "kid": kid})


@pytest.fixture
def pool() -> Cognito:
    return Cognito("one", "two")


@pytest.fixture
def keys(pool: Cognito, clock: Clock) -> Keys:
    return Keys(pool.fetch)


def test_keys_are_fetched_once_and_kept(keys: Keys, pool: Cognito, clock: Clock) -> None:
    for _ in range(20):
        assert (keys.get("one").key_id, keys.get("two").key_id) == ("one", "two")
        clock.now += HOUR / 25
    assert pool.fetches == 1


def test_nothing_is_fetched_before_a_token_asks(keys: Keys, pool: Cognito) -> None:
    assert pool.fetches == 0


@pytest.mark.parametrize(("away", "judged"), [(False, InvalidToken), (True, KeysUnavailable)])
def test_unknown_key_ids_do_not_cause_a_fetch_each(
    keys: Keys, pool: Cognito, clock: Clock, away: bool, judged: type[Exception]
) -> None:
    keys.get("one")
    pool.away = away
    clock.now += A_WHILE
    for number in range(100):
        with pytest.raises(judged):
            keys.get(f"invented-{number}")
        clock.now += 0.05
    assert pool.fetches == 2
    assert keys.get("one").key_id == "one"


def test_a_rotated_key_is_picked_up_and_the_old_one_no_longer_accepted(keys: Keys, pool: Cognito, clock: Clock) -> None:
    keys.get("one")
    pool.kids = ("two", "three")
    clock.now += A_WHILE
    assert keys.get("three").key_id == "three"
    assert keys.get("two").key_id == "two"
    clock.now += A_WHILE
    with pytest.raises(InvalidToken):
        keys.get("one")


def test_a_revoked_key_is_dropped_within_the_next_renewal(keys: Keys, pool: Cognito, clock: Clock) -> None:
    keys.get("one")
    pool.kids = ("two",)
    clock.now += HOUR + 1
    with renewal_awaited():
        assert keys.get("two").key_id == "two"
    with pytest.raises(InvalidToken):
        keys.get("one")


def test_after_an_hour_keys_are_renewed_while_requests_go_on(keys: Keys, pool: Cognito, clock: Clock) -> None:
    keys.get("one")
    clock.now += HOUR + 1
    answered = threading.Event()
    pool.before_answer = lambda: answered.wait(timeout=5)
    with renewal_awaited():
        for _ in range(10):
            assert keys.get("one").key_id == "one"
        answered.set()
    assert pool.fetches == 2
    clock.now += HOUR - 1
    assert keys.get("one").key_id == "one"
    assert pool.fetches == 2


def test_old_keys_are_used_for_a_day_while_cognito_is_away(keys: Keys, pool: Cognito, clock: Clock) -> None:
    keys.get("one")
    pool.away = True
    for _ in range(23):
        clock.now += HOUR
        with renewal_awaited():
            assert keys.get("one").key_id == "one"
    clock.now += HOUR - 1
    assert keys.get("one").key_id == "one"


def test_after_a_day_without_cognito_no_token_can_be_judged_until_it_is_back(
    keys: Keys, pool: Cognito, clock: Clock
) -> None:
    keys.get("one")
    pool.away = True
    clock.now += DAY + 1
    for kid in ("one", "unknown"):
        with pytest.raises(KeysUnavailable):
            keys.get(kid)
    pool.away = False
    clock.now += A_WHILE
    assert keys.get("one").key_id == "one"


def test_without_any_key_every_token_must_wait_and_only_some_requests_try(
    keys: Keys, pool: Cognito, clock: Clock
) -> None:
    pool.away = True
    for number in range(100):
        with pytest.raises(KeysUnavailable):
            keys.get(f"kid-{number}")
        clock.now += 0.05
    assert pool.fetches == 1
    pool.away = False
    clock.now += A_WHILE
    assert keys.get("one").key_id == "one"


@pytest.mark.parametrize("away", [False, True])
def test_sixteen_first_requests_at_once_fetch_once(keys: Keys, pool: Cognito, away: bool) -> None:
    pool.away = away
    at_once = threading.Barrier(16)
    another_fetch = threading.Barrier(2)

    def wait_for_another() -> None:
        with pytest.raises(threading.BrokenBarrierError):
            another_fetch.wait(timeout=0.3)

    def first_request(_: int) -> str | None:
        at_once.wait(timeout=5)
        try:
            return keys.get("one").key_id
        except KeysUnavailable:
            return "unavailable"

    pool.before_answer = wait_for_another
    with ThreadPoolExecutor(16) as threads:
        assert set(threads.map(first_request, range(16))) == {"unavailable" if away else "one"}
    assert pool.fetches == 1


def test_the_warm_up_fetches_before_the_first_request(keys: Keys, pool: Cognito) -> None:
    with renewal_awaited():
        keys.refresh_in_background()
    assert pool.fetches == 1
    keys.get("one")
    assert pool.fetches == 1
