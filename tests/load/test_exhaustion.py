"""A disk that is full and file descriptors that run out, for a while: clear answers, and all is well afterwards, with
the same processes.

The limits are set on the running processes; RLIMIT_FSIZE refuses every write to a file, as a full disk does. The disk
that is really full is a small one, which only the service's own mount namespace has.
"""

import asyncio
import contextlib
import itertools
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from tests.clients import User
from tests.faults import stored
from tests.faults.proxy import Proxy
from tests.faults.server import Server, serving, wait_until
from tests.load.generator import Answer, Connections, Request
from tests.load.limits import ANY_RATE
from tests.load.processes import workers

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="sets limits of running processes")

# Those that are open stay open; a new one would have to have one of these three numbers.
NO_MORE_DESCRIPTORS = 3


@pytest.fixture
def server(dynamodb: Proxy) -> Iterator[Server]:
    """With two workers that have answered before."""
    with serving("todos", **ANY_RATE, AWS_ENDPOINT_URL_DYNAMODB=dynamodb.url) as [one]:
        wait_until(lambda: len(workers(one)) == 2, seconds=10, what="two workers")
        yield one


IN_A_NAMESPACE = ("unshare", "--user", "--map-root-user", "--mount")
WITH_A_DISK = 'mount -t tmpfs -o size=256k none "$0" && exec "$@" >"$0/log" 2>&1'


@contextlib.contextmanager
def filled(disk: Path) -> Iterator[None]:
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file, pytest.raises(OSError, match="No space left on device"):
        file.writelines(itertools.repeat(bytes(4096)))
    yield
    filler.unlink()


@contextlib.contextmanager
def limited(limit: int, to: dict[int, int]) -> Iterator[None]:
    """Lower a limit of some processes, and give them back what they had."""
    before = {pid: resource.prlimit(pid, limit) for pid in to}
    for pid, most in to.items():
        resource.prlimit(pid, limit, (most, before[pid][1]))
    try:
        yield
    finally:
        for pid, limits in before.items():
            resource.prlimit(pid, limit, limits)


def lines(server: Server) -> list[str]:
    return server.child.log.read_text().splitlines()


def assert_it_serves_without_room_for_its_log(
    server: Server, alice: User, log: Path, no_room: AbstractContextManager[None]
) -> None:
    processes = [server.child.pid, *workers(server)]
    assert server.call(alice.id_token, "POST", "/me/todos", {"title": "Before"}).status_code == 201

    with no_room:
        for number in range(50):
            answer = server.call(alice.id_token, "POST", "/me/todos", {"title": f"Meanwhile {number}"})
            assert answer.status_code == 201
        assert server.call("", "GET", "/healthz").status_code == 200
        assert answer.headers["X-Request-ID"] not in log.read_text()

    after = server.call(alice.id_token, "POST", "/me/todos", {"title": "After"})
    wait_until(lambda: after.headers["X-Request-ID"] in log.read_text(), seconds=5, what="its line")
    assert len(stored.todos(alice)) == 52
    assert [server.child.pid, *workers(server)] == processes


def create(title: str, user: User) -> Request:
    return Request("POST", "/me/todos", user.id_token, {"title": title})


def test_without_room_for_its_log_the_service_serves_and_logs_again_when_there_is_room(
    server: Server, alice: User
) -> None:
    no_room = limited(resource.RLIMIT_FSIZE, dict.fromkeys([server.child.pid, *workers(server)], 0))
    assert_it_serves_without_room_for_its_log(server, alice, server.child.log, no_room)


def test_with_a_full_disk_the_service_serves_and_logs_again_when_there_is_room(alice: User, tmp_path: Path) -> None:
    tried = subprocess.run(
        [*IN_A_NAMESPACE, "sh", "-c", WITH_A_DISK, tmp_path, "true"], capture_output=True, text=True, check=False
    )
    if tried.returncode:
        pytest.skip(f"The kernel gives no mount namespace: {tried.stderr.strip()}")
    with serving("todos", **ANY_RATE, within=[*IN_A_NAMESPACE, "sh", "-c", WITH_A_DISK, str(tmp_path)]) as [server]:
        wait_until(lambda: len(workers(server)) == 2, seconds=10, what="two workers")
        disk = Path(f"/proc/{server.child.pid}/root{tmp_path}")
        assert_it_serves_without_room_for_its_log(server, alice, disk / "log", filled(disk))


def test_without_descriptors_for_connections_new_ones_wait_the_log_says_why_and_nothing_is_lost(
    server: Server, alice: User
) -> None:
    processes = workers(server)

    async def run() -> tuple[list[Answer], list[Answer]]:
        kept = [Connections(server.url) for _ in range(6)]
        for connections in kept:
            assert (await connections.ask(create("Before", alice))).status == 201
        with limited(resource.RLIMIT_NOFILE, dict.fromkeys(processes, NO_MORE_DESCRIPTORS)):
            fresh = [Connections(server.url) for _ in range(4)]
            new = [asyncio.create_task(connections.ask(create("New", alice))) for connections in fresh]
            await asyncio.to_thread(
                wait_until, lambda: "Too many open files" in server.child.log.read_text(), seconds=10, what="the cause"
            )
            answers = [await connections.ask(create("Kept", alice)) for connections in kept]
            assert not any(task.done() for task in new)
        waited = await asyncio.gather(*new)
        for connections in (*kept, *fresh):
            await connections.close()
        return answers, waited

    answers, waited = asyncio.run(run())
    assert {answer.status for answer in answers} == {201}
    assert {answer.status for answer in waited} == {201}
    [line, *_] = [line for line in lines(server) if "Too many open files" in line]
    assert '"message": "no more connections"' in line
    assert len(stored.todos(alice)) == 6 + 6 + 4
    assert workers(server) == processes


def test_without_descriptors_for_calls_of_dynamodb_the_answer_is_503_and_the_log_says_why(
    server: Server, dynamodb: Proxy, alice: User
) -> None:
    processes = workers(server)

    async def run() -> tuple[Answer, Answer]:
        connections = Connections(server.url)
        assert (await connections.ask(create("Before", alice))).status == 201
        # Its connection to DynamoDB is gone, so that it needs another.
        await asyncio.to_thread(dynamodb.refuse)
        await asyncio.to_thread(dynamodb.accept)
        with limited(resource.RLIMIT_NOFILE, dict.fromkeys(processes, NO_MORE_DESCRIPTORS)):
            without = await connections.ask(create("Without", alice))
        after = await connections.ask(create("After", alice))
        await connections.close()
        return without, after

    without, after = asyncio.run(run())
    assert (without.status, without.headers["content-type"]) == (503, "application/problem+json")
    assert int(without.headers["retry-after"]) > 0
    assert after.status == 201
    said = [line for line in lines(server) if without.headers["x-request-id"] in line]
    assert len(said) == 1
    assert "EndpointConnectionError: EMFILE" in said[0]
    assert sorted(item["title"] for item in stored.todos(alice)) == ["After", "Before"]
    assert workers(server) == processes
