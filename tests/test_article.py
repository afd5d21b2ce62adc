"""The article's own website goes on working: each of its routes answers as part 1 of the wire contract says."""

from collections.abc import Callable
from typing import Any

import pytest
import requests
from django.conf import settings
from django.http import HttpResponse

from tests.clients import Api, User
from tests.operations import OPERATIONS, Operation
from tests.problems import assert_problem
from tests.tokens import signed
from tests.uploads import store

INFO = {"info": "Nothing here. Health checks only!"}
SINCE = "@1793491200"
WEBSITE = settings.CORS_ALLOWED_ORIGINS[0] if settings.CORS_ALLOWED_ORIGINS else ""
MOVED = (
    "Uploads go straight to S3 now: POST fileName, size and contentType to /{todoID}/files, post the file with "
    "the form you get, then POST to /{todoID}/files/{fileID}/complete."
)

Names = Callable[[User], tuple[str, str]]


def as_id(name: Callable[[User], str]) -> Names:
    return lambda user: (signed(user, **{"cognito:username": f"name-of-{user.sub}"}), name(user))


def as_access(name: Callable[[User], str]) -> Names:
    return lambda user: (signed(user, "access", username=f"name-of-{user.sub}"), name(user))


WAYS: dict[str, Names] = {
    "ID token, e-mail": as_id(lambda user: user.email),
    "ID token, E-MAIL": as_id(lambda user: user.email.upper()),
    "ID token, sub": as_id(lambda user: user.sub),
    "ID token, cognito:username": as_id(lambda user: f"name-of-{user.sub}"),
    "ID token, me": as_id(lambda user: "me"),
    "access token, sub": as_access(lambda user: user.sub),
    "access token, username": as_access(lambda user: f"name-of-{user.sub}"),
    "access token, me": as_access(lambda user: "me"),
}


def ok(answer: HttpResponse, *, deprecated: bool = False) -> Any:
    """The body of an answer that is what the article's website expects."""
    assert answer.status_code == 200, answer.content
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers.get("Deprecation") == (SINCE if deprecated else None)
    return answer.json()


def add(user: User, title: str, **texts: str) -> str:
    body = {"title": title, "description": "", "dateDue": "", **texts}
    todo_id: str = ok(user.api.post(f"/{user.email}/todos/add", body), deprecated=True)["todoID"]
    return todo_id


def stored_file(user: User, todo_id: str, name: str = "a.txt") -> dict[str, Any]:
    return store(user, todo_id, b"hi", name, content_type="text/plain")


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_every_route_of_the_todos_service_answers_as_in_the_article(alice: User, way: Names) -> None:
    token, name = way(alice)
    api, todos = Api(token), f"/{name}/todos"

    assert ok(api.get(todos)) == {"todos": [], "nextCursor": None}

    new = {"title": "Renew passport", "description": "At the town hall", "dateDue": "2026-12-01"}
    added = ok(api.post(f"{todos}/add", new), deprecated=True)
    assert added == {"status": "success", "todoID": added["todoID"]}

    listed = ok(api.get(todos))
    todo = listed["todos"][0]
    assert todo == {
        "todoID": added["todoID"],
        "userID": alice.sub,
        "dateCreated": todo["dateCreated"],
        **new,
        "notes": "",
        "completed": False,
        "dateUpdated": todo["dateCreated"],
        "dateCompleted": "",
        "dateDeleted": "",
        "version": 1,
    }
    assert listed == {"todos": [todo], "nextCursor": None}
    assert ok(api.get(f"{todos}/{todo['todoID']}")) == todo

    for notes in ("First", "Second"):
        noted = api.post(f"{todos}/{todo['todoID']}/addnotes", {"notes": notes})
        assert ok(noted, deprecated=True) == {"Update": "Success"}
    assert ok(api.post(f"{todos}/{todo['todoID']}/complete"), deprecated=True) == {"Update": "Success"}
    changed = ok(api.get(f"{todos}/{todo['todoID']}"))
    assert changed == todo | {
        "notes": "Second",
        "completed": True,
        "version": 4,
        "dateUpdated": changed["dateUpdated"],
        "dateCompleted": changed["dateUpdated"],
    }

    assert ok(api.delete(f"{todos}/{todo['todoID']}/delete"), deprecated=True) == {"status": "success"}
    assert ok(api.get(todos)) == {"todos": [], "nextCursor": None}
    assert api.get(f"{todos}/{todo['todoID']}").status_code == 404


@pytest.mark.parametrize("use", ["id_token", "access_token"])
def test_every_route_of_the_files_service_answers_as_in_the_article(alice: User, use: str) -> None:
    api, todo_id = Api(getattr(alice, use)), add(alice, "Passport")
    assert ok(api.get(f"/{todo_id}/files")) == {"files": [], "nextCursor": None}

    file = stored_file(alice, todo_id, "form.txt")
    listed = ok(api.get(f"/{todo_id}/files"))
    path = listed["files"][0]["filePath"]
    assert listed == {"files": [file | {"filePath": path}], "nextCursor": None}
    assert file == {
        "fileID": file["fileID"],
        "todoID": todo_id,
        "fileName": "form.txt",
        "filePath": file["filePath"],
        "size": 2,
        "contentType": "text/plain",
        "dateCreated": file["dateCreated"],
        "status": "stored",
    }
    # The website opens it as a link: without a token.
    assert requests.get(path, timeout=10).content == b"hi"

    deleted = api.delete(f"/{todo_id}/files/{file['fileID']}/delete", {"filePath": path})
    assert ok(deleted, deprecated=True) == {"status": "success"}
    assert ok(api.get(f"/{todo_id}/files")) == {"files": [], "nextCursor": None}
    assert requests.get(path, timeout=10).status_code == 404


