"""Bodies that are not what a route takes: refused with the reason, the bad field named, and nothing written."""

import time

import pytest

from tests.problems import INVALID, assert_problem
from tests.target import ROUTES, Target

_NO_OBJECT = "The body must be a JSON object."
_DEEP = "The body is nested too deeply."
_NUMBER = "A number in the body has too many digits."
_BODIES: dict[str, tuple[bytes, int, str, str]] = {
    "nothing": (b"", 400, "invalid", "The body must be a JSON object, and Content-Length must say how long it is."),
    "blanks": (b"  ", 400, "invalid", "The body is not JSON, at line 1, column 3."),
    "a list": (b'[{"title": "Milk"}]', 400, "invalid", _NO_OBJECT),
    "a text": (b'"title"', 400, "invalid", _NO_OBJECT),
    "a number": (b"1", 400, "invalid", _NO_OBJECT),
    "null": (b"null", 400, "invalid", _NO_OBJECT),
    "not JSON": (b"title=Milk", 400, "invalid", "The body is not JSON, at line 1, column 1."),
    "half an object": (b'{"title": "Milk"', 400, "invalid", "The body is not JSON, at line 1, column 17."),
    "two objects": (b"{}\n{}", 400, "invalid", "The body is not JSON, at line 2, column 1."),
    "single quotes": (b"{'title': 'Milk'}", 400, "invalid", "The body is not JSON, at line 1, column 2."),
    "raw line break": (b'{"title": "a\nb"}', 400, "invalid", "The body is not JSON, at line 1, column 13."),
    "bad UTF-8": (b'{"title": "\xff"}', 400, "invalid", "The body is not UTF-8."),
    "a surrogate in UTF-8": (b'{"title": "\xed\xa0\x80"}', 400, "invalid", "The body is not UTF-8."),
    "UTF-16": ('{"title": "Milk"}'.encode("utf-16"), 400, "invalid", "The body is not UTF-8."),
    "UTF-16 without a mark": (b"{\0}\0", 400, "invalid", "The body is not JSON, at line 1, column 2."),
    "byte order mark": (b'\xef\xbb\xbf{"title": "Milk"}', 400, "invalid", "The body is not JSON, at line 1, column 1."),
    "5,000 digits": (b'{"size": %s}' % (b"1" * 5000), 400, "invalid", _NUMBER),
    "a surrogate as a name": (b'{"\\ud800": 1}', 400, "invalid", "The name of a field is not valid Unicode."),
    "a surrogate as a name inside": (
        b'{"a": {"\\udfff": 1}}',
        400,
        "invalid",
        "The name of a field is not valid Unicode.",
    ),
    "1,000 levels": (b'{"title": %s1%s}' % (b"[" * 1000, b"]" * 1000), 400, "invalid", _DEEP),
    "100,000 levels": (b"[" * 100_000 + b"]" * 100_000, 400, "invalid", _DEEP),
    "40,000 levels of objects": (b'{"a":' * 40_000 + b"1" + b"}" * 40_000, 400, "invalid", _DEEP),
    "a byte too many": (b"{}" + b" " * (256 * 1024 - 1), 413, "body-too-large", "The body is larger than 256 KiB."),
    "10 MB": (b'{"title": "%s"}' % (b"a" * 10**7), 413, "body-too-large", "The body is larger than 256 KiB."),
}
_WRONG_TYPES = ("null", "1", "1.5", "true", "[]", '["x"]', "{}", "NaN", "-Infinity", "1e400")
_TEXTS = [(name, field) for name, route in ROUTES.items() for field in route.texts]


@pytest.fixture(scope="module")
def target() -> Target:
    return Target.create()


@pytest.mark.parametrize("body", _BODIES)
def test_what_is_not_one_json_object_is_refused_by_every_route(target: Target, body: str) -> None:
    sent, status, kind, detail = _BODIES[body]
    with target.unchanged():
        for route in ROUTES:
            assert_problem(target.send(route, sent), status, kind, detail)


@pytest.mark.parametrize("route", ROUTES)
def test_a_request_without_body_and_type_is_refused(target: Target, route: str) -> None:
    with target.unchanged():
        response = target.send(route, None)
    assert_problem(response, *_BODIES["nothing"][1:])


@pytest.mark.parametrize("route", ["create", "edit", "add", "upload"])
def test_a_body_of_exactly_256_kib_is_read(target: Target, route: str) -> None:
    body = target.body(route, nosuch="1").ljust(256 * 1024)
    assert_problem(target.send(route, body), 400, "invalid", INVALID, nosuch="There is no such field.")


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/json", "json", ""],
)
def test_only_json_is_a_type_of_body(target: Target, content_type: str) -> None:
    for route in ROUTES:
        with target.unchanged():
            response = target.send(route, target.body(route), Content_Type=content_type)
        assert (response.status_code, response.headers["Content-Type"]) == (415, "application/problem+json")
        assert response.json() == {
            "type": "about:blank",
            "title": "Unsupported Media Type",
            "status": 415,
            "detail": f'Unsupported media type "{content_type}" in request.',
            "requestId": response.headers["X-Request-ID"],
        }


@pytest.mark.parametrize("content_type", ["application/json; charset=utf-8", "APPLICATION/JSON", "application/json;"])
def test_json_is_json_however_its_type_is_spelt(target: Target, content_type: str) -> None:
    response = target.send("edit", {"description": content_type}, Content_Type=content_type)
    assert (response.status_code, response.json()["description"]) == (200, content_type)


