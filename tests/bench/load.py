"""Load on a server, by plain sockets: what a client costs must not hide what the server does.

`closed_loop` asks for the next answer as soon as it has one; `open_loop` asks at given moments, whether or not the
answers before have come, so that waiting in line counts as latency (no "coordinated omission").
"""

import random
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes
    seconds: float


@dataclass
class Run:
    """The answers in the order of the requests, and how long all of it took."""

    answers: list[Answer | None]
    seconds: float = 0
    problems: list[str] = field(default_factory=list)

    def statuses(self) -> dict[int, int]:
        counted: dict[int, int] = {}
        for answer in self.answers:
            status = answer.status if answer else 0
            counted[status] = counted.get(status, 0) + 1
        return counted

    def latencies(self, status: int) -> list[float]:
        """Of the answers of this status: to be turned away quickly is not to be served quickly."""
        return sorted(answer.seconds for answer in self.answers if answer and answer.status == status)


class Connection:
    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=120)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(self, request: bytes) -> tuple[int, bytes]:
        """Status and body. The connection stays open."""
        self._socket.sendall(request)
        received = b""
        while (end := received.find(b"\r\n\r\n")) < 0:
            received += self._receive()
        status, headers = int(received[9:12]), received[:end].lower()
        if b"transfer-encoding: chunked" in headers:
            raise ValueError("A chunked answer: every contender says how long its answers are.")
        _, found, rest = headers.partition(b"\r\ncontent-length:")
        length = int(rest.split(b"\r\n", 1)[0]) if found else 0
        parts = [received[end + 4 :]]
        missing = length - len(parts[0])
        while missing > 0:
            parts.append(self._receive())
            missing -= len(parts[-1])
        return status, b"".join(parts)

    def close(self) -> None:
        self._socket.close()

    def _receive(self) -> bytes:
        received = self._socket.recv(262_144)
        if not received:
            raise ConnectionResetError("The server closed before it had answered.")
        return received


def request(method: str, path: str, *, token: str = "", body: bytes = b"") -> bytes:
    head = [f"{method} {path} HTTP/1.1", "Host: bench", "Accept: application/json", "X-Request-ID: of-the-gateway"]
    if token:
        head.append(f"Authorization: Bearer {token}")
    if body:
        head += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*head, "", ""]).encode() + body


def ask(port: int, content: bytes) -> tuple[int, bytes]:
    connection = Connection(port)
    try:
        return connection.ask(content)
    finally:
        connection.close()


def closed_loop(port: int, requests: Sequence[bytes], *, connections: int) -> Run:
    return _run(port, requests, [0.0] * len(requests), connections)


def open_loop(port: int, requests: Sequence[bytes], *, rate: float, connections: int, seed: int) -> Run:
    """`rate` requests a second on average, at random (Poisson) moments that depend on `seed` only."""
    chance = random.Random(seed)
    moment, moments = 0.0, []
    for _ in requests:
        moment += chance.expovariate(rate)
        moments.append(moment)
    return _run(port, requests, moments, connections)


def _run(port: int, requests: Sequence[bytes], moments: Sequence[float], connections: int) -> Run:
    run = Run([None] * len(requests))
    numbers = iter(range(len(requests)))
    lock = threading.Lock()
    opened = [Connection(port) for _ in range(min(connections, len(requests)))]
    started = time.perf_counter()

    def take() -> Iterator[int]:
        while True:
            with lock:
                number = next(numbers, None)
            if number is None:
                return
            yield number

    def work(connection: Connection) -> None:
        for number in take():
            due = started + moments[number]
            if (wait := due - time.perf_counter()) > 0:
                time.sleep(wait)
            begun = due if moments[number] else time.perf_counter()
            try:
                status, body = connection.ask(requests[number])
            except (OSError, ValueError) as exc:
                run.problems.append(repr(exc))
                return
            run.answers[number] = Answer(status, body, time.perf_counter() - begun)

    threads = [threading.Thread(target=work, args=(connection,)) for connection in opened]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    run.seconds = time.perf_counter() - started
    for connection in opened:
        connection.close()
    return run
