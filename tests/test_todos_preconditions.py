"""If-Match: a write goes through only on the version it was meant for."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.http import HttpResponse

from tests.clients import User
from tests.problems import INVALID, assert_problem
from tests.walks import walk

STALE = "The todo has changed since you read it. Read it again, then decide."
# The todo is at version 12.
RIGHT = ['"12"', "*", '"3", "12"', '"12","13"', 'W/"12", "12"', ' "12" ', '"x,y", "12"', '"12",', ', "12"', " * "]
STALE_TAGS = [
    *('"11"', '"13"', '"1"', '"120"', '"012"', '"12 "', '"-12"', '"+12"', '"1_2"', '"\u0661\u0662"', '"12.0"', '""'),
    *('W/"12"', 'W/"12", W/"13"', '"11", "13"', '"*"', '"x"', '"' + "9" * 400 + '"', '"12, 12"', "\"'12'\""),
]
MALFORMED = ["12", '"12', '12"', '"12" "13"', 'w/"12"', '"12", *', "*, *", '"12"; x', "'12'", '""12""', 'W/ "12"']
WRITES: list[tuple[str, str, dict[str, Any] | None]] = [
    ("PATCH", "", {"notes": "edited"}),
    ("PATCH", "", {"notes": ""}),
    ("PATCH", "", {"completed": True}),
    ("DELETE", "", None),
]


@pytest.fixture(scope="module")
def user() -> User:
    return User.sign_up()


@pytest.fixture
def todo(user: User) -> dict[str, Any]:
    """At version 12, without notes."""
    todo: dict[str, Any] = user.api.post("/me/todos", {"title": "Milk"}).json()
    for version in range(2, 13):
        todo = user.api.patch(f"/me/todos/{todo['todoID']}", {"title": f"Milk {version}"}).json()
    assert todo["version"] == 12
    return todo


def write(user: User, todo: dict[str, Any], way: tuple[str, str, Any], if_match: str) -> HttpResponse:
    method, rest, body = way
    return user.api.call(method, f"/me/todos/{todo['todoID']}{rest}", body, If_Match=if_match)


@pytest.mark.parametrize("header", RIGHT)
def test_a_write_with_the_right_version_goes_through(user: User, todo: dict[str, Any], header: str) -> None:
    path = f"/me/todos/{todo['todoID']}"
    edited = user.api.patch(path, {"notes": "edited"}, If_Match=header)
    assert (edited.status_code, edited.headers["ETag"]) == (200, '"13"')
    assert user.api.patch(path, {"notes": ""}, If_Match=header.replace("12", "13")).status_code == 200
    assert user.api.delete(path, If_Match=header.replace("12", "14")).status_code == 204
    restored = user.api.post(f"{path}/restore", If_Match=header.replace("12", "15"))
    assert (restored.status_code, restored.headers["ETag"]) == (200, '"16"')


@pytest.mark.parametrize("header", STALE_TAGS, ids=ascii)
def test_a_write_with_another_version_is_refused_and_changes_nothing(
    user: User, todo: dict[str, Any], header: str
) -> None:
    """A weak tag is never right (RFC 9110, 8.8.3.2), a longer spelling of the same number neither."""
    header = header.encode().decode("latin-1")
    for way in WRITES:
        assert_problem(write(user, todo, way, header), 412, "stale", STALE)
    assert user.api.get(f"/me/todos/{todo['todoID']}").json() == todo

    assert user.api.delete(f"/me/todos/{todo['todoID']}").status_code == 204
    header = header.replace("12", "13") if "13" not in header else header
    if header not in ('"13"', '"11", "13"', 'W/"12", W/"13"'):
        assert_problem(write(user, todo, ("POST", "/restore", None), header), 412, "stale", STALE)
    assert todo["todoID"] in [each["todoID"] for each in walk(user, status="trashed")]


@pytest.mark.parametrize("header", MALFORMED)
@pytest.mark.parametrize("way", [*WRITES[:1], *WRITES[3:], ("POST", "/restore", None)], ids=str)
def test_a_malformed_precondition_is_refused_rather_than_ignored(
    user: User, todo: dict[str, Any], way: tuple[str, str, Any], header: str
) -> None:
    sentence = 'Must be ETags as they were given, in their quotes, such as "3".'
    assert_problem(write(user, todo, way, header), 400, "invalid", INVALID, If_Match=sentence)
    assert user.api.get(f"/me/todos/{todo['todoID']}").json() == todo


@pytest.mark.parametrize("way", [("DELETE", "", None), ("DELETE", "/delete", None)], ids=str)
def test_repeating_a_delete_minds_no_version(user: User, todo: dict[str, Any], way: tuple[str, str, Any]) -> None:
    """The first answer may have been lost; what the client wanted is so."""
    assert write(user, todo, ("DELETE", "", None), '"12"').status_code == 204
    assert write(user, todo, way, '"12"').status_code in (200, 204)


def test_repeating_a_restore_minds_no_version(user: User, todo: dict[str, Any]) -> None:
    path = f"/me/todos/{todo['todoID']}"
    user.api.delete(path)
    first = user.api.post(f"{path}/restore", If_Match='"13"')
    again = user.api.post(f"{path}/restore", If_Match='"13"')
    assert (again.status_code, again.json()) == (200, first.json())


def test_of_several_clients_that_edit_the_same_version_exactly_one_wins(user: User, todo: dict[str, Any]) -> None:
    path = f"/me/todos/{todo['todoID']}"

    def edit(number: int) -> int:
        return user.api.patch(path, {"notes": f"client {number}"}, If_Match='"12"').status_code

    with ThreadPoolExecutor(8) as threads:
        statuses = list(threads.map(edit, range(8)))

    assert sorted(statuses) == [200] + [412] * 7
    winner = statuses.index(200)
    now = user.api.get(path).json()
    assert (now["notes"], now["version"]) == (f"client {winner}", 13)


def test_without_a_precondition_edits_at_once_are_all_made(user: User, todo: dict[str, Any]) -> None:
    path = f"/me/todos/{todo['todoID']}"
    edits = [{"notes": "n"}, {"description": "d"}, {"dateDue": "2027-01-01"}]

    def edit(changes: dict[str, str]) -> int:
        return user.api.patch(path, changes).status_code

    with ThreadPoolExecutor(3) as threads:
        assert list(threads.map(edit, edits)) == [200] * 3
    now = user.api.get(path).json()
    assert now == {
        **todo,
        **edits[0],
        **edits[1],
        **edits[2],
        "version": 15,
        "dateUpdated": now["dateUpdated"],
    }
