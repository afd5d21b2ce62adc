"""A user at the real servers, and the steps that bring a todo or a file to where a test begins."""

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Barrier
from typing import Any, Protocol, TypeVar

import requests

from tests.clients import Api, User

CONTENT = b"0123456789"

T = TypeVar("T")


class Service(Protocol):
    """Where calls go: a real server, or this process."""

    def call(self, token: str, method: str, path: str, body: Any = None, **headers: str) -> Any: ...


class InProcess:
    def call(self, token: str, method: str, path: str, body: Any = None, **headers: str) -> Any:
        return Api(token).call(method, path, body, **headers)


@dataclass(frozen=True)
class Visitor:
    user: User
    todos: Service
    files: Service

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        server = self.files if "/files" in path else self.todos
        return server.call(self.user.id_token, method, path, body, **headers)

    def new_todo(self, title: str = "Milk") -> str:
        """The path of a new todo."""
        created = self.call("POST", "/me/todos", {"title": title})
        assert created.status_code == 201, created.content
        return str(created.headers["Location"])

    def start_upload(self, content: bytes = CONTENT) -> "Upload":
        """A pending file of a new todo."""
        todo_id = self.new_todo().rpartition("/")[2]
        started = self.call("POST", f"/{todo_id}/files", new_file(content))
        assert started.status_code == 201, started.content
        return Upload(started.headers["Location"], started.json()["upload"], content)

    def uploaded_file(self, content: bytes = CONTENT) -> str:
        """The path of a file whose content is in S3, and which is not completed yet."""
        upload = self.start_upload(content)
        upload.send()
        return upload.path

    def stored_file(self, content: bytes = CONTENT) -> str:
        path = self.uploaded_file(content)
        stored = self.call("POST", f"{path}/complete")
        assert stored.status_code == 200, stored.content
        return path


@dataclass(frozen=True)
class Upload:
    path: str
    form: dict[str, Any]
    content: bytes

    def send(self) -> None:
        sent = requests.post(self.form["url"], data=self.form["fields"], files={"file": self.content}, timeout=10)
        assert sent.status_code == 204, sent.text


def new_file(content: bytes = CONTENT) -> dict[str, Any]:
    return {"fileName": f"{uuid.uuid4().hex}.txt", "size": len(content), "contentType": "text/plain"}


def at_once(*works: Callable[[], T]) -> list[T]:
    """Do them all at the same time, each in its thread; the results come in the same order."""
    barrier = Barrier(len(works))

    def start(work: Callable[[], T]) -> T:
        barrier.wait(30)
        return work()

    with ThreadPoolExecutor(len(works)) as threads:
        return list(threads.map(start, works))


def assert_unavailable(answer: Any) -> None:
    """A 503 that says when to try again."""
    assert answer.status_code == 503, (answer.status_code, answer.content)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert int(answer.headers["Retry-After"]) > 0
    assert answer.json()["status"] == 503
