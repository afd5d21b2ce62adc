"""Messages whose end can be read in two ways: the service refuses them, and what hides behind them is never served."""

import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from tests.clients import User
from tests.faults.server import Server, serving

CANARY = "canary-3f9c"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving("todos", WEB_CONCURRENCY="1", THREADS="4") as [server]:
        yield server


@pytest.fixture(scope="module")
def victim() -> User:
    return User.sign_up()


@pytest.fixture(autouse=True)
def nothing_hidden_is_served_or_logged(server: Server, victim: User) -> Iterator[None]:
    """Whatever the test sends."""
    yield
    assert CANARY not in {todo["title"] for todo in victim.api.get("/me/todos").json()["todos"]}
    log = server.child.log.read_text()
    assert [private for private in (CANARY, victim.id_token, victim.sub) if private in log] == []


def exchange(server: Server, message: bytes) -> bytes:
    """All that comes back until the service closes."""
    address = urlsplit(server.url)
    with socket.create_connection((str(address.hostname), address.port or 0), timeout=10) as connection:
        connection.sendall(message)
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(65536), b""))


def hidden(user: User) -> bytes:
    """A whole request that must not be served."""
    body = f'{{"title": "{CANARY}"}}'
    head = f"POST /me/todos HTTP/1.1\r\nHost: a\r\nAuthorization: {user.id_token}\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode()


def post(*headers: bytes, body: bytes = b"") -> bytes:
    return b"\r\n".join([b"POST /me/todos HTTP/1.1", b"Host: a", *headers, b"", b""]) + body


CL = b"Content-Length: %d"
CHUNKED = b"Transfer-Encoding: chunked"
END = b"0\r\n\r\n"
BEHIND_HEADERS = {
    "a length and chunks": [CL % 5, CHUNKED],
    "chunks and a length": [CHUNKED, CL % 5],
    "two lengths": [CL % 0, CL % 5],
    "the same length twice": [CL % 5, CL % 5],
    "two lengths in one": [b"Content-Length: 5, 5"],
    "a length with a sign": [b"Content-Length: +5"],
    "a length below zero": [b"Content-Length: -1"],
    "a hexadecimal length": [b"Content-Length: 0x5"],
    "a length with an underscore": [b"Content-Length: 1_0"],
    "a length in other digits": [b"Content-Length: \xd9\xa5"],
    "a length without digits": [b"Content-Length: "],
    "an unknown coding": [b"Transfer-Encoding: xchunked"],
    "chunked and then another coding": [b"Transfer-Encoding: chunked, gzip"],
    "chunked twice": [CHUNKED, CHUNKED],
    "identity after chunked": [CHUNKED, b"Transfer-Encoding: identity"],
    "a coding with a vertical tab": [b"Transfer-Encoding: \x0bchunked"],
    "a quoted coding": [b'Transfer-Encoding: "chunked"'],
    "a folded header": [b"Transfer-Encoding:", b" chunked"],
    "a folded length": [b"X-A: a", b"\tContent-Length: 5"],
    "a space before the colon": [b"Content-Length : 5"],
    "a name with a space": [b"Content Length: 5"],
    "a name with a NUL": [b"Content-Length\x00: 5"],
    "a line feed in a value": [b"X-A: a\nContent-Length: 5"],
    "a carriage return in a value": [b"X-A: a\rTransfer-Encoding: chunked"],
    "a NUL in a value": [b"X-A: a\x00"],
    "no colon": [b"Content-Length 5"],
    "no name": [b": 5"],
}


@pytest.mark.parametrize("headers", BEHIND_HEADERS.values(), ids=BEHIND_HEADERS)
def test_headers_that_leave_the_end_open_are_refused_and_the_connection_closed(
    server: Server, victim: User, headers: list[bytes]
) -> None:
    answers = exchange(server, post(*headers, body=END + hidden(victim)))
    assert_one_refusal(answers)


