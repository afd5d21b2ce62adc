"""What a process asks of AWS: counted, and kept below a rate."""

import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

_READS = frozenset({"GetItem", "BatchGetItem", "Query", "Scan", "TransactGetItems"})


@dataclass(slots=True)
class Consumption:
    """Answered calls of DynamoDB, and their capacity units, tables and indexes together; S3's calls; and how often any
    call was sent again, answered in the end or not."""

    calls: int = 0
    read_units: float = 0.0
    write_units: float = 0.0
    s3_calls: int = 0
    retries: int = 0

    def add(self, operation: str, answer: Mapping[str, Any]) -> float:
        """The units of this answer."""
        self.calls += 1
        consumed = answer.get("ConsumedCapacity", [])
        units = sum(each["CapacityUnits"] for each in (consumed if isinstance(consumed, list) else [consumed]))
        if operation in _READS:
            self.read_units += units
        else:
            self.write_units += units
        return float(units)


_consumption: ContextVar[Consumption | None] = ContextVar("consumption", default=None)


@contextmanager
def consumption_measured() -> Iterator[Consumption]:
    """Sums up what this thread asks of AWS while the block lasts: one request."""
    consumption = Consumption()
    before = _consumption.set(consumption)
    try:
        yield consumption
    finally:
        _consumption.reset(before)


def note_consumption(*, model: Any, parsed: Mapping[str, Any], **_: Any) -> None:
    """botocore's handler of `after-call`: an answer, of this thread's request if it serves one."""
    if consumption := _consumption.get():
        consumption.add(model.name, parsed)


def note_s3_call(**_: Any) -> None:
    """botocore's handler of `before-call`."""
    if consumption := _consumption.get():
        consumption.s3_calls += 1


def note_retry(*, attempts: int, **_: Any) -> None:
    """botocore's handler of `needs-retry`, which comes after every attempt."""
    if attempts > 1 and (consumption := _consumption.get()):
        consumption.retries += 1


class Meter:
    """Counts every answered call of the clients it watches, and what DynamoDB's consumed.

    With a `rate`, each call waits until what the calls before it consumed has been spread over time: so many units a
    second on average, whatever one call costs. `stop` ends the waiting.
    """

    def __init__(self, *, rate: float | None, stop: threading.Event) -> None:
        self.calls: Counter[str] = Counter()
        self.consumed = Consumption()
        self._rate = rate
        self._stop = stop
        self._paid_at = time.monotonic()
        self._lock = threading.Lock()

    @contextmanager
    def watching(self, *clients: Any) -> Iterator[None]:
        for client in clients:
            client.meta.events.register("before-call", self._wait)
            client.meta.events.register("after-call", self._count)
        try:
            yield
        finally:
            for client in clients:
                client.meta.events.unregister("before-call", self._wait)
                client.meta.events.unregister("after-call", self._count)

    def _wait(self, *, model: Any, **_: Any) -> None:
        if self._rate and model.service_model.service_name == "dynamodb":
            with self._lock:
                pause = self._paid_at - time.monotonic()
            if pause > 0:
                self._stop.wait(pause)

    def _count(self, *, model: Any, parsed: dict[str, Any], **_: Any) -> None:
        with self._lock:
            self.calls[f"{model.service_model.service_name}:{model.name}"] += 1
            units = self.consumed.add(model.name, parsed)
            if self._rate:
                self._paid_at = max(self._paid_at, time.monotonic()) + units / self._rate
