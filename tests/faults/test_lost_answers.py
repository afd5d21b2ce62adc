"""DynamoDB does the write and the network loses the answer: done once, said truly, whatever botocore repeats."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.faults import stored
from tests.faults.fault import DROPPED, Fault
from tests.faults.losses import lose_answers_of
from tests.faults.proxy import Proxy
from tests.faults.visitor import Visitor, assert_unavailable


@dataclass(frozen=True)
class Write:
    """A change of one todo. `before` is what has been done to it; `holds` tells from the item that it was done."""

    name: str
    method: str
    path: str
    body: Any = None
    before: tuple[tuple[str, str, Any], ...] = ()
    status: int = 200
    holds: Callable[[dict[str, Any]], bool] = field(default=bool)

    def do(self, visitor: Visitor, todo: str, **headers: str) -> Any:
        return visitor.call(self.method, todo + self.path, self.body, **headers)


TRASH = ("DELETE", "", None)
COMPLETE = ("PATCH", "", {"completed": True})
WRITES = [
    Write("edit", "PATCH", "", {"notes": "Two", "dateDue": "2027-01-01"}, holds=lambda todo: todo["notes"] == "Two"),
    Write("complete", *COMPLETE, holds=lambda todo: todo["completed"] and todo["dateCompleted"]),
    Write("reopen", "PATCH", "", {"completed": False}, (COMPLETE,), holds=lambda todo: not todo["completed"]),
    Write("delete", *TRASH, status=204, holds=lambda todo: "dateDeleted" in todo),
    Write("restore", "POST", "/restore", before=(TRASH,), holds=lambda todo: "dateDeleted" not in todo),
]
ARTICLE = [
    Write("article's complete", "POST", "/complete", holds=lambda todo: todo["completed"]),
    Write("article's addnotes", "POST", "/addnotes", {"notes": "Two"}, holds=lambda todo: todo["notes"] == "Two"),
    Write("article's delete", "DELETE", "/delete", holds=lambda todo: "dateDeleted" in todo),
]
# Each change as it is; where it takes If-Match, with it too.
CASES = {f"{write.name} with If-Match": (write, True) for write in WRITES}
CASES |= {write.name: (write, False) for write in [*WRITES, *ARTICLE]}
CREATES = {
    "create with a key": ("/me/todos", 201, True),
    "create": ("/me/todos", 201, False),
    "article's add with a key": ("/me/todos/add", 200, True),
    "article's add": ("/me/todos/add", 200, False),
}


def prepared(visitor: Visitor, write: Write, conditional: bool) -> tuple[str, int, dict[str, str]]:
    """The path of a todo on which `write` can be done, its version, and the headers for it."""
    todo = visitor.new_todo()
    for method, path, body in write.before:
        assert visitor.call(method, todo + path, body).status_code < 300
    version = stored.todos(visitor.user)[0]["version"]
    return todo, version, {"If_Match": f'"{version}"'} if conditional else {}


@lose_answers_of(CASES)
def test_a_change_whose_answer_is_lost_is_made_once_and_reported_as_made(
    visitor: Visitor, dynamodb: Proxy, case: tuple[Write, bool], loss: Fault, times: int
) -> None:
    write, conditional = case
    todo, version, headers = prepared(visitor, write, conditional)
    dynamodb.inject(loss, "UpdateItem", times=times)

    answer = write.do(visitor, todo, **headers)

    assert answer.status_code == write.status, answer.content
    [item] = stored.todos(visitor.user)
    assert write.holds(item)
    assert item["version"] == version + 1
    assert len(dynamodb.calls("UpdateItem")) > times
    if "ETag" in answer.headers:
        assert answer.headers["ETag"] == f'"{version + 1}"'


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_change_whose_answers_are_all_lost_is_503_and_can_be_repeated_without_being_made_twice(
    visitor: Visitor, dynamodb: Proxy, case: tuple[Write, bool]
) -> None:
    write, conditional = case
    todo, version, headers = prepared(visitor, write, conditional)
    dynamodb.inject(DROPPED, "UpdateItem")
    assert_unavailable(write.do(visitor, todo, **headers))
    dynamodb.clear()

    repeated = write.do(visitor, todo, **headers)

    # An edit with If-Match that had gone through has made its own ETag stale: the schema tells to read again.
    status = 412 if conditional and write.method == "PATCH" else write.status
    assert repeated.status_code == status, repeated.content
    [item] = stored.todos(visitor.user)
    assert write.holds(item)
    assert item["version"] == version + 1


def test_a_change_is_reported_as_made_even_when_the_read_that_decides_loses_its_answer_too(
    visitor: Visitor, dynamodb: Proxy
) -> None:
    todo = visitor.new_todo()
    first = visitor.call("GET", todo)
    dynamodb.inject(DROPPED, "UpdateItem", times=1)
    dynamodb.inject(DROPPED, "GetItem", times=2)

    edited = visitor.call("PATCH", todo, {"notes": "Two"}, If_Match=first.headers["ETag"])

    assert (edited.status_code, edited.json()["notes"], edited.json()["version"]) == (200, "Two", 2)


@lose_answers_of(CREATES)
def test_a_todo_whose_answer_is_lost_is_created_once(
    visitor: Visitor, dynamodb: Proxy, case: tuple[str, int, bool], loss: Fault, times: int
) -> None:
    path, status, keyed = case
    headers = {"Idempotency_Key": uuid.uuid4().hex} if keyed else {}
    dynamodb.inject(loss, "PutItem", times=times)

    created = visitor.call("POST", path, {"title": "Milk"}, **headers)

    assert created.status_code == status, created.content
    [item] = stored.todos(visitor.user)
    assert (item["todoID"], item["title"], item["version"]) == (created.json()["todoID"], "Milk", 1)
    assert len(dynamodb.calls("PutItem")) > times


@pytest.mark.parametrize("case", CREATES.values(), ids=CREATES)
def test_a_todo_whose_answers_are_all_lost_is_503_and_was_created_once(
    visitor: Visitor, dynamodb: Proxy, case: tuple[str, int, bool]
) -> None:
    path, status, keyed = case
    headers = {"Idempotency_Key": uuid.uuid4().hex} if keyed else {}
    dynamodb.inject(DROPPED, "PutItem")
    assert_unavailable(visitor.call("POST", path, {"title": "Milk"}, **headers))
    dynamodb.clear()

    [item] = stored.todos(visitor.user)

    if keyed:  # the key is what makes the whole request repeatable
        repeated = visitor.call("POST", path, {"title": "Milk"}, **headers)
        assert (repeated.status_code, repeated.json()["todoID"]) == (status, item["todoID"])
        assert stored.todos(visitor.user) == [item]


@pytest.mark.parametrize("times", [0, 1, 2])
def test_an_idempotency_key_gives_the_todo_as_it_now_is_and_only_for_the_same_body(
    visitor: Visitor, dynamodb: Proxy, times: int
) -> None:
    def create(title: str = "Milk") -> Any:
        dynamodb.inject(DROPPED, "PutItem", times=times)
        return visitor.call("POST", "/me/todos", {"title": title}, Idempotency_Key="the-one")

    todo = create().headers["Location"]
    assert visitor.call("PATCH", todo, {"title": "Oat milk"}).status_code < 300

    edited = create()
    assert (edited.status_code, edited.json()["title"], edited.headers["ETag"]) == (201, "Oat milk", '"2"')
    assert create("Butter").status_code == 422

    assert visitor.call("DELETE", todo).status_code < 300
    trashed = create()
    assert (trashed.status_code, trashed.headers["Location"], trashed.json()["version"]) == (201, todo, 3)
    assert trashed.json()["dateDeleted"]
    assert len(stored.todos(visitor.user)) == 1


@lose_answers_of({"erase": "/me/todos/erase-account"})
def test_a_request_to_erase_the_account_whose_answer_is_lost_is_noted_once(
    visitor: Visitor, dynamodb: Proxy, case: str, loss: Fault, times: int
) -> None:
    dynamodb.inject(loss, "PutItem", times=times)
    asked = visitor.call("POST", case, {"confirm": visitor.user.email})
    repeated = visitor.call("POST", case, {"confirm": visitor.user.sub})

    [request] = stored.erase_requests(visitor.user)
    assert [asked.status_code, repeated.status_code] == [202, 202]
    assert asked.json() == repeated.json() == {"status": "accepted", "dateRequested": request["dateCreated"]}


def test_a_request_to_erase_whose_answers_are_all_lost_is_503_and_can_be_repeated(
    visitor: Visitor, dynamodb: Proxy
) -> None:
    dynamodb.inject(DROPPED, "PutItem")
    assert_unavailable(visitor.call("POST", "/me/todos/erase-account", {"confirm": visitor.user.sub}))
    dynamodb.clear()

    assert visitor.call("POST", "/me/todos/erase-account", {"confirm": visitor.user.sub}).status_code == 202
    assert len(stored.erase_requests(visitor.user)) == 1
