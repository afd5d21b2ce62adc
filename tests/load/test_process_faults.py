"""Processes that end, by request or by force, while there is work: who is served elsewhere notices nothing."""

import asyncio
import itertools
import os
import signal
import time
import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from deploy.local import dynamodb as dynamodb_local
from deploy.local.children import Child, free_port, wait_for_http
from tests.clients import User
from tests.faults import stored
from tests.faults.fault import delayed
from tests.faults.proxy import Proxy
from tests.faults.server import Server, serving, wait_until
from tests.load.figures import report
from tests.load.generator import Answer, Connections, Load, Request, load
from tests.load.limits import ANY_RATE
from tests.load.processes import workers
from tests.maintenance.commands import finish, start

RATE = 40
PERMITS = 14


@pytest.fixture
def serve(dynamodb: Proxy) -> Iterator[list[Server]]:
    with serving("todos", "todos", **ANY_RATE, AWS_ENDPOINT_URL_DYNAMODB=dynamodb.url) as servers:
        yield servers


class Balancer:
    """Sends each request to the next of its targets. One that is deregistered gets no new ones; ECS asks the task to
    end when the deregistration delay is over."""

    def __init__(self, servers: list[Server]) -> None:
        self._targets = {server.url: Connections(server.url) for server in servers}
        self._turn = itertools.count()
        self._all = list(self._targets.values())

    def deregister(self, server: Server) -> None:
        del self._targets[server.url]

    async def ask(self, request: Request, due: float | None = None) -> Answer:
        targets = list(self._targets.values())
        return await targets[next(self._turn) % len(targets)].ask(request, due)

    async def close(self) -> None:
        for connections in self._all:
            await connections.close()


def creates(user: User) -> Iterator[Request]:
    while True:
        yield Request("POST", "/me/todos", user.id_token, {"title": uuid.uuid4().hex})


def assert_written_once(user: User, done: Load) -> None:
    """Whatever was acknowledged; what was not answered may be there or not."""
    there = Counter(item["title"] for item in stored.todos(user))
    assert [title for title in _titles(done.of(201)) if there[title] != 1] == []
    assert set(there) <= set(_titles(done.answers))


def _titles(answers: Sequence[Answer]) -> list[str]:
    return [str(answer.request.body["title"]) for answer in answers if answer.request.body]


def ended(server: Server) -> bool:
    return server.child.exit_code is not None


@pytest.mark.parametrize("delay", [1, 0], ids=["after the deregistration delay", "with requests still in progress"])
def test_a_target_that_was_deregistered_ends_and_no_request_fails(
    serve: list[Server], dynamodb: Proxy, alice: User, delay: float
) -> None:
    leaving, _ = serve
    dynamodb.inject(delayed(0.5))

    async def run() -> Load:
        balancer = Balancer(serve)
        working = asyncio.create_task(load(balancer, creates(alice), rate=RATE / 4, seconds=6))
        await asyncio.sleep(2)
        balancer.deregister(leaving)
        await asyncio.sleep(delay)
        leaving.terminate()
        done = await working
        await balancer.close()
        return done

    done = asyncio.run(run())
    assert [answer for answer in done.answers if answer.status != 201] == []
    assert_written_once(alice, done)
    wait_until(lambda: ended(leaving), seconds=10, what="the end of the target")
    assert leaving.child.exit_code == 0
    report("SIGTERM", [(f"requests, failed, {delay} s after deregistration", f"{len(done.answers)}, 0")])


def test_a_request_on_a_kept_connection_is_answered_although_the_target_has_begun_to_end(
    serve: list[Server], alice: User
) -> None:
    leaving, _ = serve

    async def run() -> list[Answer]:
        kept = [Connections(leaving.url) for _ in range(10)]
        for connections in kept:
            assert (await connections.ask(Request("GET", "/healthz"))).status == 200
        leaving.terminate()
        await asyncio.to_thread(
            wait_until, lambda: "Handling signal: term" in leaving.child.log.read_text(), seconds=10, what="SIGTERM"
        )
        requests = [Request("POST", "/me/todos", alice.id_token, {"title": f"{number}"}) for number in range(len(kept))]
        answers = await asyncio.gather(
            *(connections.ask(request) for connections, request in zip(kept, requests, strict=True))
        )
        for connections in kept:
            await connections.close()
        return answers

    answers = asyncio.run(run())
    assert [answer for answer in answers if answer.status != 201] == []
    assert sorted(item["title"] for item in stored.todos(alice)) == sorted(str(number) for number in range(10))
    wait_until(lambda: ended(leaving), seconds=10, what="the end of the target")


