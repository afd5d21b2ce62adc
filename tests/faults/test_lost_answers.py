"""DynamoDB does the write and the network loses the answer: done once, said truly, whatever botocore repeats."""

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import requests

from tests.clients import User
from tests.faults import stored
from tests.faults.fault import DROPPED, ERROR_AFTER, LATE, RESET_AFTER, Fault
from tests.faults.proxy import Proxy
from tests.faults.server import Server, serving
from tests.faults.visitor import Visitor, assert_unavailable

# How the answer is lost, and how many times in a row; botocore makes three attempts.
LOSSES = pytest.mark.parametrize(
    ("loss", "times"),
    [
        pytest.param(DROPPED, 1, id="dropped once"),
        pytest.param(DROPPED, 2, id="dropped twice"),
        pytest.param(RESET_AFTER, 1, id="reset once"),
        pytest.param(ERROR_AFTER, 2, id="500 twice"),
        pytest.param(LATE, 1, id="too late once"),
    ],
)


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

    def do(self, visitor: Visitor, todo: str, **headers: str) -> requests.Response:
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
ANY_WRITE = pytest.mark.parametrize(
    ("write", "conditional"),
    [pytest.param(write, False, id=write.name) for write in [*WRITES, *ARTICLE]]
    + [pytest.param(write, True, id=f"{write.name} with If-Match") for write in WRITES],
)
CREATES = pytest.mark.parametrize(
    ("path", "status"), [pytest.param("/me/todos", 201, id="create"), pytest.param("/me/todos/add", 200, id="article")]
)


@pytest.fixture(scope="module")
def server(dynamodb_proxy: Proxy) -> Iterator[Server]:
    with serving("all", AWS_ENDPOINT_URL_DYNAMODB=dynamodb_proxy.url, AWS_READ_TIMEOUT="1") as [one]:
        yield one


@pytest.fixture(scope="module")
def exhausted_server(dynamodb_proxy: Proxy) -> Iterator[Server]:
    """Apart, because calls that fail to the end use up botocore's budget of retries."""
    with serving("all", AWS_ENDPOINT_URL_DYNAMODB=dynamodb_proxy.url) as [one]:
        yield one


@pytest.fixture
def visitor(server: Server, alice: User) -> Visitor:
    return Visitor(alice, server, server)


@pytest.fixture
def exhausted(exhausted_server: Server, alice: User) -> Visitor:
    return Visitor(alice, exhausted_server, exhausted_server)


def prepared(visitor: Visitor, write: Write, conditional: bool) -> tuple[str, int, dict[str, str]]:
    """The path of a todo on which `write` can be done, its version, and the headers for it."""
    todo = visitor.new_todo()
    for method, path, body in write.before:
        assert visitor.call(method, todo + path, body).ok
    version = stored.todos(visitor.user)[0]["version"]
    return todo, version, {"If_Match": f'"{version}"'} if conditional else {}


@LOSSES
@ANY_WRITE
def test_a_change_whose_answer_is_lost_is_made_once_and_reported_as_made(
    visitor: Visitor, dynamodb: Proxy, write: Write, conditional: bool, loss: Fault, times: int
) -> None:
    todo, version, headers = prepared(visitor, write, conditional)
    dynamodb.inject(loss, "UpdateItem", times=times)

    answer = write.do(visitor, todo, **headers)

    assert answer.status_code == write.status, answer.text
    [item] = stored.todos(visitor.user)
    assert write.holds(item)
    assert item["version"] == version + 1
    assert len(dynamodb.calls("UpdateItem")) > times
    if "ETag" in answer.headers:
        assert answer.headers["ETag"] == f'"{version + 1}"'


@ANY_WRITE
def test_a_change_whose_answers_are_all_lost_is_503_and_can_be_repeated_without_being_made_twice(
    exhausted: Visitor, dynamodb: Proxy, write: Write, conditional: bool
) -> None:
    todo, version, headers = prepared(exhausted, write, conditional)
    dynamodb.inject(DROPPED, "UpdateItem")
    assert_unavailable(write.do(exhausted, todo, **headers))
    dynamodb.clear()

    repeated = write.do(exhausted, todo, **headers)

    assert repeated.status_code == write.status, repeated.text
    [item] = stored.todos(exhausted.user)
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