@pytest.mark.parametrize("token", ["none", "bad", "good"])
def test_the_health_check_answers_whoever_asks(alice: User, token: str) -> None:
    api = Api({"none": None, "bad": "x.y.z", "good": alice.id_token}[token])
    assert ok(api.get("/")) == INFO


@pytest.mark.parametrize(
    "body", [{"fileName": "a.txt", "filePath": "{sub}/{todoID}/a.txt"}, {}, None, b"not JSON"], ids=repr
)
def test_the_articles_upload_is_gone_and_says_where_it_went(alice: User, body: Any) -> None:
    todo_id = add(alice, "Passport")
    assert_problem(alice.api.post(f"/{todo_id}/files/upload", body), 410, "upload-moved", MOVED)
    assert ok(alice.api.get(f"/{todo_id}/files")) == {"files": [], "nextCursor": None}


@pytest.mark.parametrize("content_type", ["application/json", ""])
@pytest.mark.parametrize("sent", ["the other's path", "its own path", "nonsense", "not JSON", "nothing"])
def test_a_file_is_deleted_by_its_id_whatever_path_is_echoed(alice: User, sent: str, content_type: str) -> None:
    todo_id = add(alice, "Passport")
    file, other = stored_file(alice, todo_id), stored_file(alice, todo_id)
    bodies = {
        "the other's path": {"filePath": other["filePath"]},
        "its own path": {"filePath": file["filePath"]},
        "nonsense": {"filePath": ["../.."], "fileID": other["fileID"]},
        "not JSON": b"\xff{",
        "nothing": None,
    }
    path = f"/{todo_id}/files/{file['fileID']}/delete"
    for _ in range(2):
        answer = alice.api.delete(path, bodies[sent], Content_Type=content_type)
        assert ok(answer, deprecated=True) == {"status": "success"}
    assert [each["fileID"] for each in ok(alice.api.get(f"/{todo_id}/files"))["files"]] == [other["fileID"]]
    assert requests.get(other["filePath"], timeout=10).content == b"hi"


@pytest.fixture(scope="module")
def reader() -> User:
    user = User.sign_up()
    for title in (
        "Save 50% now",
        "Crème BRÛLÉE & tea",
        "a+b",
        "Renew passport",
        "(a+)+$",
        "naaaaaaaaaaaaaaaaaaaaaaaab",
    ):
        add(user, title)
    return user


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("50%", ["Save 50% now"]),
        ("50% n", ["Save 50% now"]),
        ("brûlée", ["Crème BRÛLÉE & tea"]),
        ("CRÈME", ["Crème BRÛLÉE & tea"]),
        ("PASSport", ["Renew passport"]),
        ("new pass", ["Renew passport"]),
        ("new+pass", ["Renew passport"]),
        ("new%20pass", ["Renew passport"]),
        ("a%2Bb", ["a+b"]),
        ("(a%2B)%2B$", ["(a+)+$"]),
        ("(a+)+$", []),
        (".*", []),
        ("^Renew", []),
        ("nothing like it", []),
        ("[", []),
        ("\\", []),
    ],
)
def test_search_is_taken_as_it_was_typed_unencoded(reader: User, search: str, found: list[str]) -> None:
    page = ok(reader.api.get(f"/{reader.email}/todos?search={search}"))
    assert ([todo["title"] for todo in page["todos"]], page["nextCursor"]) == (found, None)


@pytest.mark.parametrize("query", ["", "?search=", "?"])
def test_an_empty_search_means_everything(reader: User, query: str) -> None:
    assert len(ok(reader.api.get(f"/{reader.email}/todos{query}"))["todos"]) == 6


@pytest.mark.parametrize("body", [None, b""])
@pytest.mark.parametrize("content_type", ["", "application/x-www-form-urlencoded", "text/plain", "application/json"])
def test_completing_takes_no_body_and_no_content_type(alice: User, content_type: str, body: Any) -> None:
    todo_id = add(alice, "Passport")
    path = f"/{alice.email}/todos/{todo_id}"
    answer = alice.api.call("POST", f"{path}/complete", body, Content_Type=content_type)
    assert ok(answer, deprecated=True) == {"Update": "Success"}
    assert ok(alice.api.get(path))["completed"] is True


def test_completing_an_unknown_todo_makes_no_ghost(alice: User) -> None:
    assert alice.api.post(f"/{alice.email}/todos/ghost/complete").status_code == 404
    for status in ("all", "trashed"):
        assert ok(alice.api.get(f"/me/todos?status={status}")) == {"todos": [], "nextCursor": None}


@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
def test_a_browser_is_let_through_to_every_path(operation: Operation) -> None:
    path = operation.path(user_id="alice@example.com", todo_id="todo", file_id="file")
    asked = {"Access_Control_Request_Method": operation.method, "Access_Control_Request_Headers": "authorization"}
    preflight = Api(None).call("OPTIONS", path, Origin=WEBSITE, **asked)
    assert (preflight.status_code, preflight.content) == (200, b"")
    assert preflight.headers["Access-Control-Allow-Origin"] == WEBSITE
    assert operation.method in preflight.headers["Access-Control-Allow-Methods"]
    assert "authorization" in preflight.headers["Access-Control-Allow-Headers"]
    refused = operation.call(Api(None), path)
    assert (refused.status_code, "Access-Control-Allow-Origin" in refused.headers) == (401, False)
    refused = Api(None).call(operation.method, path, operation.body, Origin=WEBSITE)
    assert (refused.status_code, refused.headers.get("Access-Control-Allow-Origin")) == (401, WEBSITE)
