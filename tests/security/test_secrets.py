"""What users write, and what opens doors, is in no line of the log, whatever happens; nor in an answer of ours."""

import contextlib
import io
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from botocore.exceptions import EndpointConnectionError
from django.core.management import CommandError, call_command

from tests.clients import PASSWORD, Api, User
from tests.faults.server import Server, serving
from tests.logs import Lines, logged
from tests.support.staff import PASSWORD as STAFF_PASSWORD
from tests.support.staff import Member, code_of
from tests.uploads import announce, store
from todoproject.aws import dynamodb

CANARY = "canary7d1e"
# Ours, at their most talkative. Libraries say at this level what they send, so the service keeps them at theirs.
OURS = ("todoproject", "todos", "files")


@pytest.fixture
def lines() -> Any:
    before = {name: logging.getLogger(name).level for name in OURS}
    for name in OURS:
        logging.getLogger(name).setLevel(logging.DEBUG)
    with logged() as lines:
        yield lines
    for name, level in before.items():
        logging.getLogger(name).setLevel(level)


def leaked(lines: Lines, *private: str) -> list[str]:
    return [secret for secret in (CANARY, *private) if secret in lines.text]


def secrets_of(user: User) -> list[str]:
    tokens = [user.id_token, user.access_token, user.refresh_token]
    return [user.email, user.email.split("@")[0], user.sub, *tokens, *(token.split(".")[2] for token in tokens[:2])]


def test_what_a_user_sends_is_not_logged(alice: User, lines: Lines) -> None:
    todos = f"/{alice.email}/todos"
    todo = alice.api.post(todos, {"title": CANARY, "notes": CANARY}, Idempotency_Key=CANARY).json()
    path = f"{todos}/{todo['todoID']}"
    alice.api.get(f"{todos}?search={CANARY}&cursor={CANARY}")
    alice.api.post(todos, {"title": CANARY, CANARY: 1})
    alice.api.post(todos, f'{{"{CANARY}"')
    alice.api.patch(path, {"description": CANARY}, If_Match=f'"{CANARY}"')
    alice.api.patch(path, {"description": CANARY}, Content_Type=f"text/{CANARY}")
    alice.api.post(f"{todos}/erase-account", {"confirm": CANARY})
    file = store(alice, todo["todoID"], CANARY.encode(), f"{CANARY}.pdf")
    alice.api.get(f"/{todo['todoID']}/files/{file['fileID']}")
    alice.api.get(f"{todos}/{CANARY}", X_Request_ID=f"{CANARY} {CANARY}", User_Agent=CANARY, Referer=CANARY)
    alice.api.get(f"/{CANARY}/{CANARY}")
    Api(f"Bearer {CANARY}").get(todos)
    Api(f"{alice.id_token}x").get(todos)
    alice.api.delete(path)
    assert len(lines.answers) == 15
    assert leaked(lines, *secrets_of(alice), todo["todoID"], file["fileID"], file["filePath"]) == []


