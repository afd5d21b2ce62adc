"""The request to erase an account: noted once, found by the maintenance run, seen nowhere else."""

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.utils import timezone

from deploy.local import resources
from tests.clients import User
from tests.problems import INVALID, assert_not_found, assert_problem
from tests.walks import walk


def ask(user: User, name: str, *, by: str = "id_token") -> HttpResponse:
    return replace(user, id_token=getattr(user, by)).api.post("/me/todos/erase-account", {"confirm": name})


def requests_of(user: User) -> list[dict[str, Any]]:
    """As they are found by the index that the maintenance run asks, whatever their day."""
    found: list[dict[str, Any]] = resources.client("dynamodb", os.environ).scan(
        TableName=os.environ["TODOS_TABLE"],
        IndexName="byPurgeDay",
        FilterExpression="userID = :user",
        ExpressionAttributeValues={":user": {"S": user.sub}},
    )["Items"]
    return found


@pytest.mark.parametrize(
    ("name", "token"),
    [
        (lambda user: user.email, "id_token"),
        (lambda user: user.email.upper(), "id_token"),
        (lambda user: user.email.title(), "id_token"),
        (lambda user: user.sub, "id_token"),
        (lambda user: user.sub, "access_token"),
    ],
    ids=["e-mail", "E-MAIL", "E-Mail", "sub", "sub with an access token"],
)
def test_a_confirmed_request_is_accepted_and_found_by_the_next_maintenance_run(
    alice: User, name: Callable[[User], str], token: str
) -> None:
    answer = ask(alice, name(alice), by=token)

    requested = answer.json()["dateRequested"]
    assert (answer.status_code, answer.json()) == (202, {"status": "accepted", "dateRequested": requested})
    assert timedelta() < timezone.now() - datetime.fromisoformat(requested) < timedelta(minutes=1)
    (found,) = requests_of(alice)
    assert found["todoID"] == {"S": "#erase-account"}
    # The run takes the days before today.
    assert date.fromisoformat(found["purgeDay"]["S"]) < datetime.fromisoformat(requested).date()


@pytest.mark.parametrize(
    ("name", "token"),
    [
        (lambda user: "me", "id_token"),
        (lambda user: "me", "access_token"),
        (lambda user: "other@example.com", "id_token"),
        (lambda user: user.email, "access_token"),
        (lambda user: user.sub[:-1], "id_token"),
        (lambda user: user.email.replace("@", "%40"), "id_token"),
        (lambda user: user.sub.upper(), "id_token"),
        (lambda user: "yes", "id_token"),
    ],
)
def test_a_request_confirmed_by_another_name_is_refused(alice: User, name: Callable[[User], str], token: str) -> None:
    answer = ask(alice, name(alice), by=token)
    assert_problem(answer, 400, "invalid", INVALID, confirm="Must be your own e-mail address or `sub`.")
    assert requests_of(alice) == []


@pytest.mark.parametrize(
    "body", [{}, {"confirm": ""}, {"confirm": None}, {"confirm": True}, {"confirm": ["a"]}], ids=str
)
def test_a_request_without_confirmation_is_refused(alice: User, body: dict[str, Any]) -> None:
    answer = alice.api.post("/me/todos/erase-account", body)
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == ["confirm"]
    assert requests_of(alice) == []


def test_nobody_asks_for_another_to_be_erased(alice: User, new_user: Callable[[], User]) -> None:
    bob = new_user()
    for path_name in (bob.email, bob.sub):
        assert_not_found(alice.api.post(f"/{path_name}/todos/erase-account", {"confirm": alice.email}))
    assert_problem(
        alice.api.post("/me/todos/erase-account", {"confirm": bob.email}),
        *(400, "invalid", INVALID),
        confirm="Must be your own e-mail address or `sub`.",
    )
    assert requests_of(alice) == requests_of(bob) == []


def test_a_repeated_request_keeps_its_date(alice: User) -> None:
    first = ask(alice, alice.email)
    (found,) = requests_of(alice)

    for name, token in ((alice.email, "id_token"), (alice.sub, "id_token"), (alice.sub, "access_token")):
        again = ask(alice, name, by=token)
        assert (again.status_code, again.json()) == (202, first.json())
    assert requests_of(alice) == [found]


def test_a_request_is_no_todo(alice: User) -> None:
    todo = alice.api.post("/me/todos", {"title": "Milk"}).json()
    ask(alice, alice.email)

    assert walk(alice) == walk(alice, search="i") == [todo]
    assert [walk(alice, status=status) for status in ("open", "completed", "trashed")] == [[todo], [], []]
    for name in ("%23erase-account", "%2523erase-account"):
        for method, rest, body in (
            ("GET", "", None),
            ("PATCH", "", {"title": "x"}),
            ("DELETE", "", None),
            ("POST", "/restore", None),
            ("POST", "/complete", None),
        ):
            assert_not_found(alice.api.call(method, f"/me/todos/{name}{rest}", body))
    assert alice.api.get("/me/todos/erase-account").status_code == 405
    assert len(requests_of(alice)) == 1


def test_until_the_maintenance_run_the_account_goes_on(alice: User) -> None:
    ask(alice, alice.email)
    todo = alice.api.post("/me/todos", {"title": "Milk"}).json()
    assert walk(alice) == [todo]
