"""What a process asks of AWS: counted, and kept below a rate."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_READS = frozenset({"GetItem", "BatchGetItem", "Query", "Scan", "TransactGetItems"})


class Meter:
    """Counts every answered call of the clients it watches, and DynamoDB's capacity units, tables and indexes together.

    With a `rate`, each call waits until what the calls before it consumed has been spread over time: so many units a
    second on average, whatever one call costs. `stop` ends the waiting.
    """

    def __init__(self, *, rate: float | None, stop: threading.Event) -> None:
        self.calls: Counter[str] = Counter()
        self.read_units = 0.0
        self.write_units = 0.0
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
        consumed = parsed.get("ConsumedCapacity", [])
        units = sum(each["CapacityUnits"] for each in (consumed if isinstance(consumed, list) else [consumed]))
        with self._lock:
            self.calls[f"{model.service_model.service_name}:{model.name}"] += 1
            if model.name in _READS:
                self.read_units += units
            else:
                self.write_units += units
            if self._rate:
                self._paid_at = max(self._paid_at, time.monotonic()) + units / self._rate
