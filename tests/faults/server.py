"""The service as it runs in its container: gunicorn, with its own configuration, in a process of its own."""

import contextlib
import os
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from deploy.local.children import Child, free_port, wait_for_http
from deploy.local.standins import ROOT
from tests.faults.proxy import Proxy

GUNICORN = [sys.executable, "-m", "gunicorn", "--config", "deploy/gunicorn.conf.py"]
COMMAND = [*GUNICORN, "todoproject.wsgi"]
# What the image says about memory, without which a test would measure another process.
MALLOC = dict(re.findall(r"\b(MALLOC_\w+)=(\S+)", (ROOT / "Dockerfile").read_text()))


class Server:
    """gunicorn in one role, started by `within`. `env` is set on top of the tests' own environment."""

    def __init__(
        self,
        role: str,
        logs: Path,
        *,
        application: str = "todoproject.wsgi",
        within: Sequence[str] = (),
        **env: str,
    ) -> None:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self.child = Child(
            f"gunicorn ({role})",
            [*within, *GUNICORN, application],
            log=logs / f"{role}-{port}.log",
            env={**os.environ, **MALLOC, "SERVICE_ROLE": role, "PORT": str(port), **env},
            cwd=ROOT,
        )

    def wait_until_ready(self) -> None:
        wait_for_http(f"{self.url}/healthz", self.child)

    def call(self, token: str, method: str, path: str, body: Any = None, **headers: str) -> requests.Response:
        """On a connection of its own. `headers` with underscores: If_Match='"1"'."""
        sent = {"Authorization": token, **{name.replace("_", "-"): value for name, value in headers.items()}}
        return requests.request(method, self.url + path, json=body, headers=sent, timeout=40)

    def insist(self, token: str, method: str, path: str, body: Any = None, **headers: str) -> requests.Response:
        """As `call`, again and again for a minute while it is too busy to look: on a busy machine it takes few at
        once."""
        deadline = time.monotonic() + 60
        while is_overloaded(answer := self.call(token, method, path, body, **headers)) and time.monotonic() < deadline:
            pass
        return answer

    def terminate(self) -> None:
        self.child.terminate()


@dataclass(frozen=True)
class Patient:
    """A server for a visitor who insists."""

    server: Server

    def call(self, token: str, method: str, path: str, body: Any = None, **headers: str) -> Any:
        return self.server.insist(token, method, path, body, **headers)


def is_overloaded(answer: requests.Response) -> bool:
    return answer.status_code == 503 and answer.json()["type"] == "urn:problem-type:overloaded"


@contextlib.contextmanager
def serving(*roles: str, **options: Any) -> Iterator[list[Server]]:
    """A server for each role, all with the options of Server, started side by side and stopped in the end."""
    with tempfile.TemporaryDirectory(prefix="servers-") as logs:
        servers = [Server(role, Path(logs), **options) for role in roles]
        try:
            for server in servers:
                server.wait_until_ready()
            yield servers
        finally:
            for server in servers:
                server.terminate()
            for server in servers:
                server.child.stop(10)


def held_by(dynamodb: Proxy) -> dict[str, str]:
    """Options of a server behind the proxy, which may hold its calls for as long as a test needs."""
    return {"AWS_ENDPOINT_URL_DYNAMODB": dynamodb.url, "AWS_READ_TIMEOUT": "30"}


def wait_until(holds: Callable[[], bool], *, seconds: float, what: str) -> None:
    """Poll until it holds; AssertionError after so many seconds."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"Not within {seconds:.0f} s: {what}"
        time.sleep(0.02)
