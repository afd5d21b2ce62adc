"""What a user does, by HTTP alone, against the two addresses."""

from typing import Any

import requests

SECONDS = 10


def take_tour(*, todos_url: str, files_url: str, token: str) -> None:
    todos = f"{todos_url}/me/todos"
    with requests.Session() as session:
        session.headers["Authorization"] = f"Bearer {token}"

        created = session.post(todos, json={"title": "Buy oats", "dateDue": "2026-12-24"}, timeout=SECONDS)
        assert created.status_code == 201, created.text
        todo_id, first_version = created.json()["todoID"], created.headers["ETag"]
        todo = f"{todos}/{todo_id}"
        assert todo_id in [each["todoID"] for each in _json(session.get(todos, timeout=SECONDS))["todos"]]
        assert _json(session.get(todos, params={"search": "OATS"}, timeout=SECONDS))["todos"]

        edit = {"notes": "Two bags"}
        assert (
            _json(session.patch(todo, json=edit, headers={"If-Match": first_version}, timeout=SECONDS))["version"] > 1
        )
        stale = session.patch(todo, json=edit, headers={"If-Match": first_version}, timeout=SECONDS)
        assert (stale.status_code, stale.headers["Content-Type"]) == (412, "application/problem+json"), stale.text
        assert _json(session.patch(todo, json={"completed": True}, timeout=SECONDS))["completed"] is True

        _attach_a_file(session, f"{files_url}/{todo_id}/files")

        assert session.delete(todo, timeout=SECONDS).status_code == 204
        assert session.get(todo, timeout=SECONDS).status_code == 404
        assert session.post(f"{todo}/restore", timeout=SECONDS).status_code == 200
        assert _json(session.get(todo, timeout=SECONDS))["notes"] == "Two bags"

    assert requests.get(todos, timeout=SECONDS).status_code == 401


def _attach_a_file(session: requests.Session, files: str) -> None:
    content = b"oats, milk, honey\n"
    begun = session.post(
        files, json={"fileName": "list.txt", "size": len(content), "contentType": "text/plain"}, timeout=SECONDS
    )
    assert begun.status_code == 201, begun.text
    upload, file = begun.json()["upload"], f"{files}/{begun.json()['file']['fileID']}"
    assert session.post(f"{file}/complete", timeout=SECONDS).status_code == 409
    # Not through the session: the bucket must accept the policy alone, and refuses a request with two authorizations.
    stored = requests.post(upload["url"], data=upload["fields"], files={"file": content}, timeout=SECONDS)
    assert stored.ok, stored.text
    assert _json(session.post(f"{file}/complete", timeout=SECONDS))["status"] == "stored"
    assert [each["fileName"] for each in _json(session.get(files, timeout=SECONDS))["files"]] == ["list.txt"]
    assert requests.get(_json(session.get(file, timeout=SECONDS))["filePath"], timeout=SECONDS).content == content
    assert session.delete(file, timeout=SECONDS).status_code == 204
    assert _json(session.get(files, timeout=SECONDS))["files"] == []


def _json(answer: requests.Response) -> dict[str, Any]:
    assert answer.status_code == 200, f"{answer.status_code} {answer.text}"
    body: dict[str, Any] = answer.json()
    return body
