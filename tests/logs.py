"""What is logged, as the service writes it: lines of JSON."""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from todoproject.api.logs import JSONLines


class Lines(logging.Handler):
    """Formatted as they come, before anything can change what they are of."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.text = ""
        configured = (handler.formatter for handler in logging.getLogger().handlers)
        self.formatter = next(formatter for formatter in configured if isinstance(formatter, JSONLines))

    def emit(self, record: logging.LogRecord) -> None:
        # Another handler of the test run may have written the trace its own way.
        record.exc_text = None
        self.text += self.format(record) + "\n"

    @property
    def all(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text.splitlines()]

    @property
    def answers(self) -> list[dict[str, Any]]:
        """The line of each request."""
        return [line for line in self.all if line["logger"] == "todoproject.api.requests"]


@contextmanager
def logged(level: int = logging.INFO) -> Iterator[Lines]:
    """What all loggers write while the block lasts, at this level where they have none of their own."""
    root, lines = logging.getLogger(), Lines()
    before = root.level
    root.addHandler(lines)
    root.setLevel(level)
    try:
        yield lines
    finally:
        root.setLevel(before)
        root.removeHandler(lines)
