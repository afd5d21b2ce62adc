"""Requests from pages of other origins."""

from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from deploy.local.resources import WEBSITE
from tests.clients import Api, User

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
