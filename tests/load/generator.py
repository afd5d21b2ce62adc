"""Load in an open loop: each request begins when it is due, however slowly those before it are answered.

A generator that waits for answers asks less of a service that is slow, and so never overloads it. Latency is counted
from the moment a request was due, so that a late start counts as well.
"""

import asyncio
import contextlib
import json
import math
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import urlsplit

PATIENCE = 30


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    token: str = ""
    body: dict[str, Any] | None = None
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def raw(self) -> bytes:
        body = b"" if self.body is None else json.dumps(self.body).encode()
        lines = [f"{self.method} {self.path} HTTP/1.1", "Host: 10.0.1.23:31742", f"Content-Length: {len(body)}"]
        lines += [f"Authorization: {self.token}"] if self.token else []
        lines += ["Content-Type: application/json"] if body else []
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        return "\r\n".join([*lines, "", ""]).encode() + body


@dataclass
class Answer:
    """`status` 0: there was none, for the reason in `error`. `late` is how long after it was due the request began,
    `seconds` how long after it was due it was answered, `ended` when, by time.monotonic."""

    request: Request
    late: float
    seconds: float
    ended: float
    status: int
    headers: dict[str, str]
    body: bytes
    error: str = ""

    def json(self) -> Any:
        return json.loads(self.body)


class Connections:
    """Connections to one address, each used again as soon as it is free, as a load balancer does."""

    def __init__(self, url: str) -> None:
        address = urlsplit(url)
        self._address = (address.hostname or "", address.port or 80)
        self._free: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def ask(self, request: Request, due: float | None = None) -> Answer:
        began = time.monotonic()
        due = began if due is None else due
        try:
            status, headers, body = await asyncio.wait_for(self._exchange(request), PATIENCE)
            error = ""
        except (OSError, EOFError, TimeoutError) as exc:
            status, headers, body, error = 0, {}, b"", repr(exc)
        ended = time.monotonic()
        return Answer(request, began - due, ended - due, ended, status, headers, body, error)

    async def _exchange(self, request: Request) -> tuple[int, dict[str, str], bytes]:
        reader, writer = await self._connection()
        try:
            writer.write(request.raw)
            status, headers, body = await read_answer(reader, request.method)
        except BaseException:
            writer.close()
            raise
        if headers.get("connection") == "close":
            writer.close()
        else:
            self._free.append((reader, writer))
        return status, headers, body

    async def _connection(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        while self._free:
            reader, writer = self._free.pop()
            if not reader.at_eof() and not writer.is_closing():
                return reader, writer
            writer.close()
        return await asyncio.open_connection(*self._address)

    async def close(self) -> None:
        for _, writer in self._free:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()
        self._free.clear()


async def read_answer(reader: asyncio.StreamReader, method: str) -> tuple[int, dict[str, str], bytes]:
    """Raises EOFError where the server closes before it has answered whole."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.removesuffix("\r\n\r\n").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    length = 0 if method == "HEAD" else int(headers.get("content-length", "0"))
    return int(first.split(" ", 2)[1]), headers, await reader.readexactly(length)


@dataclass(frozen=True)
class Load:
    """What came of requests that were due at a steady rate. `cpu` is the generator's own share of one core."""

    answers: Sequence[Answer]
    seconds: float
    cpu: float

    def of(self, *statuses: int) -> list[Answer]:
        return [answer for answer in self.answers if answer.status in statuses]

    @property
    def accepted(self) -> list[Answer]:
        return [answer for answer in self.answers if 200 <= answer.status < 300]

    @property
    def statuses(self) -> Counter[int]:
        return Counter(answer.status for answer in self.answers)

    def assert_not_held_up(self) -> None:
        """That the generator itself was quick enough for what is measured to be the service's."""
        late = percentile([answer.late for answer in self.answers], 99)
        assert self.cpu < 0.8, f"The load generator is the bottleneck: it took {self.cpu:.0%} of a core."
        assert late < 0.25, f"The load generator is the bottleneck: it began requests {late * 1000:.0f} ms late."


class Target(Protocol):
    async def ask(self, request: Request, due: float | None = None) -> Answer: ...


async def load(target: Target, requests: Iterator[Request], *, rate: float, seconds: float) -> Load:
    """`rate` requests a second for so many seconds, then wait for the last answers."""
    tasks = []
    start, used = time.monotonic(), time.process_time()
    for number in range(int(rate * seconds)):
        due = start + number / rate
        if (pause := due - time.monotonic()) > 0:
            await asyncio.sleep(pause)
        tasks.append(asyncio.create_task(target.ask(next(requests), due)))
        if number % 16 == 0:  # also where it is late: those under way must be heard
            await asyncio.sleep(0)
    sent = time.monotonic() - start
    cpu = (time.process_time() - used) / sent
    return Load(await asyncio.gather(*tasks), sent, cpu)


def percentile(values: Sequence[float], share: float) -> float:
    """The nearest rank: the smallest value that so many percent do not exceed."""
    return sorted(values)[max(0, math.ceil(len(values) * share / 100) - 1)]
