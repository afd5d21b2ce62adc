"""The service, failing outside of Django, where nothing answers for it but gunicorn."""

from collections.abc import Callable, Iterable
from typing import Any

from todoproject.wsgi import application as service


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    if environ["PATH_INFO"] == "/healthz":
        return service(environ, start_response)
    if environ["REQUEST_METHOD"] == "POST":
        # Too late for another answer.
        start_response("200 OK", [])(b"{")
    raise ValueError(f"invalid literal: {environ}")
