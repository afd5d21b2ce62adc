"""A user with one todo, to send bad requests to, and every route that takes a body."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse

from files.models import FileModel
from tests.clients import User
from todos.models import TodoModel


@dataclass(frozen=True)
class Route:
    method: str
    path: str
    body: dict[str, Any]
    texts: tuple[str, ...]
    read_only: tuple[str, ...] = ()


_SET_BY_US = ("todoID", "userID", "dateCreated", "dateUpdated", "dateCompleted", "dateDeleted", "version")
_TEXTS = ("title", "description", "notes", "dateDue")
ROUTES = {
    "create": Route("POST", "/me/todos", {"title": "Milk"}, _TEXTS, (*_SET_BY_US, "completed")),
    "edit": Route("PATCH", "/me/todos/{todo_id}", {"title": "Bread"}, _TEXTS, _SET_BY_US),
    "add": Route("POST", "/me/todos/add", {"title": "Milk"}, _TEXTS, (*_SET_BY_US, "completed")),
    "addnotes": Route("POST", "/me/todos/{todo_id}/addnotes", {"notes": "Two litres"}, ("notes",)),
    "erase": Route("POST", "/me/todos/erase-account", {"confirm": "{email}"}, ("confirm",)),
    "upload": Route(
        "POST",
        "/{todo_id}/files",
        {"fileName": "list.txt", "size": 1},
        ("fileName", "contentType"),
        ("fileID", "todoID", "filePath", "dateCreated", "status"),
    ),
}


@dataclass(frozen=True)
class Target:
    user: User
    todo_id: str

    @classmethod
    def create(cls) -> "Target":
        user = User.sign_up()
        return cls(user, user.api.post("/me/todos", {"title": "Was there before"}).json()["todoID"])

    def send(self, route: str, body: Any, **headers: str) -> HttpResponse:
        path = ROUTES[route].path.format(todo_id=self.todo_id)
        return self.user.api.call(ROUTES[route].method, path, body, **headers)

    def body(self, route: str, **raw: str) -> str:
        """A valid body, with these fields in it as JSON source: title="1e400"."""
        fields = {name: json.dumps(value) for name, value in ROUTES[route].body.items()} | raw
        source = "{" + ", ".join(f"{json.dumps(name)}: {value}" for name, value in fields.items()) + "}"
        return source.replace("{email}", self.user.email)

    @contextmanager
    def unchanged(self) -> Iterator[None]:
        """Fails if the block has written anything for the user, to either table."""
        before = self._rows()
        yield
        assert self._rows() == before

    def _rows(self) -> list[dict[str, Any]]:
        tables = (TodoModel.connection(), FileModel.connection())
        return [row for table in tables for row in table.query(self.user.sub, consistent_read=True)["Items"]]
