"""What a request is answered that is refused before anybody has parsed it: at a tenth of the cost.

The service's own problem, with the headers that its middleware gives every answer. API Gateway adds those of CORS;
where there is none, the website must be able to read that it may ask again, and its browser that it may ask at all.
"""

import json
import re

from todoproject import settings


def refusal(request: bytearray, *, closes: bool) -> bytes:
    # Not before Django is set up.
    from todoproject.api.errors import problem_body
    from todoproject.api.problems import Overloaded
    from todoproject.api.requests import request_id_from

    origin, request_id = _header(request, b"origin"), request_id_from(_header(request, b"x-request-id"))
    status, headers, body = "200 OK", {}, ""
    if origin not in settings.CORS_ALLOWED_ORIGINS or not _is_preflight(request):
        status, body = "503 Service Unavailable", json.dumps(problem_body(Overloaded(), request_id))
        headers = {"Content-Type": "application/problem+json", "Retry-After": Overloaded.retry_after}
    headers |= {
        "Cache-Control": "private, no-cache",
        "X-Request-ID": request_id,
        "Connection": "close" if closes else "keep-alive",
        "Content-Length": len(body),
        **_security(is_https=_header(request, b"x-client-proto") == "https"),
        **_cors(origin),
    }
    lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", body]).encode()


def _is_preflight(request: bytearray) -> bool:
    return request.startswith(b"OPTIONS ") and bool(_header(request, b"access-control-request-method"))


def _security(*, is_https: bool) -> dict[str, str]:
    """What django.middleware.security adds."""
    hsts = f"max-age={settings.SECURE_HSTS_SECONDS}; includeSubDomains; preload"
    return {
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
    } | ({"Strict-Transport-Security": hsts} if is_https else {})


def _cors(origin: str) -> dict[str, str | int]:
    """What django-cors-headers adds."""
    if not settings.CORS_ALLOWED_ORIGINS:
        return {}
    allowed: dict[str, str | int] = {
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Expose-Headers": ", ".join(settings.CORS_EXPOSE_HEADERS),
        "Access-Control-Allow-Methods": ", ".join(settings.CORS_ALLOW_METHODS),
        "Access-Control-Allow-Headers": ", ".join(settings.CORS_ALLOW_HEADERS),
        "Access-Control-Max-Age": settings.CORS_PREFLIGHT_MAX_AGE,
    }
    return {"Vary": "origin"} | (allowed if origin in settings.CORS_ALLOWED_ORIGINS else {})


def _header(request: bytearray, name: bytes) -> str:
    line = re.compile(rb"\r\n" + name + rb":[ \t]*([!-~]*)[ \t]*\r\n", re.IGNORECASE)
    found = line.search(request, 0, request.find(b"\r\n\r\n") + 2)
    return found[1].decode() if found else ""
