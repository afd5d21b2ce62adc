"""What a search finds: part of a title, ignoring case, and nothing in it is a pattern."""

from typing import Any
from urllib.parse import urlencode

import pytest

from tests.clients import User
from tests.problems import INVALID, assert_problem
from tests.walks import walk

COMBINING = "Cafe\u0301 at nine"
FULL_WIDTH = "\uff26\uff55\uff4c\uff4c width"
KELVIN = "300 \u212a outside"
LIGATURE = "Send the \ufb01le"
# In the order in which they are created: the list shows them the other way round.
TITLES = [
    "Straße fegen",
    "GROẞE WÄSCHE",
    "İSTANBUL",
    "ΟΔΟΣ",
    COMBINING,
    FULL_WIDTH,
    KELVIN,
    LIGATURE,
    "100% sure",
    "snake_case",
    "2 * 3 = 6",
    "Solve (a+)+$ [x] \\d .",
    "a" * 60 + "!",
    "two  spaces",
    'O\'Brien said "no"',
    "Sweep 🧹",
    "tab & plus+",
    "null",
]
CASES: list[tuple[str, list[str]]] = [
    ("straße", ["Straße fegen"]),
    ("STRASSE", ["Straße fegen"]),
    ("STRAẞE", ["Straße fegen"]),
    ("große wäsche", ["GROẞE WÄSCHE"]),
    ("GROSSE", ["GROẞE WÄSCHE"]),
    ("ss", ["Straße fegen", "GROẞE WÄSCHE"]),
    ("İSTANBUL", ["İSTANBUL"]),
    ("i\u0307stanbul", ["İSTANBUL"]),
    ("οδος", ["ΟΔΟΣ"]),
    ("οδοσ", ["ΟΔΟΣ"]),
    ("caf\u00e9", [COMBINING]),
    ("CAFE\u0301", [COMBINING]),
    ("full WIDTH", [FULL_WIDTH]),
    ("\uff26\uff35\uff2c\uff2c", [FULL_WIDTH]),
    ("300 k", [KELVIN]),
    ("FILE", [LIGATURE]),
    ("\ufb01le", [LIGATURE]),
    ("%", ["100% sure"]),
    ("100%", ["100% sure"]),
    ("1%", []),
    ("_", ["snake_case"]),
    ("snake%case", []),
    ("snakeXcase", []),
    ("*", ["2 * 3 = 6"]),
    ("2*6", []),
    (".", ["Solve (a+)+$ [x] \\d ."]),
    (".*", []),
    ("\\d", ["Solve (a+)+$ [x] \\d ."]),
    ("\\", ["Solve (a+)+$ [x] \\d ."]),
    ("[x]", ["Solve (a+)+$ [x] \\d ."]),
    ("[", ["Solve (a+)+$ [x] \\d ."]),
    ("(a+)+$", ["Solve (a+)+$ [x] \\d ."]),
    ("^null$", []),
    ("null|sure", []),
    ("(?i)NULL", []),
    ("NULL", ["null"]),
    ("  ", ["two  spaces"]),
    ("two spaces", []),
    ("o'brien", ['O\'Brien said "no"']),
    ('"NO"', ['O\'Brien said "no"']),
    ("🧹", ["Sweep 🧹"]),
    (" & ", ["tab & plus+"]),
    ("plus+", ["tab & plus+"]),
    (" sure", ["100% sure"]),
    ("sure ", []),
    ("titleFolded", []),
    (":0", []),
    ("#n0", []),
    ("", TITLES),
    (" ", [title for title in TITLES if " " in title]),
    ("x" * 500, []),
    ("\ufdfa" * 500, []),
]


@pytest.fixture(scope="module")
def searcher() -> tuple[User, list[dict[str, Any]]]:
    user = User.sign_up()
    return user, [user.api.post("/me/todos", {"title": title}).json() for title in TITLES]


@pytest.mark.parametrize(("search", "titles"), CASES, ids=[ascii(search)[:30] for search, _ in CASES])
def test_a_search_finds_what_holds_its_text_ignoring_case(
    searcher: tuple[User, list[dict[str, Any]]], search: str, titles: list[str]
) -> None:
    user, todos = searcher
    answer = user.api.get("/me/todos?" + urlencode({"search": search}))

    assert answer.status_code == 200
    found = [todo for todo in todos[::-1] if todo["title"] in titles]
    assert answer.json() == {"todos": found, "nextCursor": None}


@pytest.mark.parametrize(
    ("query", "title"),
    [("100%", "100% sure"), ("100%%20s", "100% sure"), ("two  spaces", "two  spaces"), ("(a+)+$", None)],
)
def test_a_search_need_not_be_encoded(
    searcher: tuple[User, list[dict[str, Any]]], query: str, title: str | None
) -> None:
    """As the article's website sends it. A bare + is a space in a query, as everywhere."""
    user, todos = searcher
    found = [todo for todo in todos if todo["title"] == title]
    assert user.api.get(f"/me/todos?search={query}").json() == {"todos": found, "nextCursor": None}


@pytest.mark.parametrize("status", ["open", "completed", "trashed"])
def test_each_list_is_searched_by_itself(alice: User, status: str) -> None:
    ids: dict[str, str] = {}
    for name in ("open", "completed", "trashed"):
        ids[name] = alice.api.post("/me/todos", {"title": "Buy MILK"}).json()["todoID"]
        alice.api.post("/me/todos", {"title": "Buy bread"})
    alice.api.patch(f"/me/todos/{ids['completed']}", {"completed": True})
    alice.api.delete(f"/me/todos/{ids['trashed']}")

    assert [todo["todoID"] for todo in walk(alice, status=status, search="milk")] == [ids[status]]
    assert [todo["todoID"] for todo in walk(alice, search="milk")] == [ids["open"], ids["completed"]]


def test_an_edited_title_is_found_by_what_it_says_now(alice: User) -> None:
    todo = alice.api.post("/me/todos", {"title": "Buy milk"}).json()
    edited = alice.api.patch(f"/me/todos/{todo['todoID']}", {"title": "Bake BREAD"}).json()

    assert walk(alice, search="milk") == []
    assert walk(alice, search="bread") == [edited]


@pytest.mark.parametrize("field", ["description", "notes"])
def test_only_the_title_is_searched(alice: User, field: str) -> None:
    alice.api.post("/me/todos", {"title": "Shopping", field: "milk"})
    assert walk(alice, search="milk") == []


def test_a_search_longer_than_a_title_is_refused(alice: User) -> None:
    assert_problem(
        alice.api.get("/me/todos?search=" + "x" * 501),
        400,
        "invalid",
        INVALID,
        search="Must be at most 500 characters, as long as a title can be.",
    )
