"""One todo: created, read, edited, completed and reopened."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from tests.clients import User
from tests.problems import INVALID, assert_not_found, assert_problem
from tests.walks import walk

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
FULL = {
    "title": "Renew passport",
    "description": "At the town hall,\nroom 4: Ünïcödé 🛂",
    "notes": "  Photo first\t",
    "dateDue": "2028-02-29",
}


def is_now(time: str) -> bool:
    moment = datetime.fromisoformat(time)
    return bool(TIME.fullmatch(time)) and timedelta() <= timezone.now() - moment < timedelta(minutes=1)


@pytest.mark.parametrize("given", [{"title": "Milk"}, FULL, {**FULL, "description": "", "notes": "", "dateDue": ""}])
def test_a_new_todo_holds_what_was_sent_and_defaults(alice: User, given: dict[str, str]) -> None:
    answer = alice.api.post("/me/todos", given)

    todo = answer.json()
    assert answer.status_code == 201
    assert UUID.fullmatch(todo["todoID"])
    assert is_now(todo["dateCreated"])
    assert todo == {
        "todoID": todo["todoID"],
        "userID": alice.sub,
        "dateCreated": todo["dateCreated"],
        "title": "",
        "description": "",
        "notes": "",
        "dateDue": "",
        "completed": False,
        "dateUpdated": todo["dateCreated"],
        "dateCompleted": "",
        "dateDeleted": "",
        "version": 1,
        **given,
    }
    assert answer.headers["ETag"] == '"1"'
    followed = alice.api.get(answer.headers["Location"])
    assert (followed.status_code, followed.json(), followed.headers["ETag"]) == (200, todo, '"1"')


def test_two_todos_of_the_same_text_are_two(alice: User) -> None:
    first, second = (alice.api.post("/me/todos", {"title": "Milk"}).json() for _ in range(2))
    assert first["todoID"] != second["todoID"]
    assert walk(alice) == [second, first]


@pytest.fixture
def todo(alice: User) -> dict[str, Any]:
    created: dict[str, Any] = alice.api.post("/me/todos", FULL).json()
    return created


@pytest.fixture
def path(todo: dict[str, Any]) -> str:
    return f"/me/todos/{todo['todoID']}"


@pytest.mark.parametrize("header", ['"1"', 'W/"1"', '"7", "1"', '"7",W/"1" , "8"', "*", ' "1" '])
def test_a_todo_that_the_client_still_has_is_not_sent_again(alice: User, path: str, header: str) -> None:
    answer = alice.api.get(path, If_None_Match=header)
    assert (answer.status_code, answer.content, answer.headers["ETag"]) == (304, b"", '"1"')


@pytest.mark.parametrize("header", ['"2"', 'W/"2"', '"11"', '"7", "8"', '""', '"01"', '"*"', '"1,"'])
def test_a_todo_that_the_client_does_not_have_is_sent(
    alice: User, todo: dict[str, Any], path: str, header: str
) -> None:
    answer = alice.api.get(path, If_None_Match=header)
    assert (answer.status_code, answer.json(), answer.headers["ETag"]) == (200, todo, '"1"')


def test_a_todo_is_sent_again_after_a_change(alice: User, path: str) -> None:
    edited = alice.api.patch(path, {"title": "Renew ID card"})
    answer = alice.api.get(path, If_None_Match='"1"')
    assert (answer.status_code, answer.json(), answer.headers["ETag"]) == (200, edited.json(), '"2"')


@pytest.mark.parametrize(
    "changes",
    [
        {"title": "Renew ID card"},
        {"title": "RENEW PASSPORT"},
        {"description": "online"},
        {"description": ""},
        {"notes": "done?"},
        {"notes": ""},
        {"dateDue": "2027-01-01"},
        {"dateDue": ""},
        {"title": "Renew ID card", "description": "", "notes": "no", "dateDue": "0001-01-01"},
    ],
    ids=str,
)
def test_an_edit_changes_what_it_names_and_nothing_else(
    alice: User, todo: dict[str, Any], path: str, changes: dict[str, str]
) -> None:
    answer = alice.api.patch(path, changes)

    edited = answer.json()
    assert is_now(edited["dateUpdated"])
    assert edited["dateUpdated"] > todo["dateUpdated"]
    assert (answer.status_code, answer.headers["ETag"]) == (200, '"2"')
    assert edited == {**todo, **changes, "version": 2, "dateUpdated": edited["dateUpdated"]}
    assert alice.api.get(path).json() == edited
    assert walk(alice) == [edited]


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"title": FULL["title"]},
        {"completed": False},
        {"title": f"  {FULL['title']} "},
        {**FULL, "completed": False},
    ],
    ids=str,
)
def test_an_edit_without_a_change_writes_nothing(
    alice: User, todo: dict[str, Any], path: str, changes: dict[str, Any]
) -> None:
    answer = alice.api.patch(path, changes)
    assert (answer.status_code, answer.json(), answer.headers["ETag"]) == (200, todo, '"1"')
    assert alice.api.get(path).json() == todo


def test_a_change_among_what_stays_is_made(alice: User, todo: dict[str, Any], path: str) -> None:
    edited = alice.api.patch(path, {**FULL, "notes": "new"}).json()
    assert edited == {**todo, "notes": "new", "version": 2, "dateUpdated": edited["dateUpdated"]}


def test_completing_and_reopening_set_and_clear_the_time_of_completion(
    alice: User, todo: dict[str, Any], path: str
) -> None:
    completed = alice.api.patch(path, {"completed": True}).json()
    time = completed["dateCompleted"]
    assert is_now(time)
    assert completed == {**todo, "completed": True, "dateCompleted": time, "dateUpdated": time, "version": 2}
    assert alice.api.patch(path, {"completed": True}).json() == completed

    reopened = alice.api.patch(path, {"completed": False}).json()
    assert reopened == {**todo, "dateUpdated": reopened["dateUpdated"], "version": 3}
    assert alice.api.patch(path, {"completed": False}).json() == reopened

    again = alice.api.patch(path, {"completed": True}).json()
    assert again["dateCompleted"] > time
    assert alice.api.get(path).json() == again


def test_a_todo_is_edited_and_completed_in_one_write(alice: User, todo: dict[str, Any], path: str) -> None:
    changes = {"title": "Passport is there", "notes": "", "dateDue": "", "completed": True}
    edited = alice.api.patch(path, changes).json()
    time = edited["dateUpdated"]
    assert edited == {**todo, **changes, "dateCompleted": time, "dateUpdated": time, "version": 2}


def test_editing_a_completed_todo_keeps_the_time_of_its_completion(alice: User, path: str) -> None:
    completed = alice.api.patch(path, {"completed": True}).json()
    edited = alice.api.patch(path, {"dateDue": "2030-01-01", "completed": True}).json()
    assert edited == {**completed, "dateDue": "2030-01-01", "version": 3, "dateUpdated": edited["dateUpdated"]}
    assert alice.api.get(path).json() == edited


@pytest.mark.parametrize("name", ["todoID", "userID", "dateCreated", "dateUpdated", "dateCompleted", "dateDeleted"])
@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_what_the_service_sets_is_not_to_be_sent(alice: User, path: str, method: str, name: str) -> None:
    answer = alice.api.call(method, path if method == "PATCH" else "/me/todos", {"title": "x", name: "x"})
    assert_problem(answer, 400, "invalid", INVALID, **{name: "This field is read-only."})


@pytest.mark.parametrize(
    ("method", "rest", "body"),
    [
        ("GET", "", None),
        ("PATCH", "", {"title": "x"}),
        ("DELETE", "", None),
        ("POST", "/restore", None),
        ("POST", "/complete", None),
        ("POST", "/addnotes", {"notes": "x"}),
        ("DELETE", "/delete", None),
    ],
)
def test_an_unknown_todo_is_not_found_and_not_made(
    alice: User, new_user: Callable[[], User], method: str, rest: str, body: Any
) -> None:
    someone_else_s = new_user().api.post("/me/todos", FULL).json()["todoID"]
    for todo_id in ("never-was", "00000000-0000-4000-8000-000000000000", someone_else_s):
        assert_not_found(alice.api.call(method, f"/me/todos/{todo_id}{rest}", body))
    assert walk(alice) == walk(alice, status="trashed") == []
