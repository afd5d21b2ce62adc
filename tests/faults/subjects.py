"""What is tried under faults: each operation of both APIs, prepared for a user, and what is to be seen of it."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.clients import User
from tests.faults import stored
from tests.faults.visitor import InProcess, Visitor
from tests.operations import OPERATIONS, Operation

State = dict[str, Any]

# What differs from user to user and from time to time: ids, times, and whatever is signed.
_OTHERS = re.compile(
    r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32}(?=\.txt)"
    r"|\d{4}-\d\d-\d\dT[\d:.]+Z|\d{8}T\d{6}Z|(?<=LocalStandIn/)\d{8}|\?X-Amz[^\"]*"
    r'|(?<="policy":")[^"]+|(?<=-signature":")[^"]+|(?<="nextCursor":")[^"]+|(?<="requestId":")[^"]+'
)


@dataclass(frozen=True)
class Subject:
    """One thing that can be asked of the service.

    `prepare` brings a user to where it can be asked and returns how; the same call again is the same request repeated.
    `repeated`: the statuses a repeated request may get where the first one had been done; none where it must not be
    repeated, since each request is a new one. `between`: in which states, beside those before and after, a fault may
    leave the user's things. `is_private`: the answers show this one user's things and nobody else's.
    """

    name: str
    prepare: Callable[[User], Callable[[], Any]]
    seen: Callable[[Any, User], Any]
    is_refusal: Callable[[Any], bool]
    state: Callable[[User], State]
    repeated: frozenset[Any] = frozenset()
    between: Callable[[State, State], list[State]] = field(default=lambda before, after: [])
    user: Callable[[], User] = User.sign_up
    is_private: bool = True

    def __str__(self) -> str:
        return self.name


def state_of_todos(user: User) -> State:
    """All that the todos role stores of the user, without what differs each time."""
    items = stored.todos_and_request(user)
    return {
        "todos": sorted(
            (todo["title"], todo.get("notes", ""), todo["completed"], "dateDeleted" in todo, todo["version"])
            for todo in items
            if "title" in todo
        ),
        "to be erased": any("title" not in item for item in items),
    }


def state_of_files(user: User) -> State:
    """The same of the files role."""
    items = stored.files_and_usage(user)
    return {
        "files": sorted((file["status"], file["size"]) for file in items if "status" in file),
        "used": sum(usage["storedBytes"] for usage in items if "storedBytes" in usage),
        "objects": len(stored.objects(user)),
    }


def blotted(text: str, user: User) -> str:
    """What is the user's own is told from what is anybody's, and nothing else of it differs from user to user."""
    return _OTHERS.sub("…", text.replace(user.sub, "<sub>").replace(user.email, "<email>"))


def _seen(answer: Any, user: User) -> tuple[int, str]:
    return answer.status_code, blotted(answer.content.decode(), user)


def _is_refusal(answer: Any) -> bool:
    return (
        answer.status_code == 503
        and answer.headers["Content-Type"] == "application/problem+json"
        and int(answer.headers["Retry-After"]) > 0
        and answer.json()["status"] == 503
    )


def api_subjects() -> Iterator[Subject]:
    """Of every operation that there is; `test_every_route_has_a_case_here` asks for those of a new route."""
    for operation in [*OPERATIONS, Operation("GET", "<str:user_id>/todos?search=PLANTED&status=open&limit=1")]:
        yield Subject(
            f"{operation}",
            lambda user, operation=operation: _prepare(operation, user),  # type: ignore[misc]
            _seen,
            _is_refusal,
            state_of_files if "/files" in operation.route else state_of_todos,
            _repeated(operation),
            _without_the_object if operation.method == "DELETE" and operation.names("file_id") else lambda *_: [],
        )


def _prepare(operation: Operation, user: User) -> Callable[[], Any]:
    visitor = Visitor(user, InProcess(), InProcess())
    ids = {}
    if operation.names("file_id") or operation.route.endswith("/files"):
        file = visitor.uploaded_file() if operation.route.endswith("/complete") else visitor.stored_file()
        _, ids["todo_id"], _, ids["file_id"] = file.split("/")
    elif operation.names("todo_id") or operation.method == "GET":
        todo = visitor.new_todo("Planted before")
        ids["todo_id"] = todo.rpartition("/")[2]
        if operation.route.endswith("/restore"):
            assert visitor.call("DELETE", todo).status_code == 204
    if "search" in operation.route:
        visitor.new_todo("Planted later")
    body = {"confirm": user.sub} if operation.route.endswith("/erase-account") else operation.body
    return lambda: visitor.call(operation.method, operation.path(**ids), body, **operation.headers)


def _repeated(operation: Operation) -> frozenset[int]:
    creates = operation.method == "POST" and operation.route.endswith(("/files", "/todos", "/add"))
    if creates and "Idempotency_Key" not in operation.headers:
        return frozenset()
    if operation.method == "PATCH" and operation.headers:
        return frozenset({200, 412})
    return frozenset({200, 201, 202, 204, 304, 409, 410, 412})


def _without_the_object(before: State, after: State) -> list[State]:
    """The object goes first: what is left can be deleted again."""
    return [{**before, "objects": before["objects"] - 1}]
