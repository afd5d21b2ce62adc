"""Clients that send or read slowly, say nothing, or do not close: more of them than there are threads, and somebody
else is served in time all the while.

On AWS most of this never arrives: the load balancer takes connections from clients and passes a request on when its
headers are whole; API Gateway passes it on when its body is whole, and takes answers whole. What comes by the load
balancer that faces the internet (a parameter of the stack), or from inside the network, meets the worker itself.
"""

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest

from deploy.worker import MOST_BODY, RECEIVE_TIMEOUT
from tests.clients import User
from tests.faults.server import Server, serving
from tests.load.figures import milliseconds, report
from tests.load.generator import Connections, Request, read_answer
from tests.load.limits import ANY_RATE
from tests.load.processes import MIB, memory, workers

# Threads of both workers: 32.
CROWD = 150
# Each of their answers is long, and takes a thread a tenth of a second.
READERS = 40
# Bytes that all processes of a container may have together: it has 512 MiB.
MOST_MEMORY = 400 * MIB
# Seconds. Half of what a health check waits, and a tenth of how long a slow client may take.
IN_TIME = 2.5


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving("todos", **ANY_RATE) as [one]:
        yield one


@pytest.fixture
def reader() -> User:
    """Whose list is 4 MB, four of the longest answers that there are of letters."""
    user = User.sign_up()
    for number in range(120):
        todo = {"title": f"{number}", "description": "d" * 16_000, "notes": "n" * 16_000}
        assert user.api.post("/me/todos", todo).status_code == 201
    return user


@dataclass
class Client:
    server: Server
    user: User
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, raw: bytes) -> None:
        self.writer.write(raw)
        await self.writer.drain()


Behaviour = Callable[[Client], Coroutine[None, None, None]]


async def sends_headers_slowly(client: Client) -> None:
    await client.send(b"GET /me/todos HTTP/1.1\r\nHost: x\r\n")
    while True:
        await client.send(b"X-A: b\r\n")
        await asyncio.sleep(1)


async def sends_a_body_slowly(client: Client) -> None:
    request = Request("POST", "/me/todos", client.user.id_token, {"title": "x" * 400})
    await client.send(request.raw[:-400])
    while True:
        await client.send(b"x")
        await asyncio.sleep(1)


async def announces_a_body_that_is_too_large(client: Client) -> None:
    head = f"POST /me/todos HTTP/1.1\r\nHost: x\r\nContent-Length: {MOST_BODY * 10}\r\n\r\n"
    await client.send(head.encode())
    await asyncio.sleep(3600)


async def announces_chunks_and_sends_none(client: Client) -> None:
    head = f"POST /me/todos HTTP/1.1\r\nHost: x\r\nAuthorization: {client.user.id_token}\r\n"
    await client.send(f"{head}Transfer-Encoding: chunked\r\n\r\n".encode())
    await asyncio.sleep(3600)


async def says_nothing(client: Client) -> None:
    await asyncio.sleep(3600)


async def is_answered_and_keeps_its_connection(client: Client) -> None:
    await client.send(Request("GET", "/healthz").raw)
    assert (await read_answer(client.reader, "GET"))[0] == 200
    await asyncio.sleep(3600)


async def asks_to_close_and_does_not(client: Client) -> None:
    await client.send(Request("GET", "/healthz", headers={"Connection": "close"}).raw)
    assert (await read_answer(client.reader, "GET"))[0] == 200
    await asyncio.sleep(3600)


async def sends_nonsense_and_does_not_close(client: Client) -> None:
    await client.send(b"\r\n\r\n\x00\xff nonsense")
    await asyncio.sleep(3600)


async def closes_its_half(client: Client) -> None:
    """And is answered all the same: the request was whole."""
    await client.send(Request("GET", "/healthz").raw)
    client.writer.write_eof()
    assert (await read_answer(client.reader, "GET"))[0] == 200
    await asyncio.sleep(3600)


CROWDS = (
    sends_headers_slowly,
    sends_a_body_slowly,
    announces_a_body_that_is_too_large,
    announces_chunks_and_sends_none,
    says_nothing,
    is_answered_and_keeps_its_connection,
    asks_to_close_and_does_not,
    sends_nonsense_and_does_not_close,
    closes_its_half,
)


@asynccontextmanager
async def crowd(
    server: Server, user: User, behaviour: Behaviour, count: int
) -> AsyncIterator[list[asyncio.Task[None]]]:
    """So many clients that behave like this; what one of them asserts is raised in the end."""
    address = urlsplit(server.url)

    async def behave() -> None:
        reader, writer = await asyncio.open_connection(address.hostname, address.port, limit=4096)
        try:
            await behaviour(Client(server, user, reader, writer))
        except OSError:
            pass  # the server has had enough of it
        finally:
            writer.transport.abort()

    clients = [asyncio.create_task(behave()) for _ in range(count)]
    try:
        yield clients
    finally:
        for client in clients:
            client.cancel()
        ends = await asyncio.gather(*clients, return_exceptions=True)
        assert not [end for end in ends if isinstance(end, AssertionError | EOFError)], ends


