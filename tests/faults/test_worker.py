"""gunicorn's worker reads for its threads: requests in any pieces, and clients that never end. More in tests/load."""

import contextlib
import http.client
import json
import re
import select
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest

from deploy.local.resources import WEBSITE
from deploy.worker import MOST_BODY, RECEIVE_TIMEOUT
from tests.clients import User
from tests.faults.fault import HELD
from tests.faults.proxy import Proxy
from tests.faults.server import Server, held_by, serving, wait_until
from tests.test_edge import SECURITY_HEADERS
from todoproject.api.parsing import MAX_BODY_BYTES
from todoproject.settings import CORS_ALLOW_HEADERS

THREADS = 4
CROWD = 4 * THREADS
# As the service has it, two are left for what is never refused.
SETTINGS = {"WEB_CONCURRENCY": "1", "THREADS": str(THREADS + 2), "MAX_IN_FLIGHT": str(THREADS)}


@pytest.fixture(scope="module")
def server(dynamodb_proxy: Proxy) -> Iterator[Server]:
    with serving("todos", **SETTINGS, **held_by(dynamodb_proxy)) as [one]:
        yield one


@pytest.fixture
def full(server: Server, dynamodb: Proxy, alice: User) -> Iterator[Server]:
    with held(server, dynamodb, alice):
        yield server


@contextlib.contextmanager
def held(server: Server, dynamodb: Proxy, user: User) -> Iterator[Callable[[], None]]:
    """Each of its threads waits for DynamoDB, at the latest until the block ends. One may still have been busy with
    what was before."""

    def list_todos() -> int:
        return server.insist(user.id_token, "GET", "/me/todos").status_code

    with ThreadPoolExecutor(THREADS) as clients:
        dynamodb.inject(HELD, "Query", times=THREADS)
        lists = [clients.submit(list_todos) for _ in range(THREADS)]
        dynamodb.wait_for("Query", count=THREADS)
        try:
            yield dynamodb.release
        finally:
            dynamodb.release()
        assert [each.result(30) for each in lists] == [200] * THREADS


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
        # What of theirs is whole may still be in the threads, but no client keeps one.
        wait_until(
            lambda: server.call(alice.id_token, "GET", "/me/todos").status_code == 200,
            seconds=RECEIVE_TIMEOUT / 2,
            what="a list",
        )


def test_who_waits_to_be_told_to_send_a_body_is_told_once(server: Server, alice: User) -> None:
    head, _, body = create(alice, "Told").partition(b"\r\n\r\n")
    with connected(server) as connection, connection.makefile("rb") as answers:
        for _ in range(2):
            connection.sendall(head + b"\r\nExpect: 100-continue\r\n\r\n")
            assert answers.readline() + answers.readline() == b"HTTP/1.1 100 Continue\r\n\r\n"
            connection.sendall(body[:5])
            connection.sendall(body[5:])
            assert answers.readline() == b"HTTP/1.1 201 Created\r\n"
            fields = http.client.parse_headers(answers)
            assert json.loads(answers.read(int(fields["Content-Length"])))["title"] == "Told"


def test_a_connection_that_is_said_to_be_kept_is_kept_whatever_was_not_read_of_a_body(server: Server) -> None:
    with connected(server) as connection:
        for _ in range(2):
            body = b" " * MAX_BODY_BYTES
            connection.sendall(f"POST /me/todos HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n".encode())
            connection.sendall(body)
            answer = answer_of(connection)
            assert (answer.status, answer.headers["Connection"]) == (401, "keep-alive")
            answer.read()


def test_a_head_without_end_is_refused(server: Server) -> None:
    with connected(server) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\n" + b"X-A: b\r\n" * 10_000)
        assert answer_of(connection).status == 431


def test_half_a_request_and_a_closed_connection_leave_the_worker_as_it_was(server: Server, alice: User) -> None:
    for _ in range(CROWD):
        with connected(server) as connection:
            connection.sendall(create(alice, "Never whole")[:-1])
    assert server.call(alice.id_token, "GET", "/me/todos").json()["todos"] == []


