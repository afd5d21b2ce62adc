"""Idempotency-Key: a create that is sent again makes nothing new, as long as its todo exists."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.http import HttpResponse

from deploy.local import resources
from tests.clients import User
from tests.problems import INVALID, assert_problem
from tests.walks import walk

BODY = {"title": "Renew passport", "description": "d", "notes": "n", "dateDue": "2026-12-24"}
REUSED = "This Idempotency-Key was used before, with another body. Use a new key for a new todo."


def create(user: User, key: str, body: dict[str, Any] = BODY) -> HttpResponse:
    return user.api.post("/me/todos", body, Idempotency_Key=key)


def test_the_same_key_and_body_make_one_todo(alice: User) -> None:
    first, again = create(alice, "key-1"), create(alice, "key-1")

    for answer in (first, again):
        assert (answer.status_code, answer.json(), answer.headers["ETag"]) == (201, first.json(), '"1"')
        assert answer.headers["Location"] == f"/me/todos/{first.json()['todoID']}"
    assert walk(alice) == [first.json()]


@pytest.mark.parametrize(
    "body",
    [
        {"dateDue": "2026-12-24", "notes": "n", "title": "Renew passport", "description": "d"},
        {**BODY, "title": " Renew passport  "},
    ],
    ids=["another order", "spaces that are trimmed"],
)
def test_the_same_todo_written_another_way_is_the_same(alice: User, body: dict[str, Any]) -> None:
    assert create(alice, "key-1", body).json() == create(alice, "key-1").json()
    assert len(walk(alice)) == 1


@pytest.mark.parametrize("given", [{}, {"description": "", "notes": "", "dateDue": ""}])
def test_a_field_left_out_is_an_empty_one(alice: User, given: dict[str, str]) -> None:
    first = create(alice, "key-1", {"title": "Milk"})
    assert create(alice, "key-1", {"title": "Milk", **given}).json() == first.json()


@pytest.mark.parametrize("changed", list(BODY))
def test_another_body_is_refused(alice: User, changed: str) -> None:
    first = create(alice, "key-1").json()
    body = {**BODY, changed: "2027-01-01"}

    assert_problem(create(alice, "key-1", body), 422, "key-reused", REUSED)
    assert walk(alice) == [first]


def test_a_text_in_another_field_is_another_body(alice: User) -> None:
    create(alice, "key-1", {"title": "Milk", "description": "x"})
    assert_problem(create(alice, "key-1", {"title": "Milk", "notes": "x"}), 422, "key-reused", REUSED)


def test_after_edits_the_key_gives_the_todo_as_it_is_now(alice: User) -> None:
    path = create(alice, "key-1").headers["Location"]
    alice.api.patch(path, {**BODY, "title": "Edited", "notes": ""})
    edited = alice.api.patch(path, {"completed": True}).json()

    again = create(alice, "key-1")
    assert (again.status_code, again.json(), again.headers["ETag"]) == (201, edited, '"3"')
    assert_problem(create(alice, "key-1", {**BODY, "title": "Edited", "notes": ""}), 422, "key-reused", REUSED)
    assert walk(alice) == [edited]


def test_in_the_trash_the_todo_keeps_its_key(alice: User) -> None:
    path = create(alice, "key-1").headers["Location"]
    assert alice.api.delete(path).status_code == 204
    (trashed,) = walk(alice, status="trashed")

    again = create(alice, "key-1")
    assert (again.status_code, again.json()) == (201, trashed)
    assert walk(alice) == []
    assert walk(alice, status="trashed") == [trashed]


def test_the_key_is_free_again_once_its_todo_is_purged(alice: User) -> None:
    first = create(alice, "key-1").json()
    assert alice.api.delete(f"/me/todos/{first['todoID']}").status_code == 204
    # All that a purge does to a todo.
    key = {"userID": {"S": alice.sub}, "todoID": {"S": first["todoID"]}}
    resources.client("dynamodb", os.environ).delete_item(TableName=os.environ["TODOS_TABLE"], Key=key)

    other_body = {"title": "Another todo"}
    anew = create(alice, "key-1", other_body)
    assert (anew.status_code, anew.json()["title"], anew.json()["version"]) == (201, "Another todo", 1)
    assert walk(alice) == [anew.json()]
    assert walk(alice, status="trashed") == []


def test_another_user_s_same_key_makes_another_todo(alice: User, new_user: Callable[[], User]) -> None:
    bob = new_user()
    of_alice, of_bob = create(alice, "key-1").json(), create(bob, "key-1", {"title": "Mine"}).json()

    assert of_alice["todoID"] != of_bob["todoID"]
    assert (walk(alice), walk(bob)) == ([of_alice], [of_bob])


def test_other_keys_make_other_todos(alice: User) -> None:
    keys = ["a", "A", "a.", "~!\"#$%&'()*+-./:;<=>?@[\\]^_`{|}", "x" * 255, "x" * 254, "null"]
    ids = [create(alice, key).json()["todoID"] for key in keys]

    assert len({*ids}) == len(keys)
    assert [create(alice, key).json()["todoID"] for key in keys] == ids
    assert len(walk(alice)) == len(keys)


@pytest.mark.parametrize("key", ["", "x" * 256, "two words", "tab\there", "\u00e4", "\x7f"], ids=ascii)
def test_a_key_that_is_none_is_refused(alice: User, key: str) -> None:
    sentence = "Must be 1 to 255 visible ASCII characters, no comma among them."
    assert_problem(create(alice, key), 400, "invalid", INVALID, Idempotency_Key=sentence)
    assert walk(alice) == []


def test_the_article_s_route_knows_the_same_keys(alice: User) -> None:
    todo = create(alice, "key-1").json()
    answer = alice.api.post("/me/todos/add", BODY, Idempotency_Key="key-1")
    assert (answer.status_code, answer.json()) == (200, {"status": "success", "todoID": todo["todoID"]})
    assert walk(alice) == [todo]


def test_many_creates_at_once_with_one_key_make_one_todo(alice: User) -> None:
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: create(alice, "key-1"), range(16)))

    (todo,) = walk(alice)
    assert [(answer.status_code, answer.json()) for answer in answers] == [(201, todo)] * 16
