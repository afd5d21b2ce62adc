"""Titles, texts and days: what is taken comes back as it was sent, what is too long or no day is refused."""

import json

import pytest

from tests.clients import User
from tests.problems import INVALID, assert_problem
from tests.target import Target

_LONGEST = {"title": "漢" * 500, "description": "字" * 16_383, "notes": "語" * 16_383}
_NO_DAY = "Must be a day as YYYY-MM-DD, or empty."


@pytest.fixture(scope="module")
def target() -> Target:
    return Target.create()


def test_the_longest_todo_is_taken_and_comes_back_equal(alice: User) -> None:
    body = json.dumps(_LONGEST)
    assert body.isascii()
    assert len(body) > 199_000
    created = alice.api.post("/me/todos", body)
    assert created.status_code == 201, created.content
    path = created.headers["Location"]
    for todo in (created.json(), alice.api.get(path).json(), alice.api.get("/me/todos").json()["todos"][0]):
        assert {name: todo[name] for name in _LONGEST} == _LONGEST
    edited = alice.api.patch(path, json.dumps(_LONGEST | {"title": "\N{FACE WITH TEARS OF JOY}" * 500}))
    assert (edited.status_code, edited.json()["title"]) == (200, "\N{FACE WITH TEARS OF JOY}" * 500)
    noted = alice.api.post(f"{path}/addnotes", json.dumps({"notes": "\N{PILE OF POO}" * 16_383}))
    assert (noted.status_code, alice.api.get(path).json()["notes"]) == (200, "\N{PILE OF POO}" * 16_383)


@pytest.mark.parametrize(
    ("route", "field"),
    [(route, field) for route in ("create", "edit", "add") for field in _LONGEST] + [("addnotes", "notes")],
)
def test_a_character_too_many_is_refused_and_its_field_named(target: Target, route: str, field: str) -> None:
    with target.unchanged():
        response = target.send(route, target.body(route, **{field: json.dumps(_LONGEST[field] + "x")}))
    detail = f"Ensure this field has no more than {len(_LONGEST[field])} characters."
    assert_problem(response, 400, "invalid", INVALID, **{field: detail})


@pytest.mark.parametrize("route", ["create", "edit", "add"])
@pytest.mark.parametrize("title", ["", " ", "\t\r\n", "\u2003\u3000"])
def test_a_blank_title_is_refused(target: Target, route: str, title: str) -> None:
    with target.unchanged():
        response = target.send(route, target.body(route, title=json.dumps(title)))
    assert_problem(response, 400, "invalid", INVALID, title="This field may not be blank.")


@pytest.mark.parametrize(
    "title",
    [
        "👩‍👩‍👧‍👦 weekend",
        "🏳️‍🌈",
        "e\u0301clair",  # a combining accent, not composed
        "éclair",
        "قراءة الكتاب",
        "לקנות חלב today",
        "Z̸͗a̴l̷go",
        "a\u0001\u001f\u007f\u0085\u2028b",
        "\ufeffmark",
        '<script>alert(1)</script> & "quotes" \\ {{7*7}} ${x} %s %00',
        "'; DROP TABLE todos; --",
        "\U0010ffff",
        "#!$[].:, size(title)",
    ],
)
def test_any_other_title_comes_back_unchanged(target: Target, title: str) -> None:
    for route in ("create", "edit"):
        answered = target.send(route, {"title": title, "description": title, "notes": title})
        path = f"/me/todos/{answered.json()['todoID']}"
        todo = target.user.api.get(path).json()
        assert answered.json() == todo
        assert (todo["title"], todo["description"], todo["notes"]) == (title, title, title)


def test_a_title_is_trimmed_and_its_length_counted_after_that(target: Target) -> None:
    response = target.send("edit", {"title": "\u3000 " + "x" * 500 + " \n", "notes": " kept "})
    assert (response.json()["title"], response.json()["notes"]) == ("x" * 500, " kept ")


@pytest.mark.parametrize("day", ["", "2026-12-31", "2028-02-29", "0001-01-01", "9999-12-31"])
def test_a_day_of_the_calendar_or_none_is_taken(target: Target, day: str) -> None:
    for route in ("create", "edit"):
        response = target.send(route, target.body(route, dateDue=json.dumps(day)))
        assert (response.status_code, response.json()["dateDue"]) == (201 if route == "create" else 200, day)


@pytest.mark.parametrize("route", ["create", "edit", "add"])
def test_what_is_no_day_is_refused(target: Target, route: str) -> None:
    with target.unchanged():
        for day in (
            *("2026-02-30", "2027-02-29", "2026-13-01", "2026-00-10", "2026-01-00", "0000-01-01", "10000-01-01"),
            *("2026-1-5", "20260105", "2026-W01-1", "2026/01/05", "05.01.2026", "26-01-05", "tomorrow", "-"),
            *("2026-01-05T00:00:00Z", "2026-01-05 ", " 2026-01-05", "2026-01-05\n", "1767571200", "+2026-01-05"),
            *("２０２６-０１-０５", "٢٠٢٦-٠١-٠٥", "2026‐01‐05"),  # noqa: RUF001
        ):
            response = target.send(route, target.body(route, dateDue=json.dumps(day)))
            assert_problem(response, 400, "invalid", INVALID, dateDue=_NO_DAY)
