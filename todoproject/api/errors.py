"""Every error becomes `application/problem+json` (RFC 9457) here, and nowhere else."""

import logging
import sys
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, JsonResponse
from rest_framework.exceptions import (
    APIException,
    AuthenticationFailed,
    NotAuthenticated,
    Throttled,
    ValidationError,
)
from rest_framework.response import Response

from todoproject.api.limits import take_of_address
from todoproject.api.logs import note
from todoproject.api.problems import Invalid, NotFound, Problem, TooManyRequests, Unavailable
from todoproject.aws.failures import failure_name, is_unavailable

logger = logging.getLogger(__name__)

CONTENT_TYPE = "application/problem+json"
_UNAUTHORIZED = (NotAuthenticated, AuthenticationFailed)


def to_problem(exc: Exception, context: Mapping[str, Any]) -> Response | None:
    """DRF's exception handler; None leaves the exception to Django, which logs it and calls `server_error`."""
    request = context["request"]._request
    if isinstance(exc, (Http404, PermissionDenied)):
        exc = NotFound()
    elif isinstance(exc, ValidationError):
        exc = Invalid(errors=dict(_flatten(exc.detail)))
    elif isinstance(exc, Throttled):
        exc = TooManyRequests(exc.wait)  # type: ignore[attr-defined]  # the stubs do not know it
    elif isinstance(exc, _UNAUTHORIZED) and not (left := take_of_address(request)).is_allowed:
        exc = TooManyRequests(left.wait)
    elif isinstance(exc, APIException):
        return _framework_response(request, exc)
    elif is_unavailable(exc):
        note(request, error=failure_name(exc))
        exc = Unavailable()
    if not isinstance(exc, Problem):
        return None
    body, headers = _body_and_headers(request, exc)
    return Response(body, status=exc.status, headers=headers, content_type=CONTENT_TYPE)


def problem_response(request: HttpRequest, problem: Problem) -> JsonResponse:
    """The answer for an error outside a view: in a middleware, or where no view was found."""
    body, headers = _body_and_headers(request, problem)
    return JsonResponse(body, status=problem.status, headers=headers, content_type=CONTENT_TYPE)


def bad_request(request: HttpRequest, exception: Exception) -> JsonResponse:
    return problem_response(request, Invalid("The request cannot be read."))


def not_found(request: HttpRequest, exception: Exception) -> JsonResponse:
    return problem_response(request, NotFound())


def server_error(request: HttpRequest) -> JsonResponse:
    """Called while the exception is being handled; its trace goes to the log only."""
    exc = sys.exc_info()[1] or Problem()
    note(request, error=failure_name(exc))
    logger.error("unhandled", exc_info=exc, extra={"requestId": _request_id(request)})
    return problem_response(request, Problem())


def problem_body(problem: Problem, request_id: str) -> dict[str, Any]:
    body = _body(problem.type, problem.status, str(problem), request_id)
    if problem.errors:
        body["errors"] = [{"field": field, "detail": message} for field, message in problem.errors.items()]
    return body


def _body(type_: str, status: int, detail: str, request_id: str) -> dict[str, Any]:
    return {
        "type": type_,
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "requestId": request_id,
    }


def _request_id(request: HttpRequest) -> str:
    return getattr(request, "request_id", "")


def _body_and_headers(request: HttpRequest, problem: Problem) -> tuple[dict[str, Any], dict[str, str]]:
    headers = {"Retry-After": str(problem.retry_after)} if problem.retry_after else {}
    return problem_body(problem, _request_id(request)), headers


def _framework_response(request: HttpRequest, exc: APIException) -> Response:
    headers = {}
    if challenge := getattr(exc, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    if isinstance(exc, NotAuthenticated):
        detail = "Send an ID or access token as `Authorization: Bearer <token>`."
    else:
        detail = str(exc.detail)
    body = _body("about:blank", exc.status_code, detail, _request_id(request))
    return Response(body, status=exc.status_code, headers=headers, content_type=CONTENT_TYPE)


def _flatten(detail: Any) -> Iterator[tuple[str, str]]:
    if isinstance(detail, Mapping):
        for field, messages in detail.items():
            yield str(field), " ".join(str(message) for message in messages)
    else:
        yield "", " ".join(str(message) for message in detail)
