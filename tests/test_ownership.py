"""Two users, every operation, every place an id can be put: what is somebody else's is as if it had never been."""

import functools
import json
import os
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from django.http import HttpResponse

from deploy.local import resources
from files.storage import files_storage
from tests.clients import Api, User
from tests.operations import OPERATIONS, PUBLIC, Operation, served_operations
from tests.problems import INVALID, NOT_FOUND
from tests.uploads import path_of, start, store
from todoproject.aws import dynamodb

UNKNOWN = str(uuid.UUID(int=0))


@functools.cache
def aws(service: str) -> Any:
    """Not one of the service's own clients: those are listened to."""
    return resources.client(service, os.environ)


@dataclass(frozen=True)
class Owner:
    """A user who has one of everything, by the names under which tests ask for it."""

    user: User
    todos: dict[str, str]
    files: dict[str, str]

    @classmethod
    def sign_up(cls) -> "Owner":
        user = User.sign_up()
        todos = {
            name: user.api.post("/me/todos", {"title": name}, Idempotency_Key=name).json()["todoID"]
            for name in ("open", "completed", "trashed")
        }
        user.api.patch(f"/me/todos/{todos['completed']}", {"completed": True})
        user.api.delete(f"/me/todos/{todos['trashed']}")
        todo_id = todos["open"]
        stored = {name: store(user, todo_id, name.encode()) for name in ("stored", "second", "deleted")}
        pending, _ = start(user, todo_id, 7)
        files = {name: file["fileID"] for name, file in {**stored, "pending": pending}.items()}
        assert user.api.delete(path_of(stored["deleted"])).status_code == 204
        return cls(user, todos, files)

    def everything(self) -> dict[str, Any]:
        """All that the tables and the bucket hold of the user."""
        found: dict[str, Any] = {}
        for table in ("TODOS_TABLE", "FILES_TABLE"):
            answer = aws("dynamodb").query(
                TableName=os.environ[table],
                KeyConditionExpression="userID = :user",
                ExpressionAttributeValues={":user": {"S": self.user.sub}},
                ConsistentRead=True,
            )
            found[table] = answer["Items"]
        listed = aws("s3").list_objects_v2(Bucket=os.environ["FILES_BUCKET"], Prefix=self.user.sub)
        return found | {each["Key"]: each["ETag"] for each in listed["Contents"]}


@pytest.fixture(scope="module")
def owners() -> tuple[Owner, Owner]:
    """No test here may change what they have, so they do for all of them."""
    return Owner.sign_up(), Owner.sign_up()


@pytest.fixture(params=[0, 1], ids=["one way", "the other way"])
def caller(request: pytest.FixtureRequest, owners: tuple[Owner, Owner]) -> Owner:
    return owners[request.param]


@pytest.fixture(scope="module")
def belongings(owners: tuple[Owner, Owner]) -> list[dict[str, Any]]:
    return [each.everything() for each in owners]


@pytest.fixture
def owner(caller: Owner, owners: tuple[Owner, Owner], belongings: list[dict[str, Any]]) -> Iterator[Owner]:
    """The other one. Whatever the caller does, both have afterwards what they had before."""
    yield owners[1] if caller is owners[0] else owners[0]
    before, belongings[:] = list(belongings), [each.everything() for each in owners]
    assert belongings == before


@contextmanager
def asked_of_aws() -> Iterator[list[tuple[str, str]]]:
    """Name and parameters of each call to DynamoDB and S3, signed addresses included."""
    calls: list[tuple[str, str]] = []

    def record(*, model: Any, params: dict[str, Any], **_: Any) -> None:
        calls.append((model.name, json.dumps(params, sort_keys=True)))

    with ExitStack() as stack:
        for client in (dynamodb.client(), files_storage().client):
            client.meta.events.register("provide-client-params", record)
            stack.callback(client.meta.events.unregister, "provide-client-params", record)
        yield calls


