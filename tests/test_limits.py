"""How many requests a user, or an address without a valid token, may send."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.clients import Api, User
from tests.dynamodb_calls import recorded_calls
from tests.problems import assert_problem
from todoproject.api.limits import Buckets, Left, buckets, network_of

_TOO_MANY = "These are too many requests at once. Nothing was done; send it again in a moment."
GARBAGE = Api("Bearer x.y.z")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """The buckets' time, which only moves when it is told to."""
    now = [1000.0]
    monkeypatch.setattr("todoproject.api.limits.time.monotonic", lambda: now[0])

    def advance(seconds: float) -> None:
        now[0] += seconds

    return advance


@pytest.fixture
def few(settings: Any, clock: Callable[[float], None]) -> Callable[[float], None]:
    """Three requests of a user and two of an address in half a minute; nobody has sent any yet."""
    settings.USER_RATE, settings.ADDRESS_RATE = (3, 30), (2, 30)
    buckets.cache_clear()
    return clock


def refused(response: Any, policy: str, most: int, seconds: int) -> None:
    assert_problem(response, 429, "too-many-requests", _TOO_MANY)
    assert response.headers["Retry-After"] == str(seconds)
    assert response.headers["RateLimit-Policy"] == f'"{policy}";q={most};w=30'
    assert response.headers["RateLimit"] == f'"{policy}";r=0;t={seconds}'


def test_a_user_beyond_the_limit_is_refused_and_told_when_to_come_again(
    alice: User, bob: User, few: Callable[[float], None]
) -> None:
    answers = [alice.api.get("/me/todos") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200] * 3
    assert [answer.headers["RateLimit"] for answer in answers] == [f'"user";r={left};t=10' for left in (2, 1, 0)]
    few(0.5)
    with recorded_calls() as calls:
        refused(alice.api.post("/me/todos", {"title": "One too many"}), "user", 3, 10)
        refused(alice.api.get("/x/files"), "user", 3, 10)
    assert calls == []
    assert bob.api.get("/me/todos").json() == {"todos": [], "nextCursor": None}
    few(9)
    refused(alice.api.get("/me/todos"), "user", 3, 1)
    few(0.5)
    assert alice.api.get("/me/todos").json() == {"todos": [], "nextCursor": None}
    refused(alice.api.get("/me/todos"), "user", 3, 10)
    few(3600)
    assert alice.api.get("/me/todos").headers["RateLimit"] == '"user";r=2;t=10'


def test_every_name_and_token_of_a_user_and_whatever_they_ask_for_count_together(
    alice: User, bob: User, few: Callable[[float], None]
) -> None:
    access = Api(alice.access_token)
    assert access.get(f"/{alice.sub}/todos").status_code == 200
    assert alice.api.get(f"/{bob.email}/todos").status_code == 404
    assert alice.api.call("PUT", "/me/todos").status_code == 405
    refused(access.get("/me/todos"), "user", 3, 10)
    refused(alice.api.get(f"/{bob.email}/todos"), "user", 3, 10)


def test_an_address_without_a_valid_token_is_refused_in_the_end(few: Callable[[float], None]) -> None:
    assert (GARBAGE.get("/me/todos").status_code, Api(None).get("/x/files").status_code) == (401, 401)
    few(0.1)
    refused(GARBAGE.get("/me/todos"), "address", 2, 15)
    refused(Api(None).get("/todos/docs"), "address", 2, 15)
    few(15)
    assert GARBAGE.get("/me/todos").headers["WWW-Authenticate"] == "Bearer"


def test_nobody_is_refused_for_what_others_do_at_the_same_address(alice: User, few: Callable[[float], None]) -> None:
    assert [GARBAGE.get("/me/todos").status_code for _ in range(4)] == [401, 401, 429, 429]
    assert alice.api.get("/me/todos").status_code == 200


def test_addresses_are_the_gateway_s_word_and_not_the_client_s(few: Callable[[float], None]) -> None:
    def status(address: str, **headers: str) -> int:
        return GARBAGE.get("/me/todos", X_Client_IP=address, **headers).status_code

    assert [status("192.0.2.1", X_Forwarded_For=f"198.51.100.{each}") for each in range(3)] == [401, 401, 429]
    assert status("192.0.2.2") == 401
    # Of IPv6, the network that one subscriber has.
    assert [status(f"2001:db8:1:1::{each:x}") for each in range(3)] == [401, 401, 429]
    assert status("2001:db8:1:2::1") == 401
    # IPv4 written as IPv6 is what it is, and not one subscriber.
    assert [status("::ffff:192.0.2.1"), status("::ffff:192.0.2.2"), status("::ffff:192.0.2.3")] == [429, 401, 401]


