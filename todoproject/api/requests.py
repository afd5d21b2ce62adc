"""What happens to every request before and after its view: its id, its line in the log, its length."""

import logging
import re
import time
import uuid
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from todoproject.api.errors import problem_response
from todoproject.api.logs import noted
from todoproject.api.problems import Problem
from todoproject.aws.capacity import consumption_measured

logger = logging.getLogger(__name__)

_REQUEST_ID = re.compile(r"[A-Za-z0-9=_.-]{1,128}")


class LengthRequired(Problem):
    status = 411
    detail = "Say by Content-Length how long the body is; it is not taken in chunks."


def request_id_from(header: str) -> str:
    """API Gateway's, where it has set one."""
    return header if _REQUEST_ID.fullmatch(header) else str(uuid.uuid4())


def measure_answer(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[..., HttpResponse]:
    """Say how long the answer is, without which gunicorn sends chunks; and send none of it to a HEAD."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if response.content:
            response.headers["Content-Length"] = str(len(response.content))
        if request.method == "HEAD":
            response.content = b""
        return response

    return middleware


def identify_request(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[..., HttpResponse]:
    """Give the request an id, and log one line when it is answered.

    The line says what AWS was asked for and what that consumed. The route is logged as its pattern: paths hold e-mail
    addresses. `user`, or `staff`, is there where the request said who sends it; `error` with a 5xx.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        request_id = request_id_from(request.headers.get("x-request-id", ""))
        request.request_id = request_id  # type: ignore[attr-defined]
        started = time.perf_counter()
        with consumption_measured() as consumed:
            response = get_response(request)
        response.headers["X-Request-ID"] = request_id
        # To be kept by nobody but the client, and by it only to ask again with its ETag.
        response.headers.setdefault("Cache-Control", "private, no-cache")
        route = request.resolver_match.route if request.resolver_match else ""
        logger.info(
            "request",
            extra={
                "requestId": request_id,
                "method": request.method,
                "route": route,
                "kind": _kind(request.method, route),
                "status": response.status_code,
                "milliseconds": round((time.perf_counter() - started) * 1000, 1),
                "dynamodbCalls": consumed.calls,
                "readUnits": consumed.read_units,
                "writeUnits": consumed.write_units,
                "s3Calls": consumed.s3_calls,
                "retries": consumed.retries,
                **noted(request),
            },
        )
        return response

    return middleware


def require_length(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[..., HttpResponse]:
    """Refuse a body in chunks: Django would take it for an empty one. API Gateway sends none."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if "Transfer-Encoding" in request.headers:
            return problem_response(request, LengthRequired())
        return get_response(request)

    return middleware


def _kind(method: str | None, route: str) -> str:
    """What takes about as long and costs about as much: the dimension of the metrics in cloudformation/watch.yaml."""
    if route.startswith("admin"):
        return "admin"
    if not route or route.endswith(("/schema", "/docs")):
        return "open"
    if method not in ("GET", "HEAD"):
        return "write"
    return "list" if route.endswith(("/todos", "/files")) else "read"
