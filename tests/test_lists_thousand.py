"""A thousand todos of 10 kB: ten pages of DynamoDB, whatever the pages of the client."""

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest

from tests.clients import User
from tests.dynamodb_calls import pages_of, recorded_calls
from tests.walks import in_order, pages, walk
from todos import services
from todos.serializers import to_wire

COUNT = 1000
# Of 10 kB, a little more than a hundred make 1 MB.
IN_A_MEGABYTE = 100
QUERIES_PER_REQUEST = 4


@dataclass
class Shelf:
    user: User
    todos: dict[str, dict[str, Any]]
    """As they are now, by id: a test that changes one puts the answer here."""

    def keep(self, todo: dict[str, Any]) -> None:
        self.todos[todo["todoID"]] = todo


@pytest.fixture(scope="module")
def shelf() -> Shelf:
    user = User.sign_up()

    def create(number: int) -> dict[str, Any]:
        item = services.create_todo(
            user_id=user.sub,
            title=f"Number {number:04d}",
            description="x" * 9_500,
            date_due=f"2027-01-{number % 28 + 1:02d}" if number % 7 else "",
        )
        if number % 10 == 0:
            todo_id = item["todoID"]["S"]
            item = services.update_todo(user_id=user.sub, todo_id=todo_id, changes={"completed": True})
        return to_wire(item)

    with ThreadPoolExecutor(8) as threads:
        todos = list(threads.map(create, range(COUNT)))
    return Shelf(user, {todo["todoID"]: todo for todo in todos})


@pytest.fixture(autouse=True)
def megabytes() -> Iterator[None]:
    with pages_of(IN_A_MEGABYTE):
        yield


@pytest.mark.parametrize("limit", [13, 99, 100, 101, 200])
def test_a_thousand_todos_are_listed_page_by_page_in_order(shelf: Shelf, limit: int) -> None:
    with recorded_calls() as calls:
        read = [page["todos"] for page in pages(shelf.user, limit=limit)]

    whole = in_order(list(shelf.todos.values()))
    assert len(whole) >= COUNT
    step = min(limit, IN_A_MEGABYTE)
    # The last may be empty: DynamoDB knows that a list has ended only when it is asked for more.
    assert [page for page in read if page] == [whole[start : start + step] for start in range(0, len(whole), step)]
    assert {call.operation for call in calls} == {"Query"}


def test_a_page_holds_a_hundred_where_no_limit_is_given(shelf: Shelf) -> None:
    assert len(shelf.user.api.get("/me/todos").json()["todos"]) == 100


def change_some(shelf: Shelf, left: list[str], last: dict[str, Any], number: int) -> set[str]:
    """Add, edit, move, complete, reopen and trash, anywhere in the list; `last` is where the walk goes on from."""
    api = shelf.user.api
    touched = []
    for due in ("", "1999-01-01", last["dateDue"]):
        added = api.post("/me/todos", {"title": f"Added {number}", "dateDue": due, "description": "x" * 9_500}).json()
        shelf.keep(added)
        touched.append(added["todoID"])
    # Gone from its place: the position of a cursor need not exist any more.
    moved = [last["todoID"]] if number % 2 else []
    for changes in ({"title": "Edited"}, {"dateDue": "2027-01-15"}, {"completed": True}, {"completed": False}):
        moved.append(left.pop())
        shelf.keep(api.patch(f"/me/todos/{moved[-1]}", changes).json())
    for todo_id in (left.pop(), *moved[: number % 2]):
        assert api.delete(f"/me/todos/{todo_id}").status_code == 204
        del shelf.todos[todo_id]
        touched.append(todo_id)
    return {*touched, *moved}


def test_todos_left_alone_come_exactly_once_while_others_change_between_the_pages(shelf: Shelf) -> None:
    before = dict(shelf.todos)
    left = list(before)
    random.Random(2).shuffle(left)
    touched: set[str] = set()
    read: list[dict[str, Any]] = []

    for number, page in enumerate(pages(shelf.user, limit=50)):
        read += page["todos"]
        last = page["todos"][-1]
        if last["todoID"] in left:
            left.remove(last["todoID"])
            touched |= change_some(shelf, left, last, number)

    left_alone = [todo for todo_id, todo in before.items() if todo_id not in touched]
    assert len(touched) > 100
    assert len(left_alone) > COUNT / 2
    assert [todo for todo in read if todo["todoID"] in before.keys() - touched] == in_order(left_alone)
    assert walk(shelf.user, limit=200) == in_order(list(shelf.todos.values()))


def test_a_search_whose_first_pages_match_nothing_finds_its_match_behind_them(shelf: Shelf) -> None:
    last = in_order(list(shelf.todos.values()))[-1]
    queries = []
    answers = []
    walked = pages(shelf.user, search=last["title"].upper(), limit=5)
    while True:
        with recorded_calls() as calls:
            page = next(walked, None)
        if page is None:
            break
        queries.append([call.operation for call in calls])
        answers.append(page["todos"])

    assert answers == [*([] for _ in answers[1:]), [last]]
    # Ten pages of DynamoDB and a bit: as many as a request may read, then the rest.
    assert queries[:2] == [["Query"] * QUERIES_PER_REQUEST] * 2
    assert all(set(each) == {"Query"} and len(each) <= QUERIES_PER_REQUEST for each in queries)
    assert len(answers) == 3


def test_a_search_without_a_match_ends(shelf: Shelf) -> None:
    assert [page["todos"] for page in pages(shelf.user, search="not there")] == [[], [], []]


@pytest.mark.parametrize("limit", [1, 3, 7, 200])
def test_a_search_with_many_matches_comes_in_order_and_each_once(shelf: Shelf, limit: int) -> None:
    whole = [todo for todo in in_order(list(shelf.todos.values())) if "9" in todo["title"]]
    search = "9" if limit > 3 else "99"
    whole = [todo for todo in whole if search in todo["title"]]
    with recorded_calls() as calls:
        read = list(pages(shelf.user, search=search, limit=limit))

    assert [todo for page in read for todo in page["todos"]] == whole
    assert max(len(page["todos"]) for page in read) <= limit
    assert len(calls) <= QUERIES_PER_REQUEST * len(read)


@pytest.mark.parametrize(("character", "in_a_megabyte"), [("\u4e00", 10), ("\U0001f600", 7)], ids=["CJK", "emoji"])
def test_a_page_of_the_largest_todos_stops_after_a_megabyte(
    shelf: Shelf, new_user: Any, character: str, in_a_megabyte: int
) -> None:
    """Todos of about 100 or 130 kB. A megabyte is full when the next one has no room in it."""
    user = new_user()
    text = character * 16_383
    for number in range(3 * in_a_megabyte - 1):
        services.create_todo(user_id=user.sub, title=str(number), description=text, notes=text)

    with pages_of(in_a_megabyte), recorded_calls() as calls:
        read = [len(page["todos"]) for page in pages(user, limit=200)]

    assert (read, len(calls)) == ([in_a_megabyte, in_a_megabyte, in_a_megabyte - 1], 3)
