"""gunicorn as configured: starts only whole, shares nothing over the fork, keeps connections, drains on SIGTERM."""

import contextlib
import http.client
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from deploy.local.children import free_port
from deploy.local.standins import ROOT
from tests.clients import User
from tests.faults import stored
from tests.faults.fault import HELD
from tests.faults.proxy import Proxy
from tests.faults.server import COMMAND, Server, held_by, serving, wait_until
from tests.faults.visitor import Visitor, assert_unavailable

GRACEFUL_TIMEOUT = 25
IMPORT_AS_THE_MASTER_DOES = """
import sys
opened = []
sys.addaudithook(lambda event, arguments: opened.append(event) if event == "socket.connect" else None)
import todoproject.wsgi
from todoproject.aws import dynamodb
print(opened, dynamodb._client)
"""


@pytest.fixture(scope="module")
def usual() -> Iterator[Server]:
    """For tests that leave it as it was."""
    with serving("todos") as [server]:
        yield server


@pytest.fixture
def serve(dynamodb: Proxy) -> Iterator[Callable[..., Server]]:
    """Starts a todos role behind the proxy, which may hold its calls for as long as a test needs."""
    with contextlib.ExitStack() as stack:

        def start(**env: str) -> Server:
            [server] = stack.enter_context(serving("todos", **held_by(dynamodb), **env))
            return server

        yield start


def workers(server: Server) -> list[int]:
    return [int(pid) for pid in re.findall(r"Booting worker with pid: (\d+)", server.child.log.read_text())]


def test_sigterm_finishes_what_is_in_flight_and_then_ends_every_process(
    serve: Callable[..., Server], dynamodb: Proxy, alice: User
) -> None:
    server = serve()
    visitor = Visitor(alice, server, server)
    todo = visitor.new_todo()
    dynamodb.inject(HELD, "UpdateItem", times=1)

    with ThreadPoolExecutor(1) as thread:
        edit = thread.submit(visitor.call, "PATCH", todo, {"notes": "Two"})
        dynamodb.wait_for("UpdateItem")
        server.terminate()
        ended = time.monotonic() + GRACEFUL_TIMEOUT
        wait_until(lambda: "Handling signal: term" in server.child.log.read_text(), seconds=10, what="SIGTERM is heard")
        dynamodb.release()
        assert edit.result(30).status_code == 200

    wait_until(lambda: server.child.exit_code is not None, seconds=ended - time.monotonic(), what="the end")
    assert server.child.exit_code == 0
    with pytest.raises(ProcessLookupError):
        os.killpg(server.child.pid, 0)  # the session it was the first of
    assert [item["notes"] for item in stored.todos(alice)] == ["Two"]


def test_a_worker_that_is_told_to_stop_while_it_starts_does_so() -> None:
    with serving("todos", application="tests.faults.slow_to_start", WEB_CONCURRENCY="2") as [server]:
        server.terminate()
        wait_until(lambda: server.child.exit_code is not None, seconds=GRACEFUL_TIMEOUT - 5, what="the end")
        assert server.child.exit_code == 0


def test_a_connection_is_kept_over_many_requests(usual: Server, alice: User) -> None:
    connection = http.client.HTTPConnection(usual.url.removeprefix("http://"), timeout=10)
    with contextlib.closing(connection):
        connection.connect()
        address = connection.sock.getsockname()
        for number in range(100):
            path = "/me/todos" if number % 2 else "/healthz"
            connection.request("GET", path, headers={"Authorization": alice.id_token})
            answer = connection.getresponse()
            answer.read()
            assert answer.status == 200
            assert connection.sock is not None
            assert connection.sock.getsockname() == address


def test_the_other_worker_serves_while_one_stands_still(usual: Server, alice: User) -> None:
    wait_until(lambda: len(workers(usual)) == 2, seconds=10, what="two workers")
    still = workers(usual)[0]
    os.kill(still, signal.SIGSTOP)
    try:
        for _ in range(20):
            answer = requests.get(f"{usual.url}/me/todos", headers={"Authorization": alice.id_token}, timeout=10)
            assert answer.status_code == 200
    finally:
        os.kill(still, signal.SIGCONT)


def test_what_is_too_much_for_a_worker_is_refused_and_health_is_not(
    serve: Callable[..., Server], dynamodb: Proxy, alice: User
) -> None:
    server = serve(WEB_CONCURRENCY="1", THREADS="4", MAX_IN_FLIGHT="2")
    visitor = Visitor(alice, server, server)
    dynamodb.inject(HELD, "Query", times=2)
    with ThreadPoolExecutor(2) as threads:
        held = [threads.submit(visitor.call, "GET", "/me/todos") for _ in range(2)]
        dynamodb.wait_for("Query", count=2)

        assert_unavailable(visitor.call("GET", "/me/todos"))
        assert requests.get(f"{server.url}/healthz", timeout=10).status_code == 200

        dynamodb.release()
        assert [each.result(30).status_code for each in held] == [200, 200]
    # A thread may not have got round yet to saying that it has answered.
    assert server.insist(alice.id_token, "GET", "/me/todos").status_code == 200


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"SERVICE_ROLE": ""}, "Set the environment variable SERVICE_ROLE:"),
        ({"TODOS_TABLE": ""}, "Set the environment variable TODOS_TABLE:"),
        ({"COGNITO_CLIENT_IDS": "", "DJANGO_SECRET_KEY": ""}, "DJANGO_SECRET_KEY"),
        ({"SERVICE_ROLE": "todos", "STAFF_TABLE": ""}, "Set the environment variable STAFF_TABLE:"),
        ({"SERVICE_ROLE": "everything"}, "SERVICE_ROLE must be todos, files or all, not 'everything'."),
        ({"AWS_READ_TIMEOUT": "soon"}, "AWS_READ_TIMEOUT must be a number of seconds, not 'soon'."),
    ],
    ids=["no role", "no table", "no client and no key", "no staff table", "unknown role", "no number"],
)
def test_a_start_without_what_is_needed_fails_with_a_sentence_that_says_what(
    change: dict[str, str], sentence: str
) -> None:
    env = {**os.environ, "PORT": str(free_port()), **change}
    run = subprocess.run(COMMAND, env=env, cwd=ROOT, capture_output=True, text=True, timeout=30, check=False)

    assert run.returncode != 0
    assert sentence in (run.stdout + run.stderr).strip().splitlines()[-1]


def test_importing_the_service_opens_no_connection_and_builds_no_client() -> None:
    run = subprocess.run(
        [sys.executable, "-c", IMPORT_AS_THE_MASTER_DOES],
        env=dict(os.environ),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert run.stdout.splitlines()[-1:] == ["[] None"], run.stdout + run.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_the_master_has_no_connection_and_nothing_was_asked_before_the_first_request(
    serve: Callable[..., Server], dynamodb: Proxy
) -> None:
    server = serve()
    wait_until(lambda: len(workers(server)) == 2, seconds=10, what="two workers")

    assert established(server.child.pid) == []
    assert dynamodb.calls() == []


def established(pid: int) -> list[str]:
    """The inodes of the sockets a process has that are connected to somebody (state 01 of TCP)."""
    rows = [
        line.split() for table in ("tcp", "tcp6") for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()
    ]
    connected = {f"socket:[{row[9]}]" for row in rows if row[3] == "01"}
    inodes = []
    for link in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # closed meanwhile
            inodes.append(str(link.readlink()))
    return [inode for inode in inodes if inode in connected]
