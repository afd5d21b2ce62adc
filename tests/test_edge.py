"""What holds for every request: health, request ids, CORS, errors."""

import uuid
from typing import Any

import pytest
from botocore.exceptions import ConnectTimeoutError
from django.test import Client
from werkzeug.test import Client as WSGIClient

from tests.clients import Api, User
from tests.problems import assert_not_found, assert_problem
from todoproject.wsgi import application

_HEALTH = {"info": "Nothing here. Health checks only!"}
_WRONG = "Something went wrong on our side. Try again; if it stays, report the request id."
_DOWN = "A part of the service does not answer. Nothing is lost; try again in a moment."


@pytest.fixture(scope="module")
def visitor() -> User:
    return User.sign_up()


@pytest.mark.parametrize("path", ["/", "/healthz", "/?x=%ff", "/healthz?a=b"])
@pytest.mark.parametrize("host", ["10.0.1.7", "localhost:8081", "a b", "-", "x" * 300, "<script>", "[::1", ""])
def test_a_health_check_is_answered_whatever_its_host(path: str, host: str) -> None:
    response = Client().get(path, headers={"host": host})
    assert (response.status_code, response.json()) == (200, _HEALTH)
    head = Client().head(path, headers={"host": host})
    assert (head.status_code, head.content) == (200, b"")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "TRACE"])
@pytest.mark.parametrize("path", ["/", "/healthz"])
def test_a_health_check_is_only_read(path: str, method: str) -> None:
    response = Client().generic(method, path)
    assert (response.status_code, response.headers["Allow"]) == (405, "GET, HEAD")


def test_a_health_check_needs_no_part_that_can_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: Any, **options: Any) -> None:
        raise AssertionError("called")

    monkeypatch.setattr("todoproject.aws.cognito.verify", fail)
    monkeypatch.setattr("todoproject.aws.dynamodb.client", fail)
    assert Client().get("/healthz", headers={"authorization": "Bearer x.y.z"}).json() == _HEALTH


@pytest.mark.parametrize("given", ["Root=1-67891233-abcdef012345678912345678", "JKJaXmPLvHcESHA=", "a", "x" * 128])
def test_the_gateway_s_request_id_is_kept(visitor: User, given: str) -> None:
    for response in (visitor.api.get("/me/todos", X_Request_ID=given), visitor.api.get("/nowhere", X_Request_ID=given)):
        assert response.headers["X-Request-ID"] == given
    assert response.json()["requestId"] == given


@pytest.mark.parametrize(
    "given", ["", " ", "a b", "x" * 129, "<b>", 'a"b', "a\tb", "é", "a\x1b[31m", "{}", "../..", "a,b"]
)
def test_any_other_request_id_is_replaced(visitor: User, given: str) -> None:
    response = visitor.api.get("/me/todos/unknown", X_Request_ID=given)
    request_id = response.headers["X-Request-ID"]
    assert str(uuid.UUID(request_id)) == response.json()["requestId"] == request_id