@LOSSES
@CREATES
@pytest.mark.parametrize("keyed", [False, True], ids=["without a key", "with a key"])
def test_a_todo_whose_answer_is_lost_is_created_once(
    visitor: Visitor, dynamodb: Proxy, path: str, status: int, keyed: bool, loss: Fault, times: int
) -> None:
    headers = {"Idempotency_Key": uuid.uuid4().hex} if keyed else {}
    dynamodb.inject(loss, "PutItem", times=times)

    created = visitor.call("POST", path, {"title": "Milk"}, **headers)

    assert created.status_code == status, created.text
    [item] = stored.todos(visitor.user)
    assert (item["todoID"], item["title"], item["version"]) == (created.json()["todoID"], "Milk", 1)
    assert len(dynamodb.calls("PutItem")) > times


@CREATES
@pytest.mark.parametrize("keyed", [False, True], ids=["without a key", "with a key"])
def test_a_todo_whose_answers_are_all_lost_is_503_and_was_created_once(
    exhausted: Visitor, dynamodb: Proxy, path: str, status: int, keyed: bool
) -> None:
    headers = {"Idempotency_Key": uuid.uuid4().hex} if keyed else {}
    dynamodb.inject(DROPPED, "PutItem")
    assert_unavailable(exhausted.call("POST", path, {"title": "Milk"}, **headers))
    dynamodb.clear()

    [item] = stored.todos(exhausted.user)

    if keyed:  # the key is what makes the whole request repeatable
        repeated = exhausted.call("POST", path, {"title": "Milk"}, **headers)
        assert (repeated.status_code, repeated.json()["todoID"]) == (status, item["todoID"])
        assert stored.todos(exhausted.user) == [item]


@pytest.mark.parametrize("times", [0, 1, 2])
def test_an_idempotency_key_gives_the_todo_as_it_now_is_and_only_for_the_same_body(
    visitor: Visitor, dynamodb: Proxy, times: int
) -> None:
    def create(title: str = "Milk") -> requests.Response:
        dynamodb.inject(DROPPED, "PutItem", times=times)
        return visitor.call("POST", "/me/todos", {"title": title}, Idempotency_Key="the one")

    todo = create().headers["Location"]
    assert visitor.call("PATCH", todo, {"title": "Oat milk"}).ok

    edited = create()
    assert (edited.status_code, edited.json()["title"], edited.headers["ETag"]) == (201, "Oat milk", '"2"')
    assert create("Butter").status_code == 422

    assert visitor.call("DELETE", todo).ok
    trashed = create()
    assert (trashed.status_code, trashed.headers["Location"], trashed.json()["version"]) == (201, todo, 3)
    assert trashed.json()["dateDeleted"]
    assert len(stored.todos(visitor.user)) == 1


@LOSSES
def test_a_request_to_erase_the_account_whose_answer_is_lost_is_noted_once(
    visitor: Visitor, dynamodb: Proxy, loss: Fault, times: int
) -> None:
    dynamodb.inject(loss, "PutItem", times=times)
    asked = visitor.call("POST", "/me/todos/erase-account", {"confirm": visitor.user.email})
    repeated = visitor.call("POST", "/me/todos/erase-account", {"confirm": visitor.user.sub})

    [request] = stored.erase_requests(visitor.user)
    assert [asked.status_code, repeated.status_code] == [202, 202]
    assert asked.json() == repeated.json() == {"status": "accepted", "dateRequested": request["dateCreated"]}


def test_a_request_to_erase_whose_answers_are_all_lost_is_503_and_can_be_repeated(
    exhausted: Visitor, dynamodb: Proxy
) -> None:
    dynamodb.inject(DROPPED, "PutItem")
    assert_unavailable(exhausted.call("POST", "/me/todos/erase-account", {"confirm": exhausted.user.sub}))
    dynamodb.clear()

    assert exhausted.call("POST", "/me/todos/erase-account", {"confirm": exhausted.user.sub}).status_code == 202
    assert len(stored.erase_requests(exhausted.user)) == 1
