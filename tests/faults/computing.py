"""The service where a request takes nothing but the processor, and much of it."""

import time
from collections.abc import Callable, Iterable
from typing import Any

from todoproject.wsgi import application as service

SECONDS = 0.02


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    if environ["PATH_INFO"] == "/healthz":
        return service(environ, start_response)
    ends_at = time.thread_time() + SECONDS
    while time.thread_time() < ends_at:
        pass
    start_response("200 OK", [("Content-Length", "0")])
    return [b""]