def tried(call: Callable[[str], HttpResponse], given: str) -> tuple[Any, ...]:
    """All that an answer and the calls behind it could give away, with the id blotted out."""
    with asked_of_aws() as calls:
        answer = call(given)
    body = json.dumps({**answer.json(), "requestId": ""}).replace(given, "<id>")
    headers = {name: value for name, value in answer.headers.items() if name != "X-Request-ID"}
    return answer.status_code, body, headers, [(name, params.replace(given, "<id>")) for name, params in calls]


def problem(kind: str, title: str, status: int, detail: str) -> dict[str, Any]:
    return {"type": f"urn:problem-type:{kind}", "title": title, "status": status, "detail": detail, "requestId": ""}


def assert_refused(seen: tuple[Any, ...], operation: Operation, caller: Owner) -> None:
    """As it must be for what never was; and whatever was asked of DynamoDB was asked about the caller."""
    status, body, _, calls = seen
    assert status == operation.status
    if status == 404:
        assert json.loads(body) == problem("not-found", "Not Found", 404, NOT_FOUND)
    if status == 200:
        assert json.loads(body) == {"files": [], "nextCursor": None, "requestId": ""}
    for name, params in calls:
        assert name in ("GetItem", "Query")
        assert caller.user.sub in params


def test_every_route_has_a_case_here() -> None:
    assert served_operations() == {(each.method, each.route) for each in OPERATIONS} | PUBLIC


@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
def test_every_operation_wants_a_token_before_anything_else(owner: Owner, operation: Operation) -> None:
    path = operation.path(user_id=owner.user.sub, todo_id=owner.todos["open"], file_id=owner.files["stored"])
    with asked_of_aws() as calls:
        answer = operation.call(Api(None), path)
    assert (answer.status_code, answer.headers["WWW-Authenticate"], calls) == (401, "Bearer", [])


@pytest.mark.parametrize("operation", [each for each in OPERATIONS if each.names("user_id")], ids=str)
def test_a_path_of_another_user_is_as_one_of_nobody(caller: Owner, owner: Owner, operation: Operation) -> None:
    for todo_id in (owner.todos["open"], caller.todos["open"]):

        def call(name: str, todo_id: str = todo_id) -> HttpResponse:
            return operation.call(caller.user.api, operation.path(user_id=name, todo_id=todo_id))

        of_nobody = tried(call, "nobody@example.com")
        assert_refused(of_nobody, operation, caller)
        assert of_nobody[3] == []
        for name in (owner.user.email, owner.user.email.upper(), owner.user.sub):
            assert tried(call, name) == of_nobody


@pytest.mark.parametrize("operation", [each for each in OPERATIONS if each.names("todo_id")], ids=str)
def test_a_todo_of_another_user_is_as_one_that_never_was(caller: Owner, owner: Owner, operation: Operation) -> None:
    for file_id in (UNKNOWN, owner.files["stored"], caller.files["stored"]) if operation.names("file_id") else ("",):

        def call(todo_id: str, file_id: str = file_id) -> HttpResponse:
            return operation.call(caller.user.api, operation.path(todo_id=todo_id, file_id=file_id))

        never_was = tried(call, str(uuid.uuid4()))
        assert_refused(never_was, operation, caller)
        assert never_was[3] or operation.status == 410
        for todo_id in owner.todos.values():
            assert tried(call, todo_id) == never_was


@pytest.mark.parametrize("operation", [each for each in OPERATIONS if each.names("file_id")], ids=str)
def test_a_file_of_another_user_is_as_one_that_never_was(caller: Owner, owner: Owner, operation: Operation) -> None:
    for todo_id in (UNKNOWN, caller.todos["open"], owner.todos["open"]):

        def call(file_id: str, todo_id: str = todo_id) -> HttpResponse:
            return operation.call(caller.user.api, operation.path(todo_id=todo_id, file_id=file_id))

        never_was = tried(call, str(uuid.uuid4()))
        assert_refused(never_was, operation, caller)
        assert never_was[3] or operation.status == 410
        for file_id in owner.files.values():
            assert tried(call, file_id) == never_was


