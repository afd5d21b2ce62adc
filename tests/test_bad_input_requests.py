"""Queries, ids and headers that are not what they should be."""

from urllib.parse import quote

import pytest

from tests.clients import User
from tests.problems import INVALID, assert_not_found, assert_problem
from tests.target import Target

_LIMIT = "Must be a whole number from 1 to 200."
_ETAG = 'Must be ETags as they were given, in their quotes, such as "3".'
_KEY = "Must be 1 to 255 visible ASCII characters, no comma among them."
_STALE = "The todo has changed since you read it. Read it again, then decide."


@pytest.fixture(scope="module")
def target() -> Target:
    return Target.create()


@pytest.mark.parametrize("path", ["/me/todos", "/{todo_id}/files"])
@pytest.mark.parametrize(
    "limit", ["0", "201", "-1", "+1", "1.5", "1e2", "abc", "", " 5", "0x10", "1_0", "\uff11", "\u0661", "9" * 5000]
)
def test_a_limit_is_a_number_from_1_to_200(target: Target, path: str, limit: str) -> None:
    response = target.user.api.get(f"{path.format(todo_id=target.todo_id)}?limit={quote(limit)}")
    assert_problem(response, 400, "invalid", INVALID, limit=_LIMIT)


@pytest.mark.parametrize("path", ["/me/todos", "/{todo_id}/files"])
@pytest.mark.parametrize("limit", ["1", "200", "007"])
def test_any_limit_in_between_is_taken(target: Target, path: str, limit: str) -> None:
    assert target.user.api.get(f"{path.format(todo_id=target.todo_id)}?limit={limit}").status_code == 200


@pytest.mark.parametrize(
    ("query", "field", "detail"),
    [
        ("status=done", "status", "Must be one of open, completed, all, trashed."),
        ("status=", "status", "Must be one of open, completed, all, trashed."),
        ("status=OPEN", "status", "Must be one of open, completed, all, trashed."),
        ("search=" + "a" * 501, "search", "Must be at most 500 characters, as long as a title can be."),
        ("search=%00", "search", "Must be UTF-8, without NUL."),
        ("search=%ff", "search", "Must be UTF-8, without NUL."),
        ("search=%ed%a0%80", "search", "Must be UTF-8, without NUL."),
        ("search=a&search=b", "search", "Given more than once."),
        ("limit=1&limit=1", "limit", "Given more than once."),
        ("status=open&status=all", "status", "Given more than once."),
        ("cursor=&cursor=", "cursor", "Given more than once."),
        ("cursor=x", "cursor", "Not a cursor of this list. Start again without one."),
        ("cursor=WyJhIiwiYiJd:1vKx:abc", "cursor", "Not a cursor of this list. Start again without one."),
        ("cursor=%F0%9F%98%80", "cursor", "Not a cursor of this list. Start again without one."),
        ("cursor=%00", "cursor", "Must be UTF-8, without NUL."),
    ],
)
def test_a_query_that_cannot_be_meant_is_refused(target: Target, query: str, field: str, detail: str) -> None:
    response = target.user.api.get(f"/me/todos?{query}")
    assert_problem(response, 400, "invalid", INVALID, **{field: detail})


@pytest.mark.parametrize("search", ["100%", "%", "%zz", "50%-off", "100%25", "a+b?c=d", "\ufb01"])
def test_a_search_is_taken_unencoded_as_the_article_s_website_sends_it(alice: User, search: str) -> None:
    """Which leaves "+" a space and "%25" a percent sign, as in any query."""
    title = {"100%25": "Give 100%", "a+b?c=d": "a b?c=d", "\ufb01": "Final"}.get(search, f"x {search} y")
    todo = alice.api.post("/me/todos", {"title": title}).json()
    alice.api.post("/me/todos", {"title": "Something else"})
    assert alice.api.get(f"/me/todos?search={search}").json() == {"todos": [todo], "nextCursor": None}


@pytest.mark.parametrize(
    "query", ["format=xml", "format=api", "page=2", "%00=%ff", "&&=&", "limits=x", "_method=DELETE"]
)
def test_a_parameter_that_does_not_exist_changes_nothing(target: Target, query: str) -> None:
    plain = target.user.api.get("/me/todos")
    response = target.user.api.get(f"/me/todos?{query}")
    assert (response.status_code, response.json()) == (200, plain.json())


