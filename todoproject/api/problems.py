"""Errors with a status and a sentence for whoever sent the request (RFC 9457), without any framework.

A domain error is a small subclass of `Problem`, raised where it is noticed; `todoproject.api.errors` turns it into an
answer.
"""

import math
import re
from collections.abc import Mapping
from typing import ClassVar


class Problem(Exception):
    """`errors` maps the name of each bad field, parameter or header to what is wrong with it."""

    status: ClassVar[int] = 500
    detail: ClassVar[str] = "Something went wrong on our side. Try again; if it stays, report the request id."
    # Seconds.
    retry_after: int | None = None

    def __init__(self, detail: str | None = None, *, errors: Mapping[str, str] | None = None) -> None:
        super().__init__(detail or self.detail)
        self.errors = errors or {}

    @property
    def type(self) -> str:
        if type(self) is Problem:
            return "about:blank"
        return "urn:problem-type:" + re.sub(r"(?<!^)(?=[A-Z])", "-", type(self).__name__).lower()


class Overloaded(Problem):
    status = 503
    detail = "The service is busy. Try again in a moment."
    retry_after = 1


class NotFound(Problem):
    """The same for what never was and for what is somebody else's."""

    status = 404
    detail = "There is nothing here, or it is not yours."


class Invalid(Problem):
    status = 400
    detail = "The request is not valid: see errors."


class TooManyRequests(Problem):
    """Nothing was done: the same request may be sent again."""

    status = 429
    detail = "These are too many requests at once. Nothing was done; send it again in a moment."

    def __init__(self, retry_after: float) -> None:
        super().__init__()
        self.retry_after = max(1, math.ceil(retry_after))


class Unavailable(Problem):
    status = 503
    detail = "A part of the service does not answer. Nothing is lost; try again in a moment."
    retry_after = 2