@pytest.mark.parametrize("failure", ["defect", "AWS"])
def test_what_a_user_sends_is_not_logged_where_it_breaks(
    alice: User, lines: Lines, failure: str, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    todo_id = alice.api.post("/me/todos", {"title": "Milk"}).json()["todoID"]
    announced = announce(alice, todo_id, 1).json()["file"]
    if failure == "AWS":
        monkeypatch.setattr("botocore.httpsession.URLLib3Session.send", _lose)
        dynamodb.client().meta.events.register_first("before-send", _lose)
        request.addfinalizer(lambda: dynamodb.client().meta.events.unregister("before-send", _lose))
    else:
        monkeypatch.setattr("todos.models.TodoModel.connection", _fail)
        monkeypatch.setattr("files.storage.FilesStorage.stored_object", _fail)
    statuses = {
        alice.api.get(f"/me/todos?search={CANARY}").status_code,
        alice.api.post(f"/{todo_id}/files/{announced['fileID']}/complete").status_code,
    }
    assert statuses == {503 if failure == "AWS" else 500}
    assert leaked(lines, *secrets_of(alice), announced["fileID"]) == []
    assert len([line for line in lines.all if "exc_info" in line]) == (2 if failure == "defect" else 0)


def _lose(session: Any = None, request: Any = None, **_: Any) -> Any:
    raise EndpointConnectionError(endpoint_url=f"{request.url}?{CANARY}")


def _fail(*args: Any, **options: Any) -> Any:
    raise ValueError(f"invalid literal: {CANARY} {args} {options}")


@pytest.mark.parametrize(
    ("method", "headers", "cause"),
    [
        ("GET", {}, "Error handling request\nTraceback"),
        ("POST", {}, "Error handling request\nTraceback"),
        # Heeded of the machine itself only.
        ("GET", {"SCRIPT_NAME": "/elsewhere"}, "Invalid request from ip=127.0.0.1: Configuration problem"),
    ],
    ids=["before its answer", "in its answer", "before it is one"],
)
def test_what_a_user_sends_is_not_logged_where_gunicorn_fails(
    alice: User, failing: Server, method: str, headers: dict[str, str], cause: str
) -> None:
    printed_before = failing.child.log.stat().st_size
    headers |= {"Authorization": alice.id_token, "Cookie": CANARY}
    address = f"{failing.url}/{alice.email}/todos?search={CANARY}"
    with contextlib.suppress(requests.exceptions.ChunkedEncodingError):  # An answer that has begun is cut off.
        answer = requests.request(method, address, json={"title": CANARY}, headers=headers, timeout=40)
        assert answer.status_code == 500
    printed = failing.child.log.read_bytes()[printed_before:].decode()
    assert cause in printed
    assert [secret for secret in (CANARY, *secrets_of(alice)) if secret in printed] == []


@pytest.fixture(scope="module")
def failing() -> Iterator[Server]:
    with serving("todos", application="tests.security.failing", WEB_CONCURRENCY="1") as [server]:
        yield server


def test_what_staff_see_and_type_is_not_logged(alice: User, lines: Lines) -> None:
    todo_id = alice.api.post("/me/todos", {"title": CANARY}).json()["todoID"]
    member = Member.create("support")
    member.sign_in(password=CANARY)
    code = code_of(member.email)
    member.sign_in(code=code)
    member.get(f"/admin/support/customer/?q={alice.email}")
    page = f"/admin/todos/todo/{alice.sub}~{todo_id}/change/"
    assert CANARY in member.get(page).content.decode()
    member.post(page, {"title": CANARY, "version": "7"})
    member.post(f"/admin/support/customer/{alice.sub}/act/", {"act": "disable", "reason": f"{CANARY} {CANARY}"})
    cookies = [morsel.value for name, morsel in member.browser.cookies.items() if morsel.value]
    private = [STAFF_PASSWORD, member.email, member.sub, todo_id, *cookies]
    assert leaked(lines, *secrets_of(alice), *private) == []
    # Six digits may well be a part of a time or of a name in hexadecimal.
    by_chance = {"time", "requestId", "milliseconds", "staff", "user"}
    said = [str(value) for line in lines.all for name, value in line.items() if name not in by_chance]
    assert not [text for text in said if code in text]


@pytest.mark.parametrize(
    ("header", "cause"), [("origin", "Origin checking failed"), ("referer", "Referer checking failed")]
)
def test_a_form_that_is_refused_is_logged_without_where_it_came_from(lines: Lines, header: str, cause: str) -> None:
    """A page of the admin has in its address whom staff were looking for."""
    member = Member.create("support")
    member.get("/admin/login/")
    form = {"email": member.email, "password": "x"}
    came_from = {header: f"https://elsewhere.example/admin/?q={CANARY}"}
    answer = member.browser.post("/admin/login/", form, secure=True, headers=came_from)
    assert answer.status_code == 403
    assert [line["cause"] for line in lines.all if line["message"] == "a form was refused"] == [cause]
    assert leaked(lines, "elsewhere.example") == []


def test_a_command_logs_nothing_of_what_it_walks_over(alice: User, lines: Lines) -> None:
    alice.api.post("/me/todos", {"title": CANARY})
    said = io.StringIO()
    with contextlib.suppress(CommandError):  # Other tests leave things to be found.
        call_command("check_data", stdout=said, stderr=said)
    assert leaked(lines, *secrets_of(alice)) == []
    assert CANARY not in said.getvalue()


def test_the_service_s_own_secrets_are_in_no_answer_and_no_line(alice: User, lines: Lines, settings: Any) -> None:
    answers = [
        alice.api.get(path) for path in ("/me/todos", "/nowhere", "/todos/schema", "/todos/docs", "/admin/login/")
    ]
    for secret in (settings.SECRET_KEY, PASSWORD):
        assert secret not in lines.text
        assert not [answer for answer in answers if secret.encode() in answer.content]