@pytest.mark.parametrize("place", ["todos", "files", "files of the other's todo"])
def test_a_cursor_of_another_user_is_as_a_forged_one(caller: Owner, owner: Owner, place: str) -> None:
    lists = {"todos": lambda who: "me/todos", "files": lambda who: f"{who.todos['open']}/files"}
    own_list = lists[place.partition(" ")[0]]
    foreign = owner.user.api.get(f"/{own_list(owner)}?limit=1").json()["nextCursor"]
    assert owner.user.api.get(f"/{own_list(owner)}?limit=1&cursor={foreign}").status_code == 200
    path = own_list(owner if place.endswith("todo") else caller)

    def call(cursor: str) -> HttpResponse:
        return caller.user.api.get(f"/{path}?limit=1&cursor={cursor}")

    forged = tried(call, "forged")
    errors = [{"field": "cursor", "detail": "Not a cursor of this list. Start again without one."}]
    assert forged[:2] == (400, json.dumps(problem("invalid", "Bad Request", 400, INVALID) | {"errors": errors}))
    assert forged[3] == []
    assert tried(call, foreign) == forged
    own = caller.user.api.get(f"/{own_list(caller)}?limit=1").json()["nextCursor"]
    assert tried(call, own[:-1] + ("A" if own[-1] != "A" else "B")) == forged


def test_an_account_is_not_erased_by_the_name_of_another(caller: Owner, owner: Owner) -> None:
    def call(name: str) -> HttpResponse:
        return caller.user.api.post("/me/todos/erase-account", {"confirm": name})

    of_nobody = tried(call, "nobody@example.com")
    errors = [{"field": "confirm", "detail": "Must be your own e-mail address or `sub`."}]
    assert of_nobody[:2] == (400, json.dumps(problem("invalid", "Bad Request", 400, INVALID) | {"errors": errors}))
    assert of_nobody[3] == []
    for name in (owner.user.email, owner.user.email.upper(), owner.user.sub, "me"):
        assert tried(call, name) == of_nobody


@pytest.mark.parametrize("field", ["userID", "todoID", "user_id", "todo_id"])
def test_an_id_in_a_body_is_refused(caller: Owner, owner: Owner, field: str) -> None:
    given = owner.todos["open"] if field.startswith("todo") else owner.user.sub
    own = caller.todos["open"]
    new_file = {"fileName": "a.txt", "size": 1, "contentType": "text/plain"}
    answers = [
        caller.user.api.post("/me/todos", {"title": "Planted", field: given}),
        caller.user.api.post("/me/todos/add", {"title": "Planted", field: given}),
        caller.user.api.patch(f"/me/todos/{own}", {"title": "Seized", field: given}),
        caller.user.api.post(f"/me/todos/{own}/addnotes", {"notes": "Seized", field: given}),
        caller.user.api.post("/me/todos/erase-account", {"confirm": caller.user.sub, field: given}),
        caller.user.api.post(f"/{own}/files", {**new_file, field: given}),
    ]
    assert [(each.status_code, each.json()["errors"][0]["field"]) for each in answers] == [(400, field)] * 6


def test_an_id_in_a_query_or_a_header_is_ignored(caller: Owner, owner: Owner) -> None:
    api, own = caller.user.api, caller.user.api.get("/me/todos").json()
    sub, todo_id = owner.user.sub, owner.todos["open"]
    assert own["todos"]
    assert api.get(f"/me/todos?userID={sub}&user_id={sub}&todoID={todo_id}").json() == own
    assert api.get("/me/todos", X_User_ID=sub, X_Amzn_Oidc_Identity=sub).json() == own


def test_an_idempotency_key_of_another_user_is_a_new_key(owners: tuple[Owner, Owner], alice: User) -> None:
    with asked_of_aws() as calls:
        created = alice.api.post("/me/todos", {"title": "open"}, Idempotency_Key="open")
    assert (created.status_code, created.json()["userID"], created.json()["version"]) == (201, alice.sub, 1)
    assert created.json()["todoID"] not in {owner.todos["open"] for owner in owners}
    assert [name for name, _ in calls] == ["PutItem"]
