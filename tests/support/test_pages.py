"""Every page of the admin, opened without any database; and closed to whoever is not staff."""

import re
from collections.abc import Mapping

import pytest
from django.db import connection
from django.test import Client

from tests.clients import User
from tests.operations import admin_routes
from tests.support.conftest import Todo
from tests.support.staff import LOGIN, Member, text_of
from tests.support.trail import events_of

_ANY = re.compile(r"<path:object_id>")

# Route and the status for whoever may change. {c} a customer, {t} a todo, {f} a file, {e} an event.
LISTS = {
    "admin/support/customer/": ["", "?q={c}", "?q=user-", "?q=a%22b%5C", "?q=%E0"],
    "admin/todos/todo/": [
        "",
        "?customer={c}",
        "?customer={c}&status=open",
        "?customer={c}&status=completed",
        "?customer={c}&status=trashed",
        "?customer={c}&due=overdue",
        "?customer={c}&due=today",
        "?customer={c}&due=week",
        "?customer={c}&due=none",
        "?customer={c}&q=MILK",
        "?customer={c}&o=2",
        "?customer={c}&o=-2",
        "?customer={c}&o=7.x.-1",
        "?customer={c}&status=nonsense&due=nonsense",
        "?customer=~",
        "?customer={c}&p=3&all=",
        "?customer={c}&_popup=1",
    ],
    "admin/files/file/": ["", "?customer={c}", "?customer={c}&status=stored", "?customer={c}&status=pending"],
    "admin/support/event/": [
        "",
        "?customer={c}",
        "?staff=nobody",
        "?day=2026-01-01",
        "?customer={c}&staff=nobody&day=2026-01-01",
    ],
}
# What no list is searched by, and no page asks for: back to the list as it is.
BOGUS = ["?nonsense=1", "?title__contains=x", "?pk=1&nonsense__in=2", "?after=forged", "?version=abc"]
PAGES = {
    "admin/": 200,
    "admin/jsi18n/": 200,
    "admin/support/customer/<path:object_id>/change/": 200,
    "admin/support/customer/<path:object_id>/history/": 200,
    "admin/support/customer/<path:object_id>/delete/": 403,
    "admin/support/customer/<path:object_id>/act/": 404,
    "admin/support/customer/<path:object_id>/": 302,
    "admin/support/customer/add/": 403,
    "admin/todos/todo/<path:object_id>/change/": 200,
    "admin/todos/todo/<path:object_id>/history/": 200,
    "admin/todos/todo/<path:object_id>/delete/": 200,
    "admin/todos/todo/<path:object_id>/restore/": 404,
    "admin/todos/todo/<path:object_id>/": 302,
    "admin/todos/todo/add/": 403,
    "admin/files/file/<path:object_id>/change/": 200,
    "admin/files/file/<path:object_id>/history/": 200,
    "admin/files/file/<path:object_id>/delete/": 200,
    "admin/files/file/<path:object_id>/download/": 200,
    "admin/files/file/<path:object_id>/": 302,
    "admin/files/file/add/": 403,
    "admin/support/event/<path:object_id>/change/": 200,
    "admin/support/event/<path:object_id>/history/": 200,
    "admin/support/event/<path:object_id>/delete/": 403,
    "admin/support/event/<path:object_id>/": 302,
    "admin/support/event/add/": 403,
    "admin/^(?P<app_label>support|files|todos)/$": 200,
    "admin/(?P<url>.*)$": 404,
}
PUBLIC = {"admin", "admin/login/", "admin/login/password/", "admin/login/enrol/", "admin/logout/"}


@pytest.fixture(scope="module")
def todo() -> Todo:
    return Todo.create(User.sign_up())


def path_of(route: str, keys: Mapping[str, str]) -> str:
    """`keys` says what the admin calls a customer, a todo, a file, an event."""
    if "app_label" in route:
        return "/admin/todos/"
    if "<url>" in route:
        return "/admin/nonsense"
    kind = route.split("/")[2] if "object_id" in route else ""
    return "/" + _ANY.sub(keys.get(kind, ""), route)


