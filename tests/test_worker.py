"""gunicorn's worker reads for its threads: requests in any pieces, and clients that never end. More in tests/load."""

import contextlib
import http.client
import json
import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from deploy.worker import MOST_BODY
from tests.clients import User
from tests.faults.server import Server, serving
from todoproject.api.parsing import MAX_BODY_BYTES

THREADS = 4
CROWD = 4 * THREADS


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving("todos", WEB_CONCURRENCY="1", THREADS=str(THREADS)) as [one]:
        yield one


@contextlib.contextmanager
def connected(server: Server) -> Iterator[socket.socket]:
    address = urlsplit(server.url)
    with socket.create_connection((address.hostname, address.port), timeout=10) as connection:
        yield connection


def create(user: User, title: str) -> bytes:
    body = json.dumps({"title": title}).encode()
    head = f"POST /me/todos HTTP/1.1\r\nHost: x\r\nAuthorization: {user.id_token}\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


def answer_of(connection: socket.socket) -> http.client.HTTPResponse:
    answer = http.client.HTTPResponse(connection)
    answer.begin()
    return answer


def test_it_reads_as_much_of_a_body_as_the_application_needs_to_refuse_it() -> None:
    assert MOST_BODY == MAX_BODY_BYTES + 1


def title_of(answer: http.client.HTTPResponse) -> str:
    assert answer.status == 201
    title: str = json.loads(answer.read())["title"]
    return title


def test_a_request_in_pieces_and_two_in_one_piece_are_answered_in_order(server: Server, alice: User) -> None:
    with connected(server) as connection:
        raw = create(alice, "In pieces")
        for number in range(0, len(raw), 300):
            connection.sendall(raw[number : number + 300])
        assert title_of(answer_of(connection)) == "In pieces"

        connection.sendall(create(alice, "Second") + create(alice, "Third")[:100])
        assert title_of(answer_of(connection)) == "Second"
        connection.sendall(create(alice, "Third")[100:])
        assert title_of(answer_of(connection)) == "Third"


@pytest.mark.parametrize(
    "start",
    [
        b"",
        b"GET /healthz HTTP/1.1\r\nHost: ",
        b"POST /me/todos HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{",
        b"POST /me/todos HTTP/1.1\r\nHost: x\r\nContent-Length: 9999999\r\n\r\n{",
        b"POST /me/todos HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        b"nonsense\r\n\r\n",
    ],
    ids=["nothing", "half a head", "half a body", "a body too large", "no chunk", "a last request", "nonsense"],
)
def test_somebody_is_served_while_more_clients_than_threads_have_sent(
    server: Server, alice: User, start: bytes
) -> None:
    with contextlib.ExitStack() as stack:
        for _ in range(CROWD):
            stack.enter_context(connected(server)).sendall(start)
        assert server.call("", "GET", "/healthz").status_code == 200
        assert server.call(alice.id_token, "GET", "/me/todos").status_code == 200


def test_a_head_without_end_is_refused(server: Server) -> None:
    with connected(server) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\n" + b"X-A: b\r\n" * 10_000)
        assert answer_of(connection).status == 431


def test_half_a_request_and_a_closed_connection_leave_the_worker_as_it_was(server: Server, alice: User) -> None:
    for _ in range(CROWD):
        with connected(server) as connection:
            connection.sendall(create(alice, "Never whole")[:-1])
    assert server.call(alice.id_token, "GET", "/me/todos").json()["todos"] == []
