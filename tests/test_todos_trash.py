"""The trash: into it, out of it, and how long."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest import mock

import pytest
from django.utils import timezone

from deploy.local import resources
from tests.clients import User
from tests.problems import assert_not_found, assert_problem
from tests.walks import walk

PURGE_DUE = "The todo has been in the trash for 30 days and is about to be purged."


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Only the service's own clock is moved: tokens and signatures stay valid."""
    with mock.patch.object(timezone, "now", return_value=moment):
        yield


def stored_item(user: User, todo_id: str) -> dict[str, Any]:
    key = {"userID": {"S": user.sub}, "todoID": {"S": todo_id}}
    table = os.environ["TODOS_TABLE"]
    item: dict[str, Any] = resources.client("dynamodb", os.environ).get_item(TableName=table, Key=key)["Item"]
    return item


def due_on(day: str, user: User) -> list[str]:
    """The user's todos that the purge would find for a day."""
    found = resources.client("dynamodb", os.environ).query(
        TableName=os.environ["TODOS_TABLE"],
        IndexName="byPurgeDay",
        KeyConditionExpression="purgeDay = :day",
        ExpressionAttributeValues={":day": {"S": day}},
    )["Items"]
    return [item["todoID"]["S"] for item in found if item["userID"]["S"] == user.sub]


@pytest.fixture
def todo(alice: User) -> dict[str, Any]:
    """Between two others in the list."""
    alice.api.post("/me/todos", {"title": "before", "dateDue": "2026-12-24"})
    texts = {"title": "Renew passport", "description": "d", "notes": "n", "dateDue": "2026-12-24"}
    created: dict[str, Any] = alice.api.post("/me/todos", texts).json()
    alice.api.post("/me/todos", {"title": "after", "dateDue": "2026-12-24"})
    return created


@pytest.fixture
def path(todo: dict[str, Any]) -> str:
    return f"/me/todos/{todo['todoID']}"


def test_deleting_is_repeatable_and_moves_the_todo_to_the_trash(alice: User, todo: dict[str, Any], path: str) -> None:
    first = alice.api.delete(path)
    assert (first.status_code, first.content) == (204, b"")
    (trashed,) = walk(alice, status="trashed")
    deleted = trashed["dateDeleted"]
    assert timedelta() < timezone.now() - datetime.fromisoformat(deleted) < timedelta(minutes=1)
    assert trashed == {**todo, "version": 2, "dateDeleted": deleted, "dateUpdated": deleted}

    assert alice.api.delete(path).status_code == 204
    assert walk(alice, status="trashed") == [trashed]
    assert [each["title"] for each in walk(alice)] == ["after", "before"]


@pytest.mark.parametrize(
    ("method", "rest", "body"),
    [
        ("GET", "", None),
        ("PATCH", "", {"title": "x"}),
        ("PATCH", "", {}),
        ("PATCH", "", {"completed": True}),
        ("POST", "/complete", None),
        ("POST", "/addnotes", {"notes": "x"}),
    ],
)
@pytest.mark.parametrize("headers", [{}, {"If_Match": '"1"'}, {"If_Match": "*"}, {"If_None_Match": '"2"'}], ids=str)
def test_a_trashed_todo_is_not_found(
    alice: User, path: str, method: str, rest: str, body: Any, headers: dict[str, str]
) -> None:
    alice.api.delete(path)
    trash = walk(alice, status="trashed")

    assert_not_found(alice.api.call(method, path + rest, body, **headers))
    assert walk(alice, status="trashed") == trash


def test_a_trashed_todo_takes_no_upload(alice: User, todo: dict[str, Any], path: str) -> None:
    alice.api.delete(path)
    body = {"fileName": "form.pdf", "size": 1, "contentType": "application/pdf"}
    assert_not_found(alice.api.post(f"/{todo['todoID']}/files", body))


@pytest.mark.parametrize("completed", [False, True])
def test_restoring_gives_back_everything_and_the_place_in_the_list(
    alice: User, todo: dict[str, Any], path: str, completed: bool
) -> None:
    if completed:
        for each in walk(alice):
            alice.api.patch(f"/me/todos/{each['todoID']}", {"completed": True})
    before = walk(alice)
    (known,) = (each for each in before if each["todoID"] == todo["todoID"])
    order = stored_item(alice, todo["todoID"])["listOrder"]
    alice.api.delete(path)

    answer = alice.api.post(f"{path}/restore")
    restored = answer.json()
    version = known["version"] + 2
    assert restored == {**known, "version": version, "dateUpdated": restored["dateUpdated"]}
    assert (answer.status_code, answer.headers["ETag"]) == (200, f'"{version}"')
    assert alice.api.get(path).json() == restored
    assert walk(alice) == [restored if each == known else each for each in before]
    assert walk(alice, status="trashed") == []
    assert stored_item(alice, todo["todoID"])["listOrder"] == order