@pytest.mark.parametrize(("route", "field"), _TEXTS)
def test_a_text_of_another_type_is_refused(target: Target, route: str, field: str) -> None:
    with target.unchanged():
        for wrong in _WRONG_TYPES:
            response = target.send(route, target.body(route, **{field: wrong}))
            assert_problem(response, 400, "invalid", INVALID, **{field: "Must be text."})


def test_completed_is_true_or_false_only(target: Target) -> None:
    with target.unchanged():
        for wrong in ['"true"', "0", *(wrong for wrong in _WRONG_TYPES if wrong != "true")]:
            response = target.send("edit", target.body("edit", completed=wrong))
            assert_problem(response, 400, "invalid", INVALID, completed="Must be true or false.")


@pytest.mark.parametrize(("route", "field"), _TEXTS)
def test_nul_and_lone_surrogates_are_refused_in_every_text(target: Target, route: str, field: str) -> None:
    with target.unchanged():
        for value in ('"a\\u0000b"', '"\\u0000"', '"\\ud800"', '"a\\udc00\\ud83d"'):
            response = target.send(route, target.body(route, **{field: value}))
            assert response.status_code == 400, response.content
            assert [error["field"] for error in response.json()["errors"]] == [field]


@pytest.mark.parametrize("route", ROUTES)
def test_a_field_that_does_not_exist_is_refused(target: Target, route: str) -> None:
    with target.unchanged():
        for name in ("titel", "", " title", "TITLE", "__proto__", "\0", "\u202etitle"):
            response = target.send(route, target.body(route, **{name: "null"}))
            assert response.status_code == 400
            assert response.json()["errors"] == [{"field": name, "detail": "There is no such field."}]


@pytest.mark.parametrize("route", [name for name, route in ROUTES.items() if route.read_only])
def test_a_field_that_only_we_set_is_refused(target: Target, route: str) -> None:
    with target.unchanged():
        for field in ROUTES[route].read_only:
            response = target.send(route, target.body(route, **{field: '"x"'}))
            assert_problem(response, 400, "invalid", INVALID, **{field: "This field is read-only."})


@pytest.mark.parametrize("route", ROUTES)
def test_a_field_given_twice_is_refused_and_named(target: Target, route: str) -> None:
    field = ROUTES[route].texts[0]
    with target.unchanged():
        response = target.send(route, f'{{"{field}": "a", "{field}": "a"}}')
        inside = target.send(route, '{"x": [{"y": 1, "z": 2, "y": 3}]}')
    assert_problem(response, 400, "invalid", INVALID, **{field: "Given more than once."})
    assert_problem(inside, 400, "invalid", INVALID, y="Given more than once.")


@pytest.mark.parametrize(
    ("route", "missing"),
    [
        ("create", ["title"]),
        ("add", ["title"]),
        ("addnotes", ["notes"]),
        ("erase", ["confirm"]),
        ("upload", ["fileName", "size"]),
    ],
)
def test_a_required_field_left_out_is_named(target: Target, route: str, missing: list[str]) -> None:
    with target.unchanged():
        response = target.send(route, {})
    assert_problem(response, 400, "invalid", INVALID, **dict.fromkeys(missing, "This field is required."))


def test_an_edit_of_nothing_changes_nothing(target: Target) -> None:
    before = target.user.api.get(f"/me/todos/{target.todo_id}").json()
    with target.unchanged():
        response = target.send("edit", {})
    assert (response.status_code, response.json()) == (200, before)


def test_every_bad_field_is_named_in_one_answer(target: Target) -> None:
    with target.unchanged():
        response = target.send("create", '{"title": " ", "notes": 1, "dateDue": "soon", "version": 2, "colour": "red"}')
    assert_problem(
        response,
        400,
        "invalid",
        INVALID,
        title="This field may not be blank.",
        notes="Must be text.",
        dateDue="Must be a day as YYYY-MM-DD, or empty.",
        version="This field is read-only.",
        colour="There is no such field.",
    )


@pytest.mark.parametrize("last", ['"25000": 1', '"1": 1'])
def test_a_body_of_many_fields_is_refused_at_once_and_briefly(target: Target, last: str) -> None:
    """Seconds of the processor: comparing every name with every other one took ten of them."""
    body = "{" + "".join(f'"{number}":1,' for number in range(25_000)) + last + "}"
    started = time.thread_time()
    response = target.send("create", body)
    assert time.thread_time() - started < 2
    assert (response.status_code, len(response.content) < 4000) == (400, True)


@pytest.mark.parametrize("name", ["me", "someone-else@example.com", "*", " "])
def test_an_account_is_erased_only_by_its_own_name(target: Target, name: str) -> None:
    with target.unchanged():
        response = target.send("erase", {"confirm": name})
    detail = "Must be your own e-mail address or `sub`." if name.strip() else "This field may not be blank."
    assert_problem(response, 400, "invalid", INVALID, confirm=detail)


def test_the_article_s_delete_of_a_file_takes_any_body_for_none(target: Target) -> None:
    started = target.send("upload", target.body("upload")).json()["file"]
    path = f"/{target.todo_id}/files/{started['fileID']}/delete"
    for body, content_type in ((b"\xff{", "application/json"), (b"x" * 300_000, "text/plain")):
        response = target.user.api.delete(path, body, Content_Type=content_type)
        assert (response.status_code, response.json()) == (200, {"status": "success"})
