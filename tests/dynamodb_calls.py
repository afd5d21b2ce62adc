"""What requests ask of DynamoDB and what that costs; and the limit of a page, which DynamoDB Local takes lightly."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from todoproject.aws import dynamodb


@dataclass(frozen=True)
class Call:
    operation: str
    units: float
    """Capacity units consumed, of the table and its indexes together."""


@contextmanager
def recorded_calls() -> Iterator[list[Call]]:
    """Every answered call of this process while the block lasts."""
    calls: list[Call] = []

    def record(*, model: Any, parsed: dict[str, Any], **_: Any) -> None:
        consumed = parsed.get("ConsumedCapacity", [])
        tables = consumed if isinstance(consumed, list) else [consumed]
        calls.append(Call(model.name, sum(table["CapacityUnits"] for table in tables)))

    events = dynamodb.client().meta.events
    events.register("after-call.dynamodb", record)
    try:
        yield calls
    finally:
        events.unregister("after-call.dynamodb", record)


@contextmanager
def pages_of(items: int) -> Iterator[None]:
    """A Query looks at no more than so many items, as DynamoDB's limit of 1 MB would have it.

    DynamoDB counts the megabyte before it filters. DynamoDB Local counts what is left after it, so that a search
    for one todo among 10 MB never ends in the middle there.
    """

    def shorten(*, params: dict[str, Any], **_: Any) -> None:
        params["Limit"] = min(items, params.get("Limit", items))

    events = dynamodb.client().meta.events
    events.register("provide-client-params.dynamodb.Query", shorten)
    try:
        yield
    finally:
        events.unregister("provide-client-params.dynamodb.Query", shorten)


@contextmanager
def before(operation: str, act: Callable[[], object]) -> Iterator[None]:
    """Once, just before the next such call of DynamoDB."""
    left = [act]

    def do(**_: Any) -> None:
        if left:
            left.pop()()

    events = dynamodb.client().meta.events
    events.register(f"before-call.dynamodb.{operation}", do)
    try:
        yield
    finally:
        events.unregister(f"before-call.dynamodb.{operation}", do)
    assert not left, f"{operation} was never called"
