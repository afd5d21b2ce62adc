"""The order of each list, and its pages."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.clients import User
from tests.problems import INVALID, assert_problem
from tests.walks import pages, walk

Todo = dict[str, Any]


@dataclass
class Lists:
    user: User
    by_status: dict[str, list[Todo]] = field(default_factory=dict)


@pytest.fixture(scope="module")
def lists() -> Lists:
    """A user with todos of each kind, made in another order than the one in which they are to be listed."""
    user = User.sign_up()

    def create(title: str, due: str = "") -> Todo:
        answer = user.api.post("/me/todos", {"title": title, "dateDue": due})
        assert answer.status_code == 201
        return answer.json()

    def complete(todo: Todo) -> Todo:
        return user.api.patch(f"/me/todos/{todo['todoID']}", {"completed": True}).json()

    def trash(todo: Todo) -> Todo:
        assert user.api.delete(f"/me/todos/{todo['todoID']}").status_code == 204
        return todo

    undated = create("undated, first")
    late_in_year = create("Christmas, first", "2026-12-24")
    to_trash = [create("trashed last", "2026-01-01"), create("trashed first"), create("completed, then trashed")]
    to_complete = [create("completed last", "2026-02-02"), create("completed first"), create("completed second")]
    overdue = create("overdue", "1999-01-01")
    far = create("last of days", "9999-12-30")
    same_day = create("Christmas, second", "2026-12-24")
    undated_later = create("undated, second")

    completed = [complete(to_complete[1]), complete(to_complete[2]), complete(to_complete[0])]
    to_trash[2] = complete(to_trash[2])
    trashed = [trash(to_trash[1]), trash(to_trash[2]), trash(to_trash[0])]

    open_ = [overdue, same_day, late_in_year, far, undated_later, undated]
    all_ = open_ + completed[::-1]
    return Lists(user, {"open": open_, "completed": completed[::-1], "all": all_, "trashed": trashed[::-1]})


@pytest.mark.parametrize("status", ["open", "completed", "all", None])
def test_a_list_comes_in_its_order(lists: Lists, status: str | None) -> None:
    answer = lists.user.api.get(f"/me/todos?status={status}" if status else "/me/todos")

    assert answer.status_code == 200
    assert answer.json() == {"todos": lists.by_status[status or "all"], "nextCursor": None}


def test_the_trash_comes_with_the_latest_first(lists: Lists) -> None:
    answer = lists.user.api.get("/me/todos?status=trashed").json()

    times = [todo["dateDeleted"] for todo in answer["todos"]]
    assert times == sorted(times, reverse=True)
    trashed = [
        {**todo, "dateDeleted": time, "dateUpdated": time, "version": todo["version"] + 1}
        for todo, time in zip(lists.by_status["trashed"], times, strict=True)
    ]
    assert answer == {"todos": trashed, "nextCursor": None}


@pytest.mark.parametrize("status", ["open", "completed", "all", "trashed"])
@pytest.mark.parametrize("search", ["", "e"])
def test_pages_of_any_size_hold_the_same_list_and_none_follows_an_exactly_full_last_one(
    lists: Lists, status: str, search: str
) -> None:
    whole = walk(lists.user, status=status, search=search)
    ids = [todo["todoID"] for todo in lists.by_status[status] if search in todo["title"].casefold()]
    assert [todo["todoID"] for todo in whole] == ids

    for limit in range(1, len(whole) + 2):
        in_pages = [page["todos"] for page in pages(lists.user, status=status, search=search, limit=limit)]
        assert in_pages == [whole[start : start + limit] for start in range(0, len(whole), limit)]


def test_the_limit_may_change_from_page_to_page(lists: Lists) -> None:
    api = lists.user.api
    first = api.get("/me/todos?limit=2").json()

    rest = api.get("/me/todos?" + urlencode({"limit": 200, "cursor": first["nextCursor"], "status": "all"})).json()

    assert first["todos"] + rest["todos"] == lists.by_status["all"]
    assert rest["nextCursor"] is None


@pytest.mark.parametrize("status", ["open", "completed", "all", "trashed"])
@pytest.mark.parametrize("query", ["", "&search=milk", "&limit=1"])
def test_a_user_without_todos_has_empty_lists(alice: User, status: str, query: str) -> None:
    assert alice.api.get(f"/me/todos?status={status}{query}").json() == {"todos": [], "nextCursor": None}


def test_a_todo_just_created_is_in_the_next_list(alice: User) -> None:
    created: list[Todo] = []
    for number in range(20):
        created.insert(0, alice.api.post("/me/todos", {"title": f"Number {number}"}).json())
        assert alice.api.get("/me/todos").json() == {"todos": created, "nextCursor": None}


def test_a_change_is_in_the_next_list(alice: User) -> None:
    first = alice.api.post("/me/todos", {"title": "first"}).json()
    second = alice.api.post("/me/todos", {"title": "second"}).json()
    assert walk(alice) == [second, first]

    dated = alice.api.patch(f"/me/todos/{first['todoID']}", {"dateDue": "2026-12-24"}).json()
    assert walk(alice) == [dated, second]
    completed = alice.api.patch(f"/me/todos/{first['todoID']}", {"completed": True}).json()
    assert walk(alice) == [second, completed]
    reopened = alice.api.patch(f"/me/todos/{first['todoID']}", {"completed": False}).json()
    assert walk(alice) == [reopened, second]
    undated = alice.api.patch(f"/me/todos/{first['todoID']}", {"dateDue": ""}).json()
    assert walk(alice) == [second, undated]
    alice.api.delete(f"/me/todos/{second['todoID']}")
    assert walk(alice) == [undated]


def test_editing_a_completed_todo_leaves_it_in_its_place(alice: User) -> None:
    first, second = (alice.api.post("/me/todos", {"title": title}).json()["todoID"] for title in ("first", "second"))
    for todo_id in (first, second):
        alice.api.patch(f"/me/todos/{todo_id}", {"completed": True})

    alice.api.patch(f"/me/todos/{first}", {"title": "edited", "dateDue": "1999-01-01"})

    assert [todo["todoID"] for todo in walk(alice, status="completed")] == [second, first]


def test_nobody_sees_the_todos_of_others(lists: Lists, new_user: Callable[[], User]) -> None:
    other = new_user()
    mine = other.api.post("/me/todos", {"title": "mine"}).json()

    assert walk(other) == [mine]
    assert walk(lists.user) == lists.by_status["all"]


@pytest.mark.parametrize("limit", ["0", "201", "-1", "", "ten", "1.5", "+5", "٣", "1e2", "99999999999999999999"])
def test_a_limit_out_of_bounds_is_refused(lists: Lists, limit: str) -> None:
    answer = lists.user.api.get("/me/todos?" + urlencode({"limit": limit}))
    assert_problem(answer, 400, "invalid", INVALID, limit="Must be a whole number from 1 to 200.")


@pytest.mark.parametrize("status", ["", "done", "OPEN", "open,completed", "0"])
def test_an_unknown_status_is_refused(lists: Lists, status: str) -> None:
    answer = lists.user.api.get("/me/todos?" + urlencode({"status": status}))
    assert_problem(answer, 400, "invalid", INVALID, status="Must be one of open, completed, all, trashed.")