def test_restoring_is_repeatable_and_leaves_a_todo_that_is_in_no_trash_alone(
    alice: User, todo: dict[str, Any], path: str
) -> None:
    never_deleted = alice.api.post(f"{path}/restore")
    assert (never_deleted.status_code, never_deleted.json()) == (200, todo)

    alice.api.delete(path)
    first, again = alice.api.post(f"{path}/restore"), alice.api.post(f"{path}/restore")
    assert (again.status_code, again.json(), again.headers["ETag"]) == (200, first.json(), '"3"')


def test_a_restored_todo_can_be_deleted_again_for_another_thirty_days(alice: User, path: str) -> None:
    with at(datetime(2026, 3, 1, tzinfo=UTC)):
        alice.api.delete(path)
    with at(datetime(2026, 3, 20, tzinfo=UTC)):
        assert alice.api.post(f"{path}/restore").status_code == 200
        alice.api.delete(path)
    with at(datetime(2026, 4, 18, tzinfo=UTC)):
        assert alice.api.post(f"{path}/restore").json()["version"] == 5


# Deleted in the last and in the first microsecond of a day, before a leap day, over the end of a year.
DELETIONS = [
    (datetime(2026, 12, 31, 23, 59, 59, 999999, tzinfo=UTC), "2027-01-30"),
    (datetime(2027, 1, 1, tzinfo=UTC), "2027-01-31"),
    (datetime(2028, 2, 1, 12, tzinfo=UTC), "2028-03-02"),
]


@pytest.mark.parametrize(("deleted", "purge_day"), DELETIONS, ids=["end of year", "new year", "leap year"])
def test_a_todo_is_restored_until_the_last_moment_before_its_purge_day(
    alice: User, todo: dict[str, Any], path: str, deleted: datetime, purge_day: str
) -> None:
    with at(deleted):
        assert alice.api.delete(path).status_code == 204
    assert due_on(purge_day, alice) == [todo["todoID"]]

    with at(datetime.fromisoformat(f"{purge_day}T00:00:00Z") - timedelta(microseconds=1)):
        assert alice.api.post(f"{path}/restore").status_code == 200
    assert due_on(purge_day, alice) == []


@pytest.mark.parametrize("late", [timedelta(), timedelta(hours=23, minutes=59), timedelta(days=7)], ids=str)
@pytest.mark.parametrize(("deleted", "purge_day"), DELETIONS, ids=["end of year", "new year", "leap year"])
def test_from_its_purge_day_on_a_todo_is_not_restored(
    alice: User, todo: dict[str, Any], path: str, deleted: datetime, purge_day: str, late: timedelta
) -> None:
    with at(deleted):
        alice.api.delete(path)
    trash = walk(alice, status="trashed")

    with at(datetime.fromisoformat(f"{purge_day}T00:00:00Z") + late):
        assert_problem(alice.api.post(f"{path}/restore"), 409, "purge-due", PURGE_DUE)
        # Still what it was: in the trash, its delete repeatable, without another thirty days.
        assert alice.api.delete(path).status_code == 204
    assert walk(alice, status="trashed") == trash
    assert due_on(purge_day, alice) == [todo["todoID"]]


def test_a_todo_has_a_purge_day_only_while_it_is_in_the_trash(alice: User, todo: dict[str, Any], path: str) -> None:
    days = [stored_item(alice, todo["todoID"]).get("purgeDay")]
    alice.api.delete(path)
    (trashed,) = walk(alice, status="trashed")
    days.append(stored_item(alice, todo["todoID"]).get("purgeDay"))
    alice.api.post(f"{path}/restore")
    days.append(stored_item(alice, todo["todoID"]).get("purgeDay"))

    purge_day = datetime.fromisoformat(trashed["dateDeleted"]).date() + timedelta(days=30)
    assert days == [None, {"S": purge_day.isoformat()}, None]
    assert due_on(purge_day.isoformat(), alice) == []