def test_the_health_check_and_preflights_are_not_counted(few: Callable[[float], None]) -> None:
    assert [GARBAGE.get("/me/todos").status_code for _ in range(3)] == [401, 401, 429]
    assert Api(None).get("/healthz").status_code == 200
    preflight = Api(None).call("OPTIONS", "/me/todos", Origin="http://a", Access_Control_Request_Method="GET")
    assert preflight.status_code == 200


def test_a_bucket_fills_evenly_and_never_holds_more_than_it_can(clock: Callable[[float], None]) -> None:
    bucket = Buckets(5, 10)
    assert [bucket.take("a")[:2] for _ in range(6)] == [(True, left) for left in (4, 3, 2, 1, 0)] + [(False, 0)]
    for _ in range(3):
        clock(2)
        assert [bucket.take("a") for _ in range(2)] == [Left(True, 0, 2), Left(False, 0, 2)]
    clock(100)
    assert [bucket.take("a").is_allowed for _ in range(6)] == [True] * 5 + [False]


@pytest.mark.parametrize("began", [0.0, 123456.789, 5_000_000.1])
@pytest.mark.parametrize(("most", "seconds"), [(300, 10), (300, 60), (7, 11), (5, 900)])
def test_whoever_waits_exactly_as_long_as_they_are_told_gets_in(
    clock: Callable[[float], None], began: float, most: int, seconds: int
) -> None:
    clock(began)
    bucket = Buckets(most, seconds)
    assert [bucket.take("a").remaining for _ in range(most)] == list(reversed(range(most)))
    for _ in range(most):
        left = bucket.take("a")
        assert left[:2] == (False, 0)
        clock(left.wait)
        assert bucket.take("a").is_allowed


def test_asking_while_refused_does_not_prolong_it(clock: Callable[[float], None]) -> None:
    bucket = Buckets(1, 10)
    assert bucket.take("a").is_allowed
    for _ in range(1000):
        assert not bucket.take("a").is_allowed
    clock(10)
    assert bucket.take("a").is_allowed


def test_having_one_s_bucket_forgotten_costs_more_than_it_gives(
    clock: Callable[[float], None],
) -> None:
    bucket = Buckets(300, 10)
    while bucket.take("greedy").is_allowed:
        pass
    for number in range(9_000):
        bucket.take(str(number))
    assert not bucket.take("greedy").is_allowed
    for number in range(30_000):
        bucket.take(str(number))
    assert len(bucket) == 10_000
    # For at least 10,000 requests as others, 300 more.
    assert bucket.take("greedy").is_allowed


def test_buckets_that_are_full_again_are_forgotten(clock: Callable[[float], None]) -> None:
    bucket = Buckets(300, 10)
    for number in range(5000):
        bucket.take(str(number))
    clock(10)
    for _ in range(2500):
        bucket.take("a")
    assert len(bucket) == 1


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:0DB8:0001:0002::", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("::FFFF:c000:207", "192.0.2.7"),
        ("", ""),
        ("not an address", ""),
        ("<script>", ""),
        ("1" * 5000, ""),
    ],
)
def test_a_subscriber_is_known_by_the_network(address: str, network: str) -> None:
    assert network_of(address) == network


def test_the_description_says_that_any_operation_may_be_refused_so() -> None:
    for role in ("todos", "files"):
        for item in Api(None).get(f"/{role}/schema").json()["paths"].values():
            for operation in item.values():
                described = operation["responses"]["429"]
                assert list(described["content"]) == ["application/problem+json"]
                assert described["headers"].keys() == {"Retry-After", "RateLimit", "RateLimit-Policy"}
                assert operation["responses"]["503"]["headers"]["Retry-After"]["required"] is True
                assert all("RateLimit" in answer["headers"] for answer in operation["responses"].values())


def test_what_is_left_is_written_as_the_draft_wants_it(alice: User) -> None:
    headers = alice.api.get("/me/todos").headers
    assert re.fullmatch(r'"user";q=[1-9]\d*;w=[1-9]\d*', headers["RateLimit-Policy"])
    assert re.fullmatch(r'"user";r=\d+;t=\d+', headers["RateLimit"])
