"""The same for the admin: each of its pages, and each change that support can make."""

import functools
import math
import os
import re
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

from deploy.local import resources
from tests.clients import PASSWORD, User
from tests.faults.subjects import State, Subject, blotted, state_of_files, state_of_todos
from tests.support.conftest import Todo
from tests.support.staff import LOGIN, Member
from tests.support.test_pages import LISTS, PAGES, keys_of, path_of
from tests.support.trail import events_of
from todoproject.support import sessions, staff
from todoproject.support.customers import ACTS
from todoproject.support.record_admin import RecordAdmin

_ENVIRONMENT = dict(os.environ)
_SHOWN = ("<sub>", "<email>", "form.pdf", "Nothing was done", "errornote", "X-Amz-Signature")
# Whole words: a form's token, which is random letters, has them in it now and then.
_WORDS = re.compile(r"\b(?:Milk|Two)\b")
_LOOKS = ("view", "list", "history", "search")
# What a change that was made already is answered with: done, the form again, or a sentence.
_REPEATED = frozenset({200, 302, 403, 404, 409})
# Of what was done before, to anybody.
_MESSAGES = re.compile(r'<ul class="messagelist">.*?</ul>', re.DOTALL)


@functools.cache
def member() -> Member:
    """One for all tests of a process; to be signed in before anything is broken."""
    return Member.signed_in("support")


@contextmanager
def member_there() -> Iterator[None]:
    """Once a minute a session is saved and its groups are asked for. Before the trials, and not in the middle of them:
    the calls of one would be others than those of the next."""
    if member().get("/admin/").status_code != 200:
        member.cache_clear()  # It was signed out for having been idle.
        member()
    with mock.patch.object(sessions, "_TOUCH_SECONDS", math.inf), mock.patch.object(staff, "_CHECK_SECONDS", math.inf):
        yield


def page_subjects() -> Iterator[Subject]:
    """Every page that opens, by the tests' own list of them, which is held against the routes."""
    routes = [route for route, status in PAGES.items() if status == 200]
    for route in [*routes, *(f"{route}{query}" for route, queries in LISTS.items() for query in queries[:2])]:

        def prepare(user: User, route: str = route) -> Callable[[], Any]:
            path = path_of(route, keys_of(_customer(member().sub)[1])).format(c=user.sub)
            # The first of those that the trail shows, whoever was looked at since.
            _look_at(user)
            return lambda: member().get(path)

        yield Subject(
            f"GET {route}",
            prepare,
            _seen,
            _is_refusal,
            lambda user: {},
            frozenset({200}),
            user=lambda: _customer(member().sub)[0],
            is_private="object_id" in route or "={c}" in route,
        )


@functools.cache
def fill_trail() -> None:
    """Two pages of it, of today and of the customer: each look makes it longer, and a page that gets full in the middle
    of the trials would make other calls from then on."""
    for _ in range(2 * RecordAdmin.list_per_page):
        _look_at(_customer(member().sub)[0])


def _look_at(user: User) -> None:
    assert member().get(f"/admin/support/customer/{user.sub}/change/").status_code == 200


@functools.cache
def _customer(staff_id: str) -> tuple[User, Todo]:
    """One for all pages: to look changes nothing."""
    user = User.sign_up()
    return user, Todo.create(user)


def change_subjects() -> Iterator[Subject]:
    edit = {"title": "Oat milk", "description": "", "notes": "Two", "date_due": "", "read_version": 1}
    complete = ("PATCH", {"completed": True})
    yield _change("edit", "{t}/change/", edit)
    yield _change("trash", "{t}/delete/", {"post": "yes"})
    yield _change("restore", "{t}/restore/", {}, ("DELETE", None))
    for action, before in {"complete": None, "reopen": complete, "restore": ("DELETE", None)}.items():
        yield _change(f"action {action}", "/admin/todos/todo/?customer={c}", {"action": action}, before)
    trash = {"action": "delete_selected", "post": "yes"}
    yield _change("action trash", "/admin/todos/todo/?customer={c}", trash)
    yield _change("delete a file", "{f}/delete/", {"post": "yes"}, counted=False)
    yield _change("action delete files", "/admin/files/file/?customer={c}", trash, counted=False)
    yield _change("download", "{f}/download/", {"reason": "Request 4711"}, counted=False)
    for act in ACTS:
        yield _act(act)
    yield _sign_in()
    yield _sign_out()