def test_who_comes_when_all_threads_work_waits_for_one_unless_half_as_many_do(
    dynamodb_proxy: Proxy, dynamodb: Proxy, alice: User
) -> None:
    with (
        serving("todos", application="tests.faults.patient", **SETTINGS, **held_by(dynamodb_proxy)) as [patient],
        held(patient, dynamodb, alice) as release,
        contextlib.ExitStack() as stack,
    ):
        crowd = [stack.enter_context(connected(patient)) for _ in range(THREADS // 2 + 1)]
        for number, connection in enumerate(crowd):
            connection.sendall(create(alice, f"Number {number}"))
        [refused], _, _ = select.select(crowd, [], [], 20)
        assert answer_of(refused).status == 503
        release()
        assert [answer_of(connection).status for connection in crowd if connection is not refused] == [201, 201]


def test_a_request_too_many_is_503_and_its_connection_goes_on(full: Server, alice: User) -> None:
    with connected(full) as connection:
        for _ in range(3):
            connection.sendall(create(alice, "Too many"))
            answer = answer_of(connection)
            assert (answer.status, answer.headers["Retry-After"]) == (503, "1")
            assert answer.headers["Content-Type"] == "application/problem+json"
            assert json.loads(answer.read()) == {
                "type": "urn:problem-type:overloaded",
                "title": "Service Unavailable",
                "status": 503,
                "detail": "The service is busy. Try again in a moment.",
                "requestId": answer.headers["X-Request-ID"],
            }


@pytest.mark.parametrize(
    ("origin", "allowed"), [(WEBSITE, WEBSITE), ("http://evil.example", None), ("", None), (f"{WEBSITE}.evil", None)]
)
def test_only_a_page_of_the_website_can_read_that_it_was_refused(
    full: Server, origin: str, allowed: str | None
) -> None:
    asked = full.call("", "OPTIONS", "/me/todos", Origin=origin, Access_Control_Request_Method="GET")
    refused = full.call("", "GET", "/me/todos", Origin=origin)
    assert (asked.status_code, refused.status_code) == (200 if allowed else 503, 503)
    assert asked.headers.get("Access-Control-Allow-Headers") == (allowed and ", ".join(CORS_ALLOW_HEADERS))
    for answer in (asked, refused):
        assert answer.headers.get("Access-Control-Allow-Origin") == allowed
        assert "Retry-After" in answer.headers.get("Access-Control-Expose-Headers", "") or not allowed
        assert answer.headers["Vary"] == "origin"


def test_what_only_looks_like_a_preflight_is_refused_as_well(full: Server) -> None:
    assert full.call("", "OPTIONS", "/admin/login/", Origin=WEBSITE).status_code == 503
    assert full.call("", "OPTIONS", "/healthz", Access_Control_Request_Method="GET").status_code == 503


def test_a_refusal_carries_the_security_headers_and_the_gateway_s_request_id(full: Server) -> None:
    refused = full.call("", "GET", "/me/todos", X_Client_Proto="https", X_Request_Id="JKJaXmPLvHcESHA=")
    assert {name: refused.headers.get(name) for name in SECURITY_HEADERS} == SECURITY_HEADERS
    assert refused.headers["X-Request-ID"] == refused.json()["requestId"] == "JKJaXmPLvHcESHA="
    forged = full.call("", "GET", "/me/todos", X_Request_Id='a"b')
    assert "Strict-Transport-Security" not in forged.headers
    assert forged.headers["X-Request-ID"] == forged.json()["requestId"]
    assert re.fullmatch("[0-9a-f-]{36}", forged.headers["X-Request-ID"])


def test_where_requests_wait_for_the_processor_fewer_are_taken_at_once_than_there_are_threads() -> None:
    """More than those and who may wait are 503, though a thread would be free; who is taken then is served, and so is
    who comes alone."""
    clients = 6 * THREADS
    settings = {"WEB_CONCURRENCY": "1", "THREADS": str(clients), "MAX_IN_FLIGHT": str(clients)}
    with (
        serving("todos", application="tests.faults.computing", **settings) as [busy],
        ThreadPoolExecutor(clients) as pool,
    ):
        statuses = set(pool.map(lambda _: busy.call("", "GET", "/me/todos").status_code, range(20 * clients)))
        assert statuses == {200, 503}
        # A thread may not have got round yet to saying that it has answered.
        assert busy.insist("", "GET", "/me/todos").status_code == 200


@pytest.mark.parametrize(
    "lengths",
    [
        "Transfer-Encoding: chunked",
        "Content-Length: 0\r\nTransfer-Encoding: chunked",
        "Content-Length: 0\r\nContent-Length: 40",
        "Content-Length : 40",
        "Content-Length: 0, 40",
        "X: y\nContent-Length: 40",
        "Content-Length: 0\r\n\t40",
    ],
)
def test_nothing_that_may_be_the_body_of_a_refused_request_is_taken_for_another(full: Server, lengths: str) -> None:
    with connected(full) as connection:
        connection.sendall(f"POST /me/todos HTTP/1.1\r\nHost: x\r\n{lengths}\r\n\r\n".encode())
        with contextlib.suppress(OSError):  # closed already
            connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        answers = connection.makefile("rb").read()
    assert answers.count(b"HTTP/1.1 ") == 1
    assert answers.startswith(b"HTTP/1.1 503 ")
    assert b"\r\nConnection: close\r\n" in answers


@pytest.mark.parametrize(
    "head",
    [
        "HEAD /me/todos HTTP/1.1\r\nHost: x",
        "\r\nHEAD /me/todos HTTP/1.1\r\nHost: x",
        "GET /me/todos HTTP/1.0",
        "GET /me/todos HTTP/1.1\r\nHost: x\r\nConnection: close",
    ],
    ids=["no body of an answer", "an empty line before", "an old client", "a last request"],
)
def test_a_refused_request_whose_answer_may_end_elsewhere_is_its_connections_last(full: Server, head: str) -> None:
    """The answer to HEAD has no body: one that is sent would be taken for the start of the next answer."""
    with connected(full) as connection:
        connection.sendall(f"{head}\r\n\r\n".encode())
        answers = connection.makefile("rb").read()
    assert answers.startswith(b"HTTP/1.1 503 ")
    assert b"\r\nConnection: close\r\n" in answers
