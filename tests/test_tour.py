"""The main job, from the first call to the last: a todo, its file, the trash."""

from typing import Any

import requests

from tests.clients import User


def upload(form: dict[str, Any], content: bytes) -> requests.Response:
    """As a browser posts a form: the policy's fields in order, the file last."""
    return requests.post(form["url"], data=form["fields"], files={"file": content}, timeout=10)


def test_the_life_of_a_todo_with_a_file(alice: User) -> None:
    take_tour(alice.api, alice.sub)


def take_tour(api: Any, sub: str) -> None:
    """`api` calls with the token of the user `sub`: tests.clients.Api, or one like it that goes over a network."""
    created = api.post("/me/todos", {"title": "Renew passport", "dateDue": "2026-12-01"})
    assert created.status_code == 201, created.content
    todo = created.json()
    assert todo == {
        "todoID": todo["todoID"],
        "userID": sub,
        "dateCreated": todo["dateCreated"],
        "title": "Renew passport",
        "description": "",
        "notes": "",
        "dateDue": "2026-12-01",
        "completed": False,
        "dateUpdated": todo["dateCreated"],
        "dateCompleted": "",
        "dateDeleted": "",
        "version": 1,
    }
    path = f"/me/todos/{todo['todoID']}"
    assert created.headers["Location"] == path
    assert created.headers["ETag"] == '"1"'

    assert api.get("/me/todos").json() == {"todos": [todo], "nextCursor": None}
    assert api.get("/me/todos?search=PASS").json() == {"todos": [todo], "nextCursor": None}
    assert api.get("/me/todos?search=visa").json() == {"todos": [], "nextCursor": None}

    edited = api.patch(path, {"notes": "Photo first"}, If_Match='"1"')
    assert (edited.status_code, edited.json()["notes"], edited.headers["ETag"]) == (200, "Photo first", '"2"')
    stale = api.patch(path, {"notes": "No photo"}, If_Match='"1"')
    assert (stale.status_code, stale.headers["Content-Type"]) == (412, "application/problem+json")

    completed = api.patch(path, {"completed": True})
    assert (completed.json()["completed"], completed.json()["version"]) == (True, 3)

    content = b"%PDF-1.4 a form"
    started = api.post(
        f"/{todo['todoID']}/files",
        {"fileName": "form.pdf", "size": len(content), "contentType": "application/pdf"},
    )
    assert started.status_code == 201, started.content
    file, form = started.json()["file"], started.json()["upload"]
    assert (file["status"], file["filePath"]) == ("pending", "")
    file_path = f"/{todo['todoID']}/files/{file['fileID']}"
    assert api.get(f"/{todo['todoID']}/files").json() == {"files": [], "nextCursor": None}
    assert api.post(f"{file_path}/complete").status_code == 409
    assert upload(form, content).status_code == 204
    stored = api.post(f"{file_path}/complete")
    assert (stored.status_code, stored.json()["status"]) == (200, "stored")

    listed = api.get(f"/{todo['todoID']}/files").json()["files"]
    assert [each["fileID"] for each in listed] == [file["fileID"]]
    download = requests.get(listed[0]["filePath"], timeout=10)
    assert (download.status_code, download.content) == (200, content)
    assert download.headers["Content-Disposition"] == 'attachment; filename="form.pdf"'

    assert api.delete(path).status_code == 204
    assert api.get(path).status_code == 404
    assert [each["todoID"] for each in api.get("/me/todos?status=trashed").json()["todos"]] == [todo["todoID"]]
    restored = api.post(f"{path}/restore")
    assert (restored.status_code, restored.json()["version"], restored.json()["dateDeleted"]) == (200, 5, "")
    assert api.delete(file_path).status_code == 204
    assert api.delete(file_path).status_code == 204
    assert api.get(file_path).status_code == 404