def keys_of(todo: Todo) -> dict[str, str]:
    event = (events_of(todo.user.sub) or [{"customerID": "-", "eventID": "-"}])[0]
    return {
        "customer": todo.user.sub,
        "todo": todo.key,
        "file": f"{todo.key}~{todo.file_id}",
        "event": f"{event['customerID']}~{event['eventID']}".replace(":", "_3A").replace("#", "_23"),
    }


def test_every_route_has_a_case_here() -> None:
    served = {re.sub(r"<app_label>[a-z|]+", "<app_label>support|files|todos", route) for route in admin_routes()}
    assert served == {*PAGES, *LISTS, *PUBLIC}


def test_there_is_no_database() -> None:
    assert connection.settings_dict["ENGINE"] == "django.db.backends.dummy"


@pytest.mark.parametrize(("route", "status"), PAGES.items(), ids=str)
def test_a_page_opens(support: Member, todo: Todo, route: str, status: int) -> None:
    support.get(f"/admin/todos/todo/?customer={todo.user.sub}")
    answer = support.get(path_of(route, keys_of(todo)))
    assert answer.status_code == status, text_of(answer)


@pytest.mark.parametrize(
    ("route", "query"), [(route, query) for route, queries in LISTS.items() for query in queries], ids=str
)
def test_a_list_opens_with_every_filter(support: Member, todo: Todo, route: str, query: str) -> None:
    answer = support.get(f"/{route}{query.format(c=todo.user.sub)}")
    assert answer.status_code == 200, text_of(answer)


@pytest.mark.parametrize("query", BOGUS)
@pytest.mark.parametrize("route", LISTS)
def test_a_bogus_filter_leads_back_to_the_list(support: Member, route: str, query: str) -> None:
    answer = support.get(f"/{route}{query}")
    assert answer.status_code == 400 or (answer.status_code, answer.headers["Location"]) == (302, f"/{route}?e=1")
    assert support.get(f"/{route}?e=1").status_code == 200


@pytest.mark.parametrize("key", ["nonsense", "a~b", "~", "a~b~c~d", "%23", "x" * 3000, "a~%23erase-account"])
@pytest.mark.parametrize("kind", ["support/customer", "todos/todo", "files/file", "support/event"])
def test_what_never_was_leads_to_the_start(support: Member, kind: str, key: str) -> None:
    for page in ("change", "history"):
        answer = support.get(f"/admin/{kind}/{key}/{page}/")
        assert (answer.status_code, answer.headers["Location"]) == (302, "/admin/")


@pytest.mark.parametrize("route", [*PAGES, *LISTS])
def test_without_a_session_a_page_is_the_sign_in(todo: Todo, route: str) -> None:
    path = path_of(route, keys_of(todo))
    for browser in (Client(), Client(headers={"authorization": f"Bearer {todo.user.id_token}"})):
        answer = browser.get(path)
        assert answer.status_code == 302
        assert answer.headers["Location"].startswith(f"{LOGIN}?next=/admin/")


@pytest.mark.parametrize("route", [route for route, status in PAGES.items() if status in (200, 404)])
def test_a_form_without_its_token_is_refused(support: Member, todo: Todo, route: str) -> None:
    answer = support.browser.post(path_of(route, keys_of(todo)), {"action": "complete"})
    assert answer.status_code == 403


def test_each_page_has_its_headers_and_the_api_has_no_cookie(support: Member, todo: Todo) -> None:
    page = support.get("/admin/")
    assert "script-src 'self';" in page.headers["Content-Security-Policy"]
    assert "unsafe" not in page.headers["Content-Security-Policy"]
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert page.headers["X-Frame-Options"] == "DENY"
    assert "no-store" in page.headers["Cache-Control"]
    # Nothing inline for which the policy would have to be loosened.
    assert not re.search(r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son[a-z]+=", text_of(page))
    api = todo.user.api.get("/me/todos")
    assert (api.cookies, "Cookie" in api.headers.get("Vary", "")) == ({}, False)