async def served_meanwhile(server: Server, user: User) -> float:
    """Somebody else's work, on new and on kept connections; the longest that any of it took."""
    kept, seconds = Connections(server.url), []
    for number in range(10):
        new = Connections(server.url)
        for connections in (kept, new):
            for request, status in (
                (Request("POST", "/me/todos", user.id_token, {"title": f"Milk {number}"}), 201),
                (Request("GET", "/me/todos", user.id_token), 200),
                (Request("GET", "/healthz"), 200),
            ):
                answer = await connections.ask(request)
                assert answer.status == status, answer
                seconds.append(answer.seconds)
        await new.close()
    await kept.close()
    return max(seconds)


def assert_in_time(behaviour: str, count: int, slowest: float) -> None:
    report("slow clients", [(f"{count} clients, each {behaviour}", f"others served within {milliseconds(slowest)}")])
    assert slowest < IN_TIME


@pytest.mark.parametrize("behaviour", CROWDS, ids=lambda behaviour: behaviour.__name__)
def test_others_are_served_in_time_while_each_of_a_crowd(
    server: Server, alice: User, bob: User, behaviour: Behaviour
) -> None:
    async def run() -> float:
        async with crowd(server, alice, behaviour, CROWD):
            await asyncio.sleep(1)  # they are all there, and have begun
            return await served_meanwhile(server, bob)

    assert_in_time(behaviour.__name__.replace("_", " "), CROWD, asyncio.run(run()))


def test_others_are_served_in_time_while_nobody_of_a_crowd_reads_a_long_answer(
    server: Server, reader: User, bob: User
) -> None:
    async def run() -> float:
        one_by_one, begun = asyncio.Semaphore(2), []

        async def reads_nothing(client: Client) -> None:
            client.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            async with one_by_one:
                await client.send(Request("GET", "/me/todos?limit=200", client.user.id_token).raw)
                head = await client.reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200 ")
            begun.append(client)
            await asyncio.sleep(3600)

        async with crowd(server, reader, reads_nothing, READERS) as clients:
            while len(begun) < READERS and not any(client.done() for client in clients):
                await asyncio.sleep(0.05)
            return await served_meanwhile(server, bob)

    assert_in_time("reads nothing of a long answer", READERS, asyncio.run(run()))


def test_a_crowd_that_asks_for_long_answers_at_once_and_reads_none_leaves_room_in_the_container(
    server: Server, reader: User
) -> None:
    async def run() -> tuple[int, int]:
        begun: list[Client] = []

        async def insists(client: Client) -> None:
            client.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            while True:
                await client.send(Request("GET", "/me/todos?limit=200", client.user.id_token).raw)
                head = await client.reader.readuntil(b"\r\n\r\n")
                if head.startswith(b"HTTP/1.1 200 "):
                    break
                assert head.startswith(b"HTTP/1.1 503 ")
                await client.reader.readuntil(b"}")
                await asyncio.sleep(0.2)
            begun.append(client)
            await asyncio.sleep(3600)

        peak = 0
        async with crowd(server, reader, insists, READERS) as clients:
            while len(begun) < READERS and not any(client.done() for client in clients):
                peak = max(peak, sum(memory(pid) for pid in (server.child.pid, *workers(server))))
                await asyncio.sleep(0.02)
        return peak, len(begun)

    peak, answered = asyncio.run(run())
    report("slow clients", [(f"most memory while {READERS} ask for a long answer at once", f"{peak / MIB:.0f} MiB")])
    assert answered == READERS
    assert peak < MOST_MEMORY


def test_who_is_too_slow_is_told_so(server: Server) -> None:
    async def run() -> tuple[int, float]:
        address = urlsplit(server.url)
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        writer.write(b"GET /healthz HTTP/1.1\r\nHost: ")
        began = time.monotonic()
        status, _, _ = await read_answer(reader, "GET")
        writer.close()
        return status, time.monotonic() - began

    status, seconds = asyncio.run(run())
    assert (status, RECEIVE_TIMEOUT <= seconds < RECEIVE_TIMEOUT + 3) == (408, True)


def test_a_request_that_comes_in_pieces_is_answered_as_one_that_comes_at_once(server: Server, alice: User) -> None:
    """And so are two that come in one piece."""

    async def run() -> None:
        address = urlsplit(server.url)
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        raw = Request("POST", "/me/todos", alice.id_token, {"title": "In pieces"}).raw
        for number in range(0, len(raw), 100):
            writer.write(raw[number : number + 100])
            await asyncio.sleep(0.01)
        assert (await read_answer(reader, "POST"))[0] == 201
        writer.write(raw + Request("GET", "/me/todos", alice.id_token).raw)
        assert (await read_answer(reader, "POST"))[0] == 201
        assert (await read_answer(reader, "GET"))[2].count(b"In pieces") == 2
        writer.close()

    asyncio.run(run())


def test_an_answer_that_is_read_slowly_arrives_whole(server: Server, reader: User) -> None:
    async def run() -> bytes:
        address = urlsplit(server.url)
        stream, writer = await asyncio.open_connection(address.hostname, address.port, limit=4096)
        writer.write(Request("GET", "/me/todos?limit=200", reader.id_token).raw)
        await asyncio.sleep(2)
        _, _, body = await read_answer(stream, "GET")
        writer.close()
        return body

    body = asyncio.run(run())
    assert len(body) > 1_000_000
    assert body.endswith(b"}")
