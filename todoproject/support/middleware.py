"""Django's middleware for the admin's pages, and for them alone: the API has no cookie and pays for none of this."""

import logging
from typing import Any

from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.exceptions import SessionInterrupted
from django.contrib.sessions.middleware import SessionMiddleware
from django.core.exceptions import BadRequest, PermissionDenied, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.deprecation import MiddlewareMixin

from todoproject.api.logs import note
from todoproject.api.problems import Problem, Unavailable
from todoproject.aws.failures import failure_name, is_unavailable
from todoproject.support import audit
from todoproject.support.audit import Act

logger = logging.getLogger(__name__)

PREFIX = "/admin/"
# Django's admin has no inline script and no inline style, so nothing inline has to be allowed. `data:` is for the
# calendar's and the checkboxes' small pictures in its style sheets.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Frame-Options": "DENY",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


class _OnlyAdmin(MiddlewareMixin):
    def __call__(self, request: HttpRequest) -> Any:
        if not request.path_info.startswith(PREFIX):
            return self.get_response(request)
        return super().__call__(request)


class Sessions(_OnlyAdmin, SessionMiddleware):
    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        """Here the session is saved, after the view and out of sight of `Pages.process_exception`."""
        try:
            return super().process_response(request, response)
        except Exception as exc:
            return page_of(request, exc)


class Authentication(_OnlyAdmin, AuthenticationMiddleware):
    pass


class Messages(_OnlyAdmin, MessageMiddleware):
    pass


class Pages(_OnlyAdmin):
    """Headers for every page, and a page for every error. A refusal goes on record."""

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        for name, value in _HEADERS.items():
            response.headers[name] = value
        response.headers.setdefault("Cache-Control", "private, no-store")
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        return page_of(request, exception) if request.path_info.startswith(PREFIX) else None


def page_of(request: HttpRequest, exception: Exception) -> HttpResponse:
    if isinstance(exception, PermissionDenied):
        return refuse(request, "Your account may look, but not change this.")
    if isinstance(exception, Http404):
        return error_page(request, 404, "There is no such page.")
    if isinstance(exception, SessionInterrupted):
        return error_page(request, 400, "You were signed out in the middle of this. Sign in, and look what came of it.")
    if isinstance(exception, (SuspiciousOperation, BadRequest)):
        return error_page(request, 400, "This address or form cannot be read.")
    if is_unavailable(exception):
        note(request, error=failure_name(exception))
        response = error_page(request, 503, Unavailable.detail)
        response.headers["Retry-After"] = str(Unavailable.retry_after)
        return response
    if isinstance(exception, Problem) and type(exception) is not Problem:
        return error_page(request, exception.status, str(exception))
    note(request, error=failure_name(exception))
    logger.error("unhandled", exc_info=exception, extra={"requestId": _request_id(request)})
    return error_page(request, 500, Problem.detail)


def refuse(request: HttpRequest, sentence: str) -> HttpResponse:
    values = {"method": request.method, "path": request.path_info[:500]}
    try:
        audit.record(request, Act("refused", values=values), outcome=audit.REFUSED)
    except Exception as exc:
        # Refused it stays, on record or not.
        logger.error("a refusal is not on record", exc_info=exc, extra={"requestId": _request_id(request)})
    return error_page(request, 403, sentence)


def refuse_forged(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Django's CSRF_FAILURE_VIEW."""
    # Behind its dash Django quotes the Referer or Origin; the admin's addresses hold whom staff looked for.
    cause = reason.partition(" - ")[0]
    logger.warning("a form was refused", extra={"requestId": _request_id(request), "cause": cause})
    return refuse(request, "This form did not come from a page of yours, or that page is too old. Load it again.")


def error_page(request: HttpRequest, status: int, sentence: str) -> HttpResponse:
    """Without the request in its context: user and messages would be read from the session, and what has failed may
    be just that."""
    context = {"status": status, "sentence": sentence, "request_id": _request_id(request)}
    return HttpResponse(render_to_string("support/error.html", context), status=status)


def _request_id(request: HttpRequest) -> str:
    return getattr(request, "request_id", "")