@pytest.mark.parametrize(
    "path", ["/nowhere", "/me/todos/", "/todos", "/files", "/healthz/", "/favicon.ico", "/a/b/c/d/e"]
)
@pytest.mark.parametrize("token", [None, "valid"])
def test_a_path_without_a_route_is_404_as_problem_json(visitor: User, path: str, token: str | None) -> None:
    api = Api(token and visitor.id_token)
    for method in ("GET", "POST", "OPTIONS", "PROPFIND"):
        assert_not_found(api.call(method, path))
    assert (api.call("HEAD", path).status_code, api.call("HEAD", path).content) == (404, b"")


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/me/todos", "GET POST"),
        ("/me/todos/add", "POST"),
        ("/me/todos/erase-account", "POST"),
        ("/me/todos/x", "GET PATCH DELETE"),
        ("/me/todos/x/restore", "POST"),
        ("/me/todos/x/complete", "POST"),
        ("/me/todos/x/addnotes", "POST"),
        ("/me/todos/x/delete", "DELETE"),
        ("/x/files", "GET POST"),
        ("/x/files/upload", "POST"),
        ("/x/files/y", "GET DELETE"),
        ("/x/files/y/complete", "POST"),
        ("/x/files/y/delete", "DELETE"),
        ("/todos/schema", "GET"),
        ("/todos/docs", "GET"),
        ("/files/schema", "GET"),
        ("/files/docs", "GET"),
    ],
)
def test_another_method_is_405_and_the_answer_says_which_are_allowed(visitor: User, path: str, allowed: str) -> None:
    methods = {*allowed.split(), "OPTIONS"} | ({"HEAD"} if "GET" in allowed else set())
    for method in {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"} - methods:
        response = visitor.api.call(method, path)
        assert (response.status_code, response.headers["Content-Type"]) == (405, "application/problem+json")
        assert set(response.headers["Allow"].split(", ")) == methods
        if method != "HEAD":
            assert response.json() == {
                "type": "about:blank",
                "title": "Method Not Allowed",
                "status": 405,
                "detail": f'Method "{method}" not allowed.',
                "requestId": response.headers["X-Request-ID"],
            }
    options = visitor.api.call("OPTIONS", path)
    assert (options.status_code, set(options.headers["Allow"].split(", "))) == (200, methods)


def test_head_is_get_without_a_body(visitor: User) -> None:
    path = visitor.api.post("/me/todos", {"title": "Milk"}).headers["Location"]
    for each in (path, "/me/todos", "/x/files", "/todos/schema", "/files/docs"):
        get, head = visitor.api.get(each), visitor.api.call("HEAD", each)
        varying = {"X-Request-ID"}
        assert (head.status_code, head.content) == (200, b"")
        assert {name: head.headers[name] for name in head.headers.keys() - varying} == {
            name: get.headers[name] for name in get.headers.keys() - varying
        }


@pytest.mark.parametrize(
    "accept", ["application/json", "text/html", "application/problem+json", "", "image/*;q=x", "*/*"]
)
def test_the_answer_is_json_whatever_the_client_accepts(visitor: User, accept: str) -> None:
    response = visitor.api.get("/x/files", Accept=accept)
    assert (response.status_code, response.headers["Content-Type"]) == (200, "application/json")
    assert visitor.api.get("/nowhere", Accept=accept).headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("charset", ["hex", "rot13", "zlib", "undefined", "utf-16", "latin-1", "nosuch", '"', "idna"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_charset_of_a_request_is_of_no_account(visitor: User, method: str, charset: str) -> None:
    """Django would decode the query with it, before any handling of errors: hence through the application itself."""
    response = WSGIClient(application).open(
        "/me/todos?search=no-such",
        method=method,
        data='{"title": "Grüße"}' if method == "POST" else None,
        headers={"Authorization": visitor.id_token, "Content-Type": f"application/json; charset={charset}"},
    )
    assert response.json is not None
    if method == "POST":
        assert (response.status_code, response.json["title"]) == (201, "Grüße")
    else:
        assert (response.status_code, response.json) == (200, {"todos": [], "nextCursor": None})


SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains; preload",
}


@pytest.mark.parametrize(
    ("path", "status"), [("/me/todos", 200), ("/nowhere", 404), ("/todos/docs", 200), ("/x/files/y", 404)]
)
def test_every_answer_carries_the_security_headers(visitor: User, path: str, status: int) -> None:
    response = visitor.api.get(path, X_Client_Proto="https")
    assert response.status_code == status
    assert {name: response.headers.get(name) for name in SECURITY_HEADERS} == SECURITY_HEADERS
    assert "no-cache" in response.headers["Cache-Control"]
    assert not {"Server", "X-Powered-By", "Set-Cookie"} & response.headers.keys()


def test_a_defect_is_500_without_a_trace(visitor: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**options: Any) -> None:
        raise KeyError("a detail of ours")

    monkeypatch.setattr("todos.lists.list_todos", fail)
    response = visitor.api.get("/me/todos", X_Request_ID="the-id")
    assert (response.status_code, response.headers["Content-Type"]) == (500, "application/problem+json")
    assert response.json() == {
        "type": "about:blank",
        "title": "Internal Server Error",
        "status": 500,
        "detail": _WRONG,
        "requestId": "the-id",
    }


def test_what_does_not_answer_is_503_and_says_when_to_try_again(visitor: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**options: Any) -> None:
        raise ConnectTimeoutError(endpoint_url="http://inside")

    monkeypatch.setattr("todos.lists.list_todos", fail)
    response = visitor.api.get("/me/todos", X_Request_ID="the-id")
    assert_problem(response, 503, "unavailable", _DOWN)
    assert (response.headers["Retry-After"], b"inside" in response.content) == ("2", False)
