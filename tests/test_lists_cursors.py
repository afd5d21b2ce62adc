"""A cursor is taken only by the list that gave it, from the user who got it."""

import base64
import json
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import pytest
from django.core import signing
from django.http import HttpResponse
from django.test import override_settings

from tests.clients import User
from tests.dynamodb_calls import pages_of
from tests.problems import INVALID, assert_problem
from tests.uploads import new_todo, store
from todoproject.api.cursors import sign_cursor

Query = dict[str, Any]


@dataclass
class Shelf:
    """A user with two todos in each list, and two files in each of two todos."""

    user: User
    other: User
    todo_ids: list[str]

    def cursor(self, path: str = "/me/todos", **query: Any) -> str:
        answer = self.user.api.get(f"{path}?{urlencode({'limit': 1, **query})}").json()
        assert isinstance(answer["nextCursor"], str)
        return answer["nextCursor"]


@pytest.fixture(scope="module")
def shelf() -> Shelf:
    users = [User.sign_up(), User.sign_up()]
    for user in users:
        ids = [new_todo(user, title) for title in ("buy milk", "buy more milk") * 3]
        for todo_id in ids[:2]:
            user.api.patch(f"/me/todos/{todo_id}", {"completed": True})
        for todo_id in ids[2:4]:
            user.api.delete(f"/me/todos/{todo_id}")
    for todo_id in ids[4:]:
        for name in ("one", "two"):
            store(users[1], todo_id, b"content", name)
    return Shelf(users[1], users[0], ids[4:])


def refused(answer: HttpResponse) -> None:
    assert_problem(answer, 400, "invalid", INVALID, cursor="Not a cursor of this list. Start again without one.")


@pytest.mark.parametrize("given", [{}, {"search": "milk"}, {"status": "open"}, {"status": "trashed", "search": "BUY"}])
@pytest.mark.parametrize(
    "wanted",
    [{}, {"search": "milk"}, {"search": "more"}, {"status": "open"}, {"status": "trashed", "search": "buy"}],
)
def test_a_cursor_is_taken_only_by_the_same_list(shelf: Shelf, given: Query, wanted: Query) -> None:
    cursor = shelf.cursor(**given)
    answer = shelf.user.api.get("/me/todos?" + urlencode({**wanted, "cursor": cursor}))

    same = {name: value.lower() for name, value in given.items()} == wanted
    if same:
        whole = shelf.user.api.get("/me/todos?" + urlencode(wanted)).json()["todos"]
        assert answer.json() == {"todos": whole[1:], "nextCursor": None}
    else:
        refused(answer)


@pytest.mark.parametrize("name", ["me", "sub", "email"])
def test_a_cursor_is_taken_by_whatever_name_its_user_comes(shelf: Shelf, name: str) -> None:
    called = {"me": "me", "sub": shelf.user.sub, "email": shelf.user.email.upper()}[name]
    answer = shelf.user.api.get(f"/{called}/todos?" + urlencode({"cursor": shelf.cursor()}))
    assert answer.json()["todos"] == shelf.user.api.get("/me/todos").json()["todos"][1:]


@pytest.mark.parametrize("query", [{}, {"search": "milk"}, {"status": "trashed"}])
def test_a_cursor_of_another_user_is_refused(shelf: Shelf, query: Query) -> None:
    refused(shelf.other.api.get("/me/todos?" + urlencode({**query, "cursor": shelf.cursor(**query)})))


def test_the_cursor_of_an_empty_page_is_taken_only_by_its_own_search(shelf: Shelf) -> None:
    with pages_of(1):
        page = shelf.user.api.get("/me/todos?search=not+there").json()
        assert page["todos"] == []
        cursor = page["nextCursor"]
        refused(shelf.user.api.get("/me/todos?" + urlencode({"cursor": cursor})))
        refused(shelf.user.api.get("/me/todos?" + urlencode({"cursor": cursor, "search": "there"})))
        refused(shelf.other.api.get("/me/todos?" + urlencode({"cursor": cursor, "search": "not there"})))
        last = shelf.user.api.get("/me/todos?" + urlencode({"cursor": cursor, "search": "not there"}))
    assert last.json() == {"todos": [], "nextCursor": None}


