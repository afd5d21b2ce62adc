"""DynamoDB's calls over plain sockets. What urllib3 and http.client would cost: tests/bench.

Put in by botocore's public event `before-send`, whose handler may answer a call itself. It speaks what DynamoDB speaks,
a POST and an answer whose length is known. Signing, retries and all else stay botocore's, and errors are those that its
own transport raises. Nothing is sent twice here: repeating is for botocore, which counts.
"""

import logging
import re
import select
import socket
import ssl
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from botocore import exceptions
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.httpsession import get_cert_path

logger = logging.getLogger(__name__)

_STATUS_LINE = re.compile(r"HTTP/1\.1 ([2-5][0-9]{2})(?: .*)?")
_LENGTH = re.compile(r"[0-9]{1,9}")
_CHUNK_SIZE = re.compile(rb"[0-9A-Fa-f]{1,7}")
_MAX_HEAD_BYTES = _PIECE_BYTES = 64 * 1024
# Read timeouts in which an answer has to be whole. More than one: it may be long.
_WHOLE_ANSWER = 2


class _Unusual(OSError):
    """An answer that HTTP allows and DynamoDB does not give."""


@dataclass(frozen=True)
class _Place:
    """Where a URL leads. `name` is the host as botocore signs it: without the port that goes without saying."""

    host: str
    port: int
    tls: bool
    name: str


class Transport:
    """Keeps connections open: as many as there are calls at once. Timeouts in seconds, each for one step of a call; all
    of an answer may take twice as long as its first byte.

    `ca_bundle` is a file of certificates; None means those that botocore would take.
    """

    def __init__(self, *, connect_timeout: float, read_timeout: float, ca_bundle: str | None = None) -> None:
        self._idle: defaultdict[_Place, list[socket.socket]] = defaultdict(list)
        self._connect_timeout = connect_timeout
        self._read_timeout = read_timeout
        self._tls = ssl.create_default_context(cafile=ca_bundle or get_cert_path(True))
        self._understands = True

    def send(self, request: AWSPreparedRequest, **rest: Any) -> AWSResponse | None:
        """botocore's handler of `before-send`; None leaves the call to botocore's own transport.

        So do all calls after an answer that is not understood, the repetition of that very call among them.
        """
        if not self._understands:
            return None
        place = _place(request.url)
        message = _message(request, place)
        connection = self._usable(place) or self._connect(request, place)
        try:
            connection.sendall(message)
            ends_at = time.monotonic() + _WHOLE_ANSWER * self._read_timeout
            answer, keeps_open = _read_answer(request, connection, ends_at)
        except _Unusual as exc:
            self._understands = False
            logger.warning("DynamoDB answers in another way; botocore's own transport takes over", exc_info=True)
            raise _closed(request, connection, exc) from exc
        except TimeoutError as exc:
            connection.close()
            raise exceptions.ReadTimeoutError(endpoint_url=request.url, error=exc) from exc
        except OSError as exc:
            raise _closed(request, connection, exc) from exc
        if keeps_open:
            self._idle[place].append(connection)
        else:
            connection.close()
        return answer

    def __del__(self) -> None:
        for connections in self._idle.values():
            for connection in connections:
                connection.close()

    def _usable(self, place: _Place) -> socket.socket | None:
        """The connection used last that has nothing to read: the other side has not closed it."""
        idle = self._idle[place]
        while True:
            try:
                connection = idle.pop()
            except IndexError:
                return None
            poll = select.poll()
            poll.register(connection, select.POLLIN)
            if not poll.poll(0):
                return connection
            connection.close()

    def _connect(self, request: AWSPreparedRequest, place: _Place) -> socket.socket:
        try:
            connection = socket.create_connection((place.host, place.port), self._connect_timeout)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if place.tls:
                connection = self._tls.wrap_socket(connection, server_hostname=place.host)
        except ssl.SSLError as exc:
            raise exceptions.SSLError(endpoint_url=request.url, error=exc) from exc
        except TimeoutError as exc:
            raise exceptions.ConnectTimeoutError(endpoint_url=request.url, error=exc) from exc
        except OSError as exc:
            raise exceptions.EndpointConnectionError(endpoint_url=request.url, error=exc) from exc
        connection.settimeout(self._read_timeout)
        return connection


