"""More requests than a process takes at once, and requests from other origins."""

import json
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpResponseBase
from django.test import RequestFactory

from deploy.local.resources import WEBSITE
from tests.clients import Api, User

_BUSY = "The service is busy. Try again in a moment."
_PERMITS = 3


class Service:
    """A process with `_PERMITS` permits, in which reading the list takes until `finish` is set."""

    def __init__(self, token: str) -> None:
        self._handler = WSGIHandler()
        self._token = token
        self.entered = threading.Semaphore(0)
        self.finish = threading.Event()

    def get(self, path: str, **headers: str) -> HttpResponseBase:
        request = RequestFactory().get(path, headers={"authorization": self._token, **headers})
        return self._handler.get_response(request)

    def list_todos(self, **options: Any) -> tuple[list[Any], None]:
        self.entered.release()
        assert self.finish.wait(20)
        return [], None


@pytest.fixture
def busy(alice: User, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Service, list[Future[Any]]]]:
    settings.MAX_IN_FLIGHT = _PERMITS
    service = Service(alice.id_token)
    monkeypatch.setattr("todos.lists.list_todos", service.list_todos)
    with ThreadPoolExecutor(_PERMITS) as pool:
        waiting = [pool.submit(service.get, "/me/todos") for _ in range(_PERMITS)]
        try:
            assert all(service.entered.acquire(timeout=20) for _ in waiting)
            yield service, waiting
        finally:
            service.finish.set()


def test_one_request_too_many_is_503_at_once(busy: tuple[Service, list[Future[Any]]]) -> None:
    service, waiting = busy
    for path in ("/me/todos", "/x/files", "/nowhere", "/todos/schema"):
        response: Any = service.get(path, origin=WEBSITE)
        _assert_busy(response)
        assert response.headers["Access-Control-Allow-Origin"] == WEBSITE
    service.finish.set()
    assert [answered.result(20).status_code for answered in waiting] == [200] * _PERMITS
    assert [service.get("/me/todos").status_code for _ in range(2 * _PERMITS)] == [200] * 2 * _PERMITS


def test_a_busy_process_is_healthy(busy: tuple[Service, list[Future[Any]]]) -> None:
    service, _ = busy
    assert [service.get(path).status_code for path in ("/", "/healthz")] == [200, 200]


def test_a_request_that_fails_gives_its_permit_back(
    alice: User, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(**options: Any) -> None:
        raise KeyError

    settings.MAX_IN_FLIGHT = 1
    service = Service(alice.id_token)
    monkeypatch.setattr("todos.lists.list_todos", fail)
    assert [service.get("/me/todos").status_code for _ in range(3)] == [500, 500, 500]


def _assert_busy(response: Any) -> None:
    assert (response.status_code, response.headers["Retry-After"]) == (503, "1")
    assert response.headers["Content-Type"] == "application/problem+json"
    assert json.loads(response.content) == {
        "type": "urn:problem-type:overloaded",
        "title": "Service Unavailable",
        "status": 503,
        "detail": _BUSY,
        "requestId": response.headers["X-Request-ID"],
    }


_EXPOSED = {"ETag", "Location", "Retry-After", "Deprecation", "RateLimit", "RateLimit-Policy"}
_ALLOWED = {"authorization", "content-type", "if-match", "if-none-match", "idempotency-key"}


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/healthz",
        "/me/todos",
        "/me/todos/x",
        "/a@b.example/todos/add",
        "/x/files/y/delete",
        "/nowhere",
        "/todos/docs",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "PATCH", "DELETE", "PUT"])
def test_a_preflight_is_answered_on_every_path(path: str, method: str) -> None:
    response = Api(None).call(
        "OPTIONS",
        path,
        Origin=WEBSITE,
        Access_Control_Request_Method=method,
        Access_Control_Request_Headers="authorization,content-type",
    )
    assert (response.status_code, response.content) == (200, b"")
    assert response.headers["Access-Control-Allow-Origin"] == WEBSITE
    assert set(response.headers["Access-Control-Allow-Methods"].split(", ")) == {
        "GET",
        "POST",
        "PATCH",
        "DELETE",
        "OPTIONS",
    }
    assert set(response.headers["Access-Control-Allow-Headers"].split(", ")) == _ALLOWED
    assert response.headers["Access-Control-Max-Age"] == "3600"
    assert "Access-Control-Allow-Credentials" not in response.headers


@pytest.mark.parametrize("status", [200, 400, 401, 404, 405, 412, 500, 503])
def test_every_answer_can_be_read_by_the_website(alice: User, status: int, monkeypatch: pytest.MonkeyPatch) -> None:
    api, path = alice.api, alice.api.post("/me/todos", {"title": "Milk"}).headers["Location"]
    if status >= 500:

        def fail(**options: Any) -> None:
            raise KeyError if status == 500 else EndpointConnectionError(endpoint_url="http://inside")

        monkeypatch.setattr("todos.services.get_todo", fail)
    response = {
        400: lambda: api.patch(path, {"title": 1}, Origin=WEBSITE),
        401: lambda: Api("x.y.z").get(path, Origin=WEBSITE),
        404: lambda: api.get("/nowhere", Origin=WEBSITE),
        405: lambda: api.call("PUT", path, Origin=WEBSITE),
        412: lambda: api.patch(path, {"title": "x"}, Origin=WEBSITE, If_Match='"7"'),
    }.get(status, lambda: api.get(path, Origin=WEBSITE))()
    assert response.status_code == status
    assert response.headers["Access-Control-Allow-Origin"] == WEBSITE
    assert set(response.headers["Access-Control-Expose-Headers"].split(", ")) >= _EXPOSED
    assert "origin" in response.headers["Vary"].lower()


@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.example",
        "null",
        "",
        WEBSITE + ".evil.example",
        WEBSITE.replace("http", "https"),
        "http://[",
        "é",
    ],
)
def test_another_origin_is_told_nothing(alice: User, origin: str) -> None:
    for response in (
        alice.api.get("/me/todos", Origin=origin),
        alice.api.get("/nowhere", Origin=origin),
        Api(None).call("OPTIONS", "/me/todos", Origin=origin, Access_Control_Request_Method="GET"),
    ):
        assert not [name for name in response.headers if name.lower() == "access-control-allow-origin"]
        assert "origin" in response.headers["Vary"].lower()