def test_lists_of_todos_and_of_files_refuse_each_other_s_cursors(shelf: Shelf) -> None:
    of_files, of_others = (shelf.cursor(f"/{todo_id}/files") for todo_id in shelf.todo_ids)
    path = f"/{shelf.todo_ids[0]}/files"

    assert len(shelf.user.api.get(f"{path}?" + urlencode({"cursor": of_files})).json()["files"]) == 1
    refused(shelf.user.api.get("/me/todos?" + urlencode({"cursor": of_files})))
    refused(shelf.user.api.get(f"{path}?" + urlencode({"cursor": shelf.cursor()})))
    refused(shelf.user.api.get(f"{path}?" + urlencode({"cursor": of_others})))
    refused(shelf.other.api.get(f"{path}?" + urlencode({"cursor": of_files})))


@pytest.mark.parametrize("list_name", ["todos", "files"])
def test_a_cursor_with_any_one_byte_changed_is_refused(shelf: Shelf, list_name: str) -> None:
    path = "/me/todos" if list_name == "todos" else f"/{shelf.todo_ids[0]}/files"
    cursor = shelf.cursor(path)
    for place, character in enumerate(cursor):
        changed = cursor[:place] + ("A" if character != "A" else "B") + cursor[place + 1 :]
        refused(shelf.user.api.get(f"{path}?" + urlencode({"cursor": changed})))


@pytest.mark.parametrize("list_name", ["todos", "files"])
@pytest.mark.parametrize(
    "forgery",
    ["unsigned", "signed with another key", "signed without a list", "cut off", "longer", "twice", "upper case"],
)
def test_a_forged_cursor_is_refused(shelf: Shelf, list_name: str, forgery: str) -> None:
    path = "/me/todos" if list_name == "todos" else f"/{shelf.todo_ids[0]}/files"
    scope: tuple[str, ...] = ("todos", shelf.user.sub, "all", "")
    if list_name == "files":
        scope = ("files", shelf.user.sub, shelf.todo_ids[0])
    genuine = shelf.cursor(path)
    position = signing.b64_decode(genuine.partition(":")[0].encode())
    with override_settings(SECRET_KEY="another key of the same length as ours is not ours"):
        elsewhere = sign_cursor(json.loads(position), scope=scope)
    forged = {
        "unsigned": base64.urlsafe_b64encode(position).decode(),
        "signed with another key": elsewhere,
        "signed without a list": signing.dumps(json.loads(position)),
        "cut off": genuine[:-1],
        "longer": genuine + "A",
        "twice": f"{genuine}:{genuine}",
        "upper case": genuine.upper(),
    }[forgery]
    # What was forged above is what a genuine one looks like.
    assert sign_cursor(json.loads(position), scope=scope).partition(":")[0] == genuine.partition(":")[0]
    refused(shelf.user.api.get(f"{path}?" + urlencode({"cursor": forged})))


@pytest.mark.parametrize("text", ["x", ":", "::::", ".", " ", "🙂", "null", "[]", '["a","0#"]', "A" * 4000])
def test_what_was_never_a_cursor_is_refused(shelf: Shelf, text: str) -> None:
    for path in ("/me/todos", f"/{shelf.todo_ids[0]}/files"):
        refused(shelf.user.api.get(f"{path}?" + urlencode({"cursor": text})))


def test_a_cursor_goes_into_an_address_as_it_is(shelf: Shelf) -> None:
    for cursor in (shelf.cursor(), shelf.cursor(f"/{shelf.todo_ids[0]}/files")):
        assert re.fullmatch(r"[A-Za-z0-9_.:-]+", cursor)
