"""What the log holds: a line of JSON an answer, of a defect its trace; nothing that a user wrote, nobody by name."""

import traceback
from types import TracebackType
from typing import Any

from django.http import HttpRequest
from django.utils.crypto import salted_hmac
from pythonjsonlogger.json import JsonFormatter

from todoproject.aws.failures import failure_name

# Of one failure and those it came from.
_LONGEST_CHAIN = 10


class JSONLines(JsonFormatter):
    """Traces without the exceptions' messages, which quote values."""

    def formatException(  # noqa: N802 - logging's name
        self, exc_info: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
    ) -> str:
        parts: list[str] = []
        error = exc_info[1]
        while error is not None and len(parts) < _LONGEST_CHAIN:
            frames = "".join(traceback.format_tb(error.__traceback__))
            parts.append(f"Traceback (most recent call last):\n{frames}{failure_name(error)}")
            error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        return "\n\nand then\n\n".join(reversed(parts))


def name_in_logs(sub: str) -> str:
    """The same for the same customer or member of staff in every line, and no way back from it without the secret key:
    the page of a customer in the staff admin shows it. Another secret key gives other names."""
    return salted_hmac("todoproject.api.logs", sub, algorithm="sha256").hexdigest()[:16]


def note(request: HttpRequest, **facts: Any) -> None:
    """For the request's line in the log."""
    request.__dict__.setdefault("noted", {}).update(facts)


def noted(request: HttpRequest) -> dict[str, Any]:
    return dict(request.__dict__.get("noted", {}))