def _change(
    name: str, page: str, form: dict[str, Any], before: tuple[str, Any] | None = None, *, counted: bool = True
) -> Subject:
    """`counted`: its one event is in the transaction of the change. Otherwise there is one for each attempt."""

    def prepare(user: User) -> Callable[[], Any]:
        todo = Todo.create(user)
        if before is not None:
            assert user.api.call(before[0], f"/me/todos/{todo.todo_id}", before[1]).status_code < 300
        path = page.format(t=todo.page, f=todo.file_page, c=user.sub)
        key = f"{todo.key}~{todo.file_id}" if "/files/" in page else todo.key
        more = {"index": 0, "select_across": 0, "_selected_action": [key]} if "action" in form else {}
        return lambda: member().post(path, {**form, **more})

    def state_with_events(user: User) -> State:
        events = [(each["action"], each["outcome"]) for each in events_of(user.sub) if each["action"] not in _LOOKS]
        return {**state_of_todos(user), **state_of_files(user), "events": events if counted else []}

    return Subject(
        name, prepare, _seen, _is_refusal, state_with_events, _REPEATED, lambda before, after: _halves(before)
    )


def _halves(before: State) -> list[State]:
    """Of a file the object goes first."""
    return [{**before, "objects": before["objects"] - 1}] if before.get("objects") else []


def _act(name: str) -> Subject:
    def prepare(user: User) -> Callable[[], Any]:
        if name == "enable":
            _cognito().admin_disable_user(**_who(user))
        form = {"act": name, "reason": "Request 4711"}
        return lambda: member().post(f"/admin/support/customer/{user.sub}/act/", form)

    user = _unconfirmed if name == "resend-confirmation" else User.sign_up
    return Subject(name, prepare, _seen, _is_refusal, _account, _REPEATED, user=user)


def _unconfirmed() -> User:
    email = f"user-{uuid.uuid4().hex[:12]}@example.com"
    client_id = _ENVIRONMENT["COGNITO_CLIENT_IDS"].partition(",")[0]
    signed_up = _cognito().sign_up(ClientId=client_id, Username=email, Password=PASSWORD)
    return User(email, signed_up["UserSub"], "", "", "")


def _account(user: User) -> State:
    found = _cognito().admin_get_user(**_who(user))
    return {"enabled": found["Enabled"], "status": found["UserStatus"]}


def _cognito() -> Any:
    return resources.client("cognito-idp", _ENVIRONMENT)


def _who(user: User) -> dict[str, str]:
    return {"UserPoolId": _ENVIRONMENT["COGNITO_USER_POOL_ID"], "Username": user.sub}


def _sign_in() -> Subject:
    """Each time by another member: a code is good once."""

    def prepare(user: User) -> Callable[[], Any]:
        someone = Member.create("support")
        someone.get(LOGIN)
        return someone.sign_in

    return Subject("sign in", prepare, _seen, _is_refusal, lambda user: {}, frozenset({302}), is_private=False)


def _sign_out() -> Subject:
    def prepare(user: User) -> Callable[[], Any]:
        someone = Member.signed_in("support")
        return lambda: someone.post("/admin/logout/", {})

    return Subject("sign out", prepare, _seen, _is_refusal, lambda user: {}, frozenset({302}), is_private=False)


def _seen(answer: Any, user: User) -> tuple[Any, ...]:
    """What matters of a page: whose things it shows."""
    body = blotted(_MESSAGES.sub("", answer.content.decode()), user)
    location = blotted(answer.headers.get("Location", ""), user)
    return (
        answer.status_code,
        location,
        [*(each for each in _SHOWN if each in body), *sorted(set(_WORDS.findall(body)))],
    )


def _is_refusal(answer: Any) -> bool:
    return (
        answer.status_code == 503
        and int(answer.headers.get("Retry-After", 0)) > 0
        and "A part of the service does not answer." in answer.content.decode()
    )
