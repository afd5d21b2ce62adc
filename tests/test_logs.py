"""The line of each request: what it says, and what it never does."""

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import ANY

import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ConnectTimeoutError
from django.test import override_settings
from pynamodb.exceptions import GetError

from tests.clients import Api, User
from tests.logs import logged
from tests.processes import Running, manage
from tests.support.staff import Member
from tests.uploads import store
from todoproject.api.logs import name_in_logs
from todoproject.aws import dynamodb

_CAUSED = "GetError: ConnectTimeoutError"


def line(**facts: Any) -> dict[str, Any]:
    return {
        "time": ANY,
        "level": "INFO",
        "logger": "todoproject.api.requests",
        "message": "request",
        "requestId": ANY,
        "method": "GET",
        "kind": "list",
        "status": 200,
        "milliseconds": ANY,
        "dynamodbCalls": 0,
        "readUnits": 0.0,
        "writeUnits": 0.0,
        "s3Calls": 0,
        "retries": 0,
        **facts,
    }


@contextmanager
def failing_at_first(operation: str) -> Iterator[None]:
    """DynamoDB answers 500 once, as it may."""
    left = [AWSResponse("http://inside", 500, {}, None)]
    left[0]._content = b"{}"

    def answer(**_: Any) -> AWSResponse | None:
        return left.pop() if left else None

    events = dynamodb.client().meta.events
    events.register(f"before-send.dynamodb.{operation}", answer)
    try:
        yield
    finally:
        events.unregister(f"before-send.dynamodb.{operation}", answer)


def test_a_line_says_who_asked_for_what_how_it_ended_and_what_it_consumed(alice: User) -> None:
    name = name_in_logs(alice.sub)
    with logged() as lines:
        todo = alice.api.post("/me/todos", {"title": "Milk"}, X_Request_ID="the-id").json()
        Api(alice.access_token).get(f"/{alice.sub}/todos/{todo['todoID']}")
        alice.api.get("/nowhere")
        Api(None).get("/me/todos")
    assert lines.all == [
        line(
            requestId="the-id",
            method="POST",
            route="<str:user_id>/todos",
            kind="write",
            status=201,
            dynamodbCalls=1,
            writeUnits=2.0,
            user=name,
        ),
        line(route="<str:user_id>/todos/<id:todo_id>", kind="read", dynamodbCalls=1, readUnits=1.0, user=name),
        line(route="", kind="open", status=404),
        line(route="<str:user_id>/todos", status=401),
    ]
    assert all(0 < each["milliseconds"] < 10_000 for each in lines.all)


def test_the_line_of_a_page_of_the_admin_and_of_the_description_says_so() -> None:
    with logged() as lines:
        Api(None).get("/todos/docs")
        Api(None).get("/admin/")
    assert [line["kind"] for line in lines.answers] == ["open", "admin"]


def test_calls_of_s3_and_the_units_of_a_transaction_are_counted(alice: User) -> None:
    todo_id = alice.api.post("/me/todos", {"title": "Milk"}).json()["todoID"]
    with logged() as lines:
        store(alice, todo_id, b"a")
    assert [(each["s3Calls"], each["readUnits"], each["writeUnits"]) for each in lines.answers] == [
        (0, 2.0, 1.0),
        (1, 2.0, 4.0),
    ]


def test_a_call_that_was_sent_again_can_be_seen(alice: User) -> None:
    with failing_at_first("Query"), logged() as lines:
        assert alice.api.get("/me/todos").status_code == 200
    assert [(each["dynamodbCalls"], each["retries"]) for each in lines.answers] == [(1, 1)]


def test_a_customer_s_name_in_the_logs_cannot_be_found_by_guessing(alice: User, bob: User) -> None:
    name = name_in_logs(alice.sub)
    assert name == name_in_logs(alice.sub) != name_in_logs(bob.sub)
    with override_settings(SECRET_KEY="another" * 9):
        assert name_in_logs(alice.sub) != name
    assert name not in hashlib.sha256(alice.sub.encode()).hexdigest()
    assert len(name) == 16


def test_a_forged_token_is_logged_as_nobody_s(alice: User) -> None:
    with logged() as lines:
        Api(f"{alice.id_token[:-8]}AAAAAAAA").get("/me/todos")
    assert lines.all == [line(route="<str:user_id>/todos", status=401)]


def test_staff_are_named_alike_and_a_customer_s_page_shows_the_customer_s_name(alice: User) -> None:
    member = Member.create("support")
    with logged() as lines:
        member.sign_in()
        page = member.get(f"/admin/support/customer/{alice.sub}/change/")
        member.sign_in(password="Wrong-password-12")
    assert name_in_logs(alice.sub) in page.content.decode()
    staff = name_in_logs(member.sub)
    answers = [(each["method"], each["route"], each.get("staff")) for each in lines.answers]
    login = "admin/login/"
    assert answers == [
        ("GET", login, None),
        ("POST", login, staff),
        ("GET", "admin/support/customer/<path:object_id>/change/", staff),
        ("POST", login, staff),
    ]


@pytest.mark.parametrize("page", ["API", "admin"])
@pytest.mark.parametrize(
    ("failure", "status", "error"),
    [
        (KeyError("what they wrote"), 500, "RuntimeError"),
        (ConnectTimeoutError(endpoint_url="http://inside/their-file"), 503, "ConnectTimeoutError"),
        (GetError("their id", cause=ConnectTimeoutError(endpoint_url="http://inside")), 503, _CAUSED),
    ],
    ids=["defect", "AWS out of reach", "AWS out of reach, by PynamoDB"],
)
def test_a_failure_is_logged_by_types_alone_and_a_defect_with_its_trace_once(
    alice: User, monkeypatch: pytest.MonkeyPatch, page: str, failure: Exception, status: int, error: str
) -> None:
    def fail(**options: Any) -> None:
        try:
            raise failure
        except KeyError as exc:
            raise RuntimeError("what they wrote") from exc

    browser = Member.signed_in("support").browser if page == "admin" else None
    monkeypatch.setattr("todos.lists.list_todos", fail)
    with logged() as lines:
        if browser:
            answer = browser.get("/admin/todos/todo/", {"customer": alice.sub}, headers={"x-request-id": "the-id"})
        else:
            answer = alice.api.get("/me/todos", X_Request_ID="the-id")
    assert answer.status_code == status
    *before, last = lines.all
    assert (last["requestId"], last["status"], last["error"]) == ("the-id", status, error)
    traces = [(each["level"], each["requestId"], each["exc_info"].splitlines()) for each in before]
    if status == 503:
        assert traces == []
    else:
        [(level, request_id, trace)] = traces
        assert (level, request_id, trace[-1]) == ("ERROR", "the-id", "RuntimeError")
        assert "KeyError" in trace
        assert any("test_logs.py" in frame for frame in trace)
    # The line of this test that raises it is in the trace.
    written = lines.text.replace('RuntimeError(\\"what they wrote\\")', "")
    assert not [private for private in ("what they wrote", "their-file", "their id") if private in written]


def test_what_is_logged_does_not_get_between_what_a_command_prints_for_machines() -> None:
    script = "import logging; logging.getLogger('todoproject').warning('careful'); print('{}')"
    ended = Running(manage, "shell", "--no-imports", "-c", script, env=os.environ).wait()
    assert (ended.code, ended.out) == (0, "{}\n")
    assert json.loads(ended.err)["message"] == "careful"
