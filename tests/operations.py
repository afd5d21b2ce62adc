"""Every operation of the service, by its route and with a good request: what must hold for each is tried on these."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpResponse
from django.urls import URLPattern, get_resolver

from tests.clients import Api

PUBLIC = {("GET", f"{role}/{page}") for role in ("todos", "files") for page in ("schema", "docs")}


@dataclass(frozen=True)
class Operation:
    method: str
    route: str
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    status: int = 404
    """How it answers for a todo that never was."""

    def __str__(self) -> str:
        return " ".join([self.method, self.route, *self.headers])

    def names(self, what: str) -> bool:
        """Whether the path holds this kind of id."""
        return f":{what}>" in self.route

    def path(self, *, user_id: str = "me", todo_id: str = "", file_id: str = "") -> str:
        filled = self.route.replace("<str:user_id>", user_id)
        return "/" + filled.replace("<id:todo_id>", todo_id).replace("<id:file_id>", file_id)

    def call(self, api: Api, path: str) -> HttpResponse:
        return api.call(self.method, path, self.body, **self.headers)


_TODOS = "<str:user_id>/todos"
_TODO = f"{_TODOS}/<id:todo_id>"
_FILES = "<id:todo_id>/files"
_FILE = f"{_FILES}/<id:file_id>"

OPERATIONS = [
    Operation("GET", _TODOS),
    Operation("POST", _TODOS, {"title": "Planted"}),
    Operation("POST", _TODOS, {"title": "Planted"}, {"Idempotency_Key": "planted"}),
    Operation("POST", f"{_TODOS}/add", {"title": "Planted", "description": "", "dateDue": ""}),
    Operation("POST", f"{_TODOS}/erase-account", {"confirm": "nobody@example.com"}),
    Operation("GET", _TODO),
    Operation("GET", _TODO, headers={"If_None_Match": "*"}),
    Operation("PATCH", _TODO, {"title": "Seized", "completed": True}),
    Operation("PATCH", _TODO, {"title": "Seized"}, {"If_Match": '"1"'}),
    Operation("PATCH", _TODO, {"title": "Seized"}, {"If_Match": '"99"'}),
    Operation("DELETE", _TODO),
    Operation("DELETE", _TODO, headers={"If_Match": '"99"'}),
    Operation("POST", f"{_TODO}/restore"),
    Operation("POST", f"{_TODO}/restore", headers={"If_Match": '"99"'}),
    Operation("POST", f"{_TODO}/complete"),
    Operation("POST", f"{_TODO}/addnotes", {"notes": "Seized"}),
    Operation("DELETE", f"{_TODO}/delete"),
    Operation("GET", _FILES, status=200),
    Operation("POST", _FILES, {"fileName": "planted.txt", "size": 7, "contentType": "text/plain"}),
    Operation("POST", f"{_FILES}/upload", {"fileName": "planted.txt", "filePath": "a/b/planted.txt"}, status=410),
    Operation("GET", _FILE),
    Operation("DELETE", _FILE),
    Operation("POST", f"{_FILE}/complete"),
    Operation("DELETE", f"{_FILE}/delete", {"filePath": "https://example.com/a/b/planted.txt"}),
]


def served_operations(patterns: list[Any] | None = None) -> set[tuple[str, str]]:
    """The method and route of everything that the URLconf, or these patterns of it, lead to, but for the staff admin's
    pages."""
    views = _views(get_resolver().url_patterns if patterns is None else patterns)
    return {(method, route) for route, view in views if not route.startswith("admin") for method in _methods(view)}


def admin_routes() -> set[str]:
    """Tried in tests/support/test_pages.py: no customer's token opens any of them."""
    return {route for route, _ in _views(get_resolver().url_patterns) if route.startswith("admin")}


def _views(patterns: list[Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for pattern in patterns:
        if isinstance(pattern, URLPattern):
            yield prefix + str(pattern.pattern), pattern.callback
        else:
            yield from _views(pattern.url_patterns, prefix + str(pattern.pattern))


def _methods(view: Any) -> set[str]:
    view_class = getattr(view, "view_class", None) or getattr(view, "cls", None)
    if view_class is None:
        return {"GET"}
    return {name.upper() for name in view_class.http_method_names if name != "options" and hasattr(view_class, name)}