CHUNKS = {
    "a size with a sign": b"+0\r\n\r\n",
    "a size below zero": b"-1\r\n\r\n",
    "a size with 0x": b"0x5\r\nhello\r\n0\r\n\r\n",
    "a size with an underscore": b"1_0\r\nhello\r\n0\r\n\r\n",
    "no size": b"\r\nhello\r\n0\r\n\r\n",
    "no number": b"zz\r\n\r\n",
    "more than was announced": b"2\r\nhello\r\n0\r\n\r\n",
    "line feeds alone": b"5\nhello\n0\n\n",
    "a size of its own kind of space": b"5\x0b\r\nhello\r\n0\r\n\r\n",
}


@pytest.mark.parametrize("chunks", CHUNKS.values(), ids=CHUNKS)
def test_chunks_that_can_be_read_in_two_ways_end_the_connection(server: Server, victim: User, chunks: bytes) -> None:
    headers = [CHUNKED, b"Content-Type: application/json", b"Authorization: " + victim.id_token.encode()]
    answers = exchange(server, post(*headers, body=chunks + hidden(victim)))
    assert_one_refusal(answers)


LINES = {
    "a version before 1.0": b"GET /me/todos HTTP/0.9\r\n\r\n",
    "no version": b"GET /" + CANARY.encode() + b"/todos\r\n\r\n",
    "no version, and an apostrophe": b"GET /o'" + CANARY.encode() + b"/todos\r\n\r\n",
    "a space in the target": b"GET /me/todos?search=" + CANARY.encode() + b" b HTTP/1.1\r\nHost: a\r\n\r\n",
    "a method in small letters": b"get /me/todos HTTP/1.1\r\nHost: a\r\n\r\n",
    "a tab between the parts": b"GET\t/me/todos\tHTTP/1.1\r\nHost: a\r\n\r\n",
    "a proxy's greeting": b"PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
    "an HTTP/2 preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
}


@pytest.mark.parametrize("line", LINES.values(), ids=LINES)
def test_a_first_line_that_is_none_is_refused(server: Server, victim: User, line: bytes) -> None:
    assert_one_refusal(exchange(server, line + hidden(victim)))


def test_headers_that_are_too_long_or_too_many_are_refused(server: Server) -> None:
    for headers in ([b"X-A: " + b"a" * 20_000], [b"X-%d: a" % number for number in range(200)]):
        assert_one_refusal(exchange(server, post(*headers)))


def test_what_was_sent_whole_is_served_in_order(server: Server, victim: User) -> None:
    """The same means, used rightly: nothing above is refused for another reason."""
    head = b"GET /me/todos HTTP/1.1\r\nHost: a\r\nAuthorization: " + victim.id_token.encode() + b"\r\n"
    answers = exchange(server, head + b"\r\n" + head + b"Connection: close\r\n\r\n")
    assert answers.count(b"HTTP/1.1 200 OK") == 2
    created = exchange(server, hidden(victim).replace(CANARY.encode(), b"x" * len(CANARY)))
    assert created.startswith(b"HTTP/1.1 201 Created")


def test_a_body_in_chunks_is_not_taken_and_what_follows_it_not_served(server: Server, victim: User) -> None:
    headers = [CHUNKED, b"Content-Type: application/json", b"Authorization: " + victim.id_token.encode()]
    answers = exchange(server, post(*headers, body=b'f\r\n{"title": "ok"}\r\n0\r\n\r\n' + hidden(victim)))
    assert answers.startswith(b"HTTP/1.1 411 Length Required")
    assert b"Say by Content-Length how long the body is; it is not taken in chunks." in answers
    assert_one_refusal(answers)


def assert_one_refusal(answers: bytes) -> None:
    assert answers.count(b"HTTP/1.1 ") <= 1, answers
    if answers:
        status = int(answers.split(b" ", 2)[1])
        assert 400 <= status < 500 or status in (501, 505), answers
        assert b"connection: close" in answers.lower(), answers
    assert b"Traceback" not in answers
