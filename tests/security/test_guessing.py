"""Guessing at the staff admin's sign-in: what is refused, what is on record, and that no victim is kept out."""

from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from tests.support.staff import LOGIN, Member, text_of
from tests.support.trail import events_of
from todoproject.api.limits import buckets
from todoproject.aws import user_pools
from todoproject.support.attempts import BY_ACCOUNT, BY_BROWSER

WRONG = "Wrong-password-12"


@pytest.fixture(autouse=True)
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """The buckets' time stands still until a test moves it. Nobody has failed yet."""
    now = [1000.0]
    monkeypatch.setattr("todoproject.api.limits.time.monotonic", lambda: now[0])
    buckets.cache_clear()

    def advance(seconds: float) -> None:
        now[0] += seconds

    return advance


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Whose passwords Cognito was asked about."""
    names: list[str] = []
    really = user_pools.start_sign_in

    def ask(username: str, password: str) -> Any:
        names.append(username)
        return really(username, password)

    monkeypatch.setattr("todoproject.aws.user_pools.start_sign_in", ask)
    return names


def guess(email: str, address: str = "192.0.2.66") -> HttpResponse:
    """By a stranger, each time from a new browser."""
    browser = Client(headers={"x-client-ip": address})
    return browser.post(LOGIN, {"email": email, "password": WRONG, "code": "123456"})


def test_an_account_is_guessed_at_a_few_times_and_then_cognito_is_not_asked(
    asked: list[str], later: Callable[[float], None]
) -> None:
    member = Member.create("support")
    _, most, seconds = BY_ACCOUNT
    answers = [guess(member.email, f"192.0.2.{number}") for number in range(most + 3)]
    assert [answer.status_code for answer in answers] == [200] * most + [429] * 3
    assert asked == [member.email] * most
    refused = answers[-1]
    assert refused.headers["Retry-After"] == str(seconds // most)
    assert f"Too many attempts have failed. Try again in {seconds // most // 60} minutes." in refused.content.decode()
    # Whatever the case of the letters, and with the right password too.
    assert guess(member.email.upper()).status_code == 429
    assert member.sign_in(code="123456").status_code == 429
    later(seconds / most)
    assert [guess(member.email).status_code for _ in range(2)] == [200, 429]


def test_whoever_has_come_in_from_a_browser_still_can_while_strangers_guess(later: Callable[[float], None]) -> None:
    member = Member.signed_in("support")
    for _ in range(6):
        guess(member.email)
    member.post("/admin/logout/", {})
    _, most, _ = BY_BROWSER
    assert [member.sign_in(password=WRONG).status_code for _ in range(most - 1)] == [200] * (most - 1)
    assert member.sign_in().status_code == 302
    assert guess(member.email).status_code == 429


def test_a_known_browser_is_limited_as_well_and_known_for_its_own_account_only() -> None:
    member, other = Member.signed_in("support"), Member.create("support")
    _, most, _ = BY_BROWSER
    assert [member.sign_in(password=WRONG).status_code for _ in range(most + 1)] == [200] * most + [429]
    for _ in range(6):
        guess(other.email)
    assert member.sign_in(email=other.email, password=WRONG).status_code == 429


@pytest.mark.parametrize("change", ["forged", "of another account"])
def test_a_cookie_that_is_not_ours_is_worth_nothing(change: str) -> None:
    member, thief = Member.create("support"), Member.signed_in("support")
    for _ in range(6):
        guess(member.email)
    cookie = thief.browser.cookies["__Secure-support_known"].value
    thief.browser.cookies["__Secure-support_known"] = cookie if change == "of another account" else f"{cookie[:-1]}x"
    assert thief.sign_in(email=member.email, password=WRONG).status_code == 429


def test_the_cookie_goes_to_the_sign_in_alone_and_no_script_sees_it() -> None:
    member = Member.create("support")
    cookie = member.sign_in().cookies["__Secure-support_known"]
    assert (cookie["path"], cookie["secure"], cookie["httponly"], cookie["samesite"]) == (
        "/admin/login/",
        True,
        True,
        "Strict",
    )


def test_an_address_that_tries_many_accounts_is_refused_and_no_other_address(
    asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    most = 3
    monkeypatch.setattr("todoproject.support.attempts.BY_ADDRESS", ("fewer", most, 900))
    assert [guess(f"nobody-{number}@example.com").status_code for number in range(most + 1)] == [200] * most + [429]
    assert len(asked) == most
    assert guess("nobody-1@example.com", "192.0.2.67").status_code == 200
    # What the address was refused for has not been counted against the account.
    member = Member.create("support")
    assert [guess(member.email).status_code for _ in range(6)] == [429] * 6
    assert guess(member.email, "192.0.2.67").status_code == 200


def test_an_account_that_is_not_there_is_refused_in_the_same_words() -> None:
    member = Member.create("support")
    answers = []
    for email in (member.email, "nobody-at-all@example.com"):
        for _ in range(6):
            answer = guess(email)
        answers.append(text_of(answer).replace(email, "<email>"))
    assert answers[0] == answers[1]


def test_what_works_is_not_counted() -> None:
    member = Member.create("support")
    assert [member.sign_in(password=WRONG).status_code for _ in range(4)] == [200] * 4
    assert member.sign_in().status_code == 302
    assert [guess(member.email).status_code for _ in range(2)] == [200, 429]


def test_what_aws_cannot_say_is_not_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    member = Member.create("support")
    with monkeypatch.context() as patch:
        patch.setattr("todoproject.aws.user_pools.client", _unavailable)
        assert [member.sign_in().status_code for _ in range(6)] == [503] * 6
    assert member.sign_in().status_code == 302


def _unavailable() -> None:
    from botocore.exceptions import EndpointConnectionError

    raise EndpointConnectionError(endpoint_url="http://inside")


def test_guessing_is_on_record_and_however_much_of_it_does_not_flood_the_record(later: Callable[[float], None]) -> None:
    member = Member.create("support")

    def reasons() -> list[Any]:
        events = events_of("-", action="sign-in", outcome="refused", staffName=member.email)
        return [event.get("reason") for event in events]

    for _ in range(8):
        guess(member.email)
    many = "Too many attempts have failed: this one was not tried."
    assert reasons() == [None] * BY_ACCOUNT[1] + [many]
    later(61)
    for _ in range(8):
        guess(member.email)
    assert reasons() == [None] * BY_ACCOUNT[1] + [many] * 2
