"""Lists, followed to their end."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from tests.clients import User


def pages(user: User, path: str = "/me/todos", **query: Any) -> Iterator[dict[str, Any]]:
    """Every page of a list, each read when it is asked for."""
    while True:
        answer = user.api.get(f"{path}?{urlencode(query)}")
        assert answer.status_code == 200, answer.content
        page: dict[str, Any] = answer.json()
        assert page.keys() == {page_name(path), "nextCursor"}
        yield page
        if page["nextCursor"] is None:
            return
        query["cursor"] = page["nextCursor"]


def walk(user: User, path: str = "/me/todos", **query: Any) -> list[dict[str, Any]]:
    """The whole list."""
    return [row for page in pages(user, path, **query) for row in page[page_name(path)]]


def page_name(path: str) -> str:
    return path.rpartition("/")[2]


def in_order(todos: Iterator[dict[str, Any]] | list[dict[str, Any]]) -> list[dict[str, Any]]:
    """As the list without filters must have them: open ones by due date, undated last, newest first within a date;
    then completed ones, the latest first."""
    kept = sorted((todo for todo in todos if not todo["dateDeleted"]), key=lambda todo: todo["dateCreated"])[::-1]
    still_open = sorted((todo for todo in kept if not todo["completed"]), key=lambda todo: todo["dateDue"] or "9999")
    completed = sorted((todo for todo in kept if todo["completed"]), key=lambda todo: todo["dateCompleted"])[::-1]
    return still_open + completed
