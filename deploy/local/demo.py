"""Demo data, put through the running services as a website would."""

import json
import urllib.error
import urllib.request
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from deploy.local import resources
from deploy.local.demo_files import DEMO_FILES
from deploy.local.demo_todos import DEMO_TODOS, DemoTodo
from deploy.local.standins import DEMO_USERS


class DemoError(Exception):
    """A service or stand-in refused what the demo data asked; the message says what and how."""


def load(env: Mapping[str, str], *, todos_url: str, files_url: str) -> None:
    """Raises DemoError."""
    for email, todos in DEMO_TODOS.items():
        token = sign_in(env, email)
        for todo in todos:
            todo_id = _load_todo(f"{todos_url}/me/todos", token, todo)
            for name in todo.files:
                upload(f"{files_url}/{todo_id}/files", token, name, *DEMO_FILES[name])
            if todo.trashed:
                call("DELETE", f"{todos_url}/me/todos/{todo_id}", token)


def sign_in(env: Mapping[str, str], email: str) -> str:
    parameters = {"USERNAME": email, "PASSWORD": DEMO_USERS[email]}
    answer = resources.client("cognito-idp", env).initiate_auth(
        ClientId=env["COGNITO_CLIENT_IDS"], AuthFlow="USER_PASSWORD_AUTH", AuthParameters=parameters
    )
    token: str = answer["AuthenticationResult"]["IdToken"]
    return token


def _load_todo(url: str, token: str, todo: DemoTodo) -> str:
    due = "" if todo.due is None else (datetime.now(UTC).date() + timedelta(days=todo.due)).isoformat()
    body = {"title": todo.title, "description": todo.description, "notes": todo.notes, "dateDue": due}
    todo_id: str = call("POST", url, token, body)["todoID"]
    if todo.completed:
        call("PATCH", f"{url}/{todo_id}", token, {"completed": True})
    return todo_id


def upload(url: str, token: str, name: str, content_type: str, content: bytes) -> None:
    wanted = {"fileName": name, "size": len(content), "contentType": content_type}
    started = call("POST", url, token, wanted)
    body, form_type = multipart(started["upload"]["fields"], name, content_type, content)
    _send("POST", started["upload"]["url"], {"Content-Type": form_type}, body)
    call("POST", f"{url}/{started['file']['fileID']}/complete", token)


def multipart(fields: Mapping[str, str], name: str, content_type: str, content: bytes) -> tuple[bytes, str]:
    """The form that a browser would send, the file last, and its content type."""
    boundary = uuid.uuid4().hex
    parts = [f'--{boundary}\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n' for k, v in fields.items()]
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
    start = "".join([*parts, head, f"Content-Type: {content_type}\r\n\r\n"])
    return start.encode() + content + f"\r\n--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"


def call(method: str, url: str, token: str, body: Mapping[str, Any] | None = None) -> Any:
    headers = {"Authorization": f"Bearer {token}"}
    if body is not None:
        headers["Content-Type"] = "application/json"
    answer = _send(method, url, headers, json.dumps(body).encode() if body is not None else None)
    return json.loads(answer or b"null")


def _send(method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> bytes:
    request = urllib.request.Request(url, data=body, headers=dict(headers), method=method)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            content: bytes = answer.read()
            return content
    except urllib.error.HTTPError as error:
        reason = error.read().decode()[:500]
        raise DemoError(f"The demo data: {method} {url} answered {error.code}: {reason}") from error
    except OSError as error:
        raise DemoError(f"The demo data: {method} {url} failed: {error}") from error