@pytest.mark.parametrize(
    "wrong",
    [
        *(
            "a" * 65,
            "a%23b",
            "%23erase-account",
            "usage%23",
            "a%2Fb",
            "..",
            "%2E%2E",
            ".",
            "{todo_id}%0A",
            "%0A{todo_id}",
        ),
        *(
            "{todo_id}%20",
            "{todo_id}%00",
            "%00",
            "%ff",
            "a b",
            "a.b",
            "a:b",
            "a;b",
            "é",
            "%C3%A9",
            "\uff11",
            "a%252Fb",
            "*",
        ),
    ],
)
def test_what_cannot_be_an_id_is_the_same_404_as_an_unknown_one(target: Target, wrong: str) -> None:
    api, written = target.user.api, wrong.format(todo_id=target.todo_id)
    with target.unchanged():
        assert_not_found(api.get(f"/me/todos/{written}"))
        assert_not_found(api.patch(f"/me/todos/{written}", {"title": "x"}))
        assert_not_found(api.delete(f"/me/todos/{written}"))
        assert_not_found(api.post(f"/me/todos/{written}/restore"))
        assert_not_found(api.get(f"/{written}/files"))
        assert_not_found(api.post(f"/{written}/files", {"fileName": "x", "size": 1}))
        assert_not_found(api.get(f"/{target.todo_id}/files/{written}"))
        assert_not_found(api.post(f"/{target.todo_id}/files/{written}/complete"))
        assert_not_found(api.delete(f"/{target.todo_id}/files/{written}"))


@pytest.mark.parametrize("todo_id", ["a" * 64, "-", "_", "erase-account", "add"])
def test_an_id_of_a_legal_form_that_nobody_has_is_404(target: Target, todo_id: str) -> None:
    assert_not_found(target.user.api.post(f"/me/todos/{todo_id}/restore"))
    assert target.user.api.get(f"/{todo_id}/files").json() == {"files": [], "nextCursor": None}


@pytest.mark.parametrize("route", ["create", "add"])
@pytest.mark.parametrize("key", ["", "a" * 256, "two words", "tab\tbed", "é", "\x7f", "日本", "one,two"])
def test_an_idempotency_key_is_visible_ascii_of_bounded_length(target: Target, route: str, key: str) -> None:
    with target.unchanged():
        response = target.send(route, target.body(route), Idempotency_Key=key)
    assert_problem(response, 400, "invalid", INVALID, Idempotency_Key=_KEY)


@pytest.mark.parametrize("key", ["a" * 255, "!~#%\"'\\;", "1"])
def test_any_other_idempotency_key_is_taken(target: Target, key: str) -> None:
    first, second = (target.send("create", {"title": "Once"}, Idempotency_Key=key) for _ in range(2))
    assert (first.status_code, second.status_code, second.json()) == (201, 201, first.json())


@pytest.mark.parametrize("header", ["If-Match", "If-None-Match"])
@pytest.mark.parametrize("value", ["1", "", " ", '"1', '1"', '"1" "2"', '"1";"2"', "'1'", '"1"x', '*, "1"', 'w/"1"'])
def test_a_conditional_header_that_holds_no_etags_is_refused(target: Target, header: str, value: str) -> None:
    path = f"/me/todos/{target.todo_id}"
    with target.unchanged():
        if header == "If-Match":
            responses = [
                target.user.api.patch(path, {"title": "x"}, If_Match=value),
                target.user.api.delete(path, If_Match=value),
                target.user.api.post(f"{path}/restore", If_Match=value),
            ]
        else:
            responses = [target.user.api.get(path, If_None_Match=value)]
    for response in responses:
        assert_problem(response, 400, "invalid", INVALID, **{header: _ETAG})


@pytest.mark.parametrize(
    ("value", "edits", "reads"),
    [
        ("*", 200, 304),
        ('"1"', 200, 304),
        (' "1" ', 200, 304),
        ('"7", "1"', 200, 304),
        ('"7","1",', 200, 304),
        (',, "1"', 200, 304),
        ('W/"1"', 412, 304),  # weak tags never match where a write depends on it (RFC 9110, 13.1.1)
        ('W/"7", "1"', 200, 304),
        ('"7"', 412, 200),
        ('""', 412, 200),
        ('"1,1"', 412, 200),
        ('"01"', 412, 200),
        ('"1.0"', 412, 200),
        ('"é"', 412, 200),
        (f'"{"9" * 5000}"', 412, 200),
        ('"-1"', 412, 200),
    ],
)
def test_etags_are_compared_as_http_says(alice: User, value: str, edits: int, reads: int) -> None:
    path = alice.api.post("/me/todos", {"title": "Milk"}).headers["Location"]
    read = alice.api.get(path, If_None_Match=value)
    assert (read.status_code, bool(read.content), read.headers["ETag"]) == (reads, reads == 200, '"1"')
    edited = alice.api.patch(path, {"title": "Bread"}, If_Match=value)
    if edits == 200:
        assert (edited.status_code, edited.json()["version"]) == (200, 2)
    else:
        assert_problem(edited, 412, "stale", _STALE)
        assert alice.api.get(path).json()["title"] == "Milk"