class _Body:
    """What AWSResponse reads a body from."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def stream(self) -> Iterator[bytes]:
        yield self._content


@lru_cache(maxsize=16)
def _place(url: str) -> _Place:
    parts = urlsplit(url)
    tls = parts.scheme == "https"
    usual = 443 if tls else 80
    host = parts.hostname or ""
    bracketed = f"[{host}]" if ":" in host else host
    port = parts.port or usual
    return _Place(host, port, tls, bracketed if port == usual else f"{bracketed}:{port}")


def _message(request: AWSPreparedRequest, place: _Place) -> bytes:
    """Head and body in one piece. botocore has signed the headers and said the body's length."""
    headers: Any = request.headers.items()
    lines = [f"POST / HTTP/1.1\r\nHost: {place.name}\r\nAccept-Encoding: identity".encode()]
    for name, value in headers:
        line = b"%s: %s" % (name.encode(), value if isinstance(value, bytes) else value.encode())
        if b"\n" in line or b"\r" in line:
            raise ValueError(f"The value of the header {name!r} has more than one line.")
        lines.append(line)
    body: Any = request.body
    return b"\r\n".join((*lines, b"", body))


def _read_answer(request: AWSPreparedRequest, connection: socket.socket, ends_at: float) -> tuple[AWSResponse, bool]:
    """The answer, and whether the connection stays open."""
    received = bytearray()
    end = _read_until(b"\r\n\r\n", received, connection, ends_at)
    status_line, *lines = received[:end].decode("latin-1").split("\r\n")
    del received[: end + 4]
    headers = _headers(lines)
    status, length = _STATUS_LINE.fullmatch(status_line), _LENGTH.fullmatch(headers.get("content-length", ""))
    encoding = headers.get("transfer-encoding")
    if status and length and encoding is None:
        content = _read_bytes(int(length[0]), received, connection, ends_at)
    elif status and encoding and encoding.lower() == "chunked" and "content-length" not in headers:
        content = b"".join(_read_chunks(received, connection, ends_at))
    else:
        raise _Unusual(status_line)
    if received:
        raise _Unusual("more than was announced")
    body: Any = _Body(content)
    answer = AWSResponse(request.url, int(status[1]), headers, body)
    return answer, headers.get("connection", "").lower() != "close"


def _headers(lines: list[str]) -> Any:
    """By names in small letters. What comes twice is a list, which is no length and no encoding that is known."""
    headers: dict[str, str] = {}
    for name, _, value in (line.partition(":") for line in lines):
        key, own = name.rstrip().lower(), value.strip()
        headers[key] = f"{headers[key]}, {own}" if key in headers else own
    return headers


def _read_chunks(received: bytearray, connection: socket.socket, ends_at: float) -> Iterator[bytes]:
    """The body of an answer that does not say its length. DynamoDB sends none; DynamoDB Local its long ones."""
    while True:
        end = _read_until(b"\r\n", received, connection, ends_at)
        size = _CHUNK_SIZE.fullmatch(received[:end])
        if not size:
            raise _Unusual("a chunk of no size")
        chunk = _read_bytes(end + 2 + int(size[0], 16) + 2, received, connection, ends_at)
        if not chunk.endswith(b"\r\n"):
            raise _Unusual("a chunk of another size, or something after the last")
        if not int(size[0], 16):
            return
        yield chunk[end + 2 : -2]


def _read_until(mark: bytes, received: bytearray, connection: socket.socket, ends_at: float) -> int:
    """Where the mark begins in what has been received."""
    while (end := received.find(mark)) < 0:
        if len(received) > _MAX_HEAD_BYTES:
            raise _Unusual("a head without an end")
        received += _read(connection, ends_at)
    return end


def _read_bytes(number: int, received: bytearray, connection: socket.socket, ends_at: float) -> bytes:
    """So many bytes, taken from what is received."""
    while len(received) < number:
        received += _read(connection, ends_at)
    wanted = bytes(received[:number])
    del received[:number]
    return wanted


def _read(connection: socket.socket, ends_at: float) -> bytes:
    # The socket's own time-out begins anew with each byte that comes.
    if time.monotonic() > ends_at:
        raise TimeoutError("The answer is not whole in time.")
    received = connection.recv(_PIECE_BYTES)
    if not received:
        raise ConnectionResetError("The other side closed before it had answered.")
    return received


def _closed(request: AWSPreparedRequest, connection: socket.socket, exc: Exception) -> Exception:
    connection.close()
    return exceptions.ConnectionClosedError(endpoint_url=request.url, request=request, error=exc)