def test_a_worker_that_is_killed_takes_no_more_than_what_it_had_in_progress(
    serve: list[Server], dynamodb: Proxy, alice: User
) -> None:
    server, _ = serve
    dynamodb.inject(delayed(0.2))
    wait_until(lambda: len(workers(server)) == 2, seconds=10, what="two workers")
    killed, _ = workers(server)
    at = 0.0

    async def run() -> Load:
        nonlocal at
        connections = Connections(server.url)
        working = asyncio.create_task(load(connections, creates(alice), rate=RATE, seconds=8))
        await asyncio.sleep(3)
        at = time.monotonic()
        os.kill(killed, signal.SIGKILL)
        done = await working
        await connections.close()
        return done

    done = asyncio.run(run())
    failed = done.of(0)
    assert set(done.statuses) <= {0, 201, 503}
    assert len(failed) <= PERMITS, done.statuses
    assert all(answer.ended - at < 0.5 for answer in failed), [answer.error for answer in failed]
    assert_written_once(alice, done)
    wait_until(lambda: len(workers(server)) == 2, seconds=10, what="another worker")
    assert killed not in workers(server)
    report(
        "SIGKILL of a worker",
        [
            (
                "requests, without an answer, of those in progress at most",
                f"{len(done.answers)}, {len(failed)}, {PERMITS}",
            )
        ],
    )


@pytest.fixture
def database(tmp_path: Path) -> Iterator["Database"]:
    found = Database(tmp_path)
    yield found
    found.stop()


class Database:
    """A DynamoDB Local of its own, which keeps what it has when it is stopped."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._port = folder, free_port()
        self.env = {**os.environ, "AWS_ENDPOINT_URL_DYNAMODB": f"http://localhost:{self._port}"}
        self.start()
        assert finish(start("create_tables", "--apply", **self.env)).code == 0

    def start(self) -> None:
        how = dynamodb_local.find(self._port)
        if how.notice:
            pytest.skip(how.notice)
        (self._folder / "data").mkdir(exist_ok=True)
        place = how.command.index("-inMemory")
        command = [*how.command[:place], "-dbPath", str(self._folder / "data"), *how.command[place + 1 :]]
        self._child = Child("DynamoDB", command, log=self._folder / "dynamodb.log", cwd=how.cwd)
        wait_for_http(self.env["AWS_ENDPOINT_URL_DYNAMODB"], self._child, any_status=True)

    def stop(self) -> None:
        self._child.stop(5)


def test_the_database_is_restarted_and_the_service_is_not(database: Database, alice: User) -> None:
    endpoint = database.env["AWS_ENDPOINT_URL_DYNAMODB"]
    with serving("todos", **ANY_RATE, AWS_ENDPOINT_URL_DYNAMODB=endpoint) as [server]:
        wait_until(lambda: len(workers(server)) == 2, seconds=10, what="two workers")
        before = workers(server)
        back = 0.0

        async def run() -> tuple[Load, Answer]:
            nonlocal back
            connections = Connections(server.url)
            working = asyncio.create_task(load(connections, creates(alice), rate=12, seconds=16))
            await asyncio.sleep(3)
            await asyncio.to_thread(database.stop)
            await asyncio.sleep(1)
            await asyncio.to_thread(database.start)
            back = time.monotonic()
            done = await working
            listed = await connections.ask(Request("GET", "/me/todos?limit=200", alice.id_token))
            await connections.close()
            return done, listed

        done, listed = asyncio.run(run())
        assert workers(server) == before
    assert set(done.statuses) == {201, 503}
    assert [answer for answer in done.of(503) if int(answer.headers["retry-after"]) < 1] == []
    healed = max(answer.ended for answer in done.of(503)) - back
    assert healed < 15
    there = Counter(todo["title"] for todo in listed.json()["todos"])
    assert [title for title in _titles(done.of(201)) if there[title] != 1] == []
    report(
        "restart of DynamoDB Local",
        [
            ("requests, 503, acknowledged", f"{len(done.answers)}, {len(done.of(503))}, {len(done.of(201))}"),
            ("last 503 after it was back", f"{max(0.0, healed):.1f} s"),
        ],
    )
