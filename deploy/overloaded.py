"""What a request is answered that is refused before anybody has parsed it: at a tenth of the cost."""

import json
import re
import uuid

from todoproject import settings

LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*([0-9]{1,18})[ \t]*\r\n", re.IGNORECASE)
# What else could say where a request ends or its answer does: a length, well-formed or not, a line that continues
# another, HEAD, and whoever reads until the connection closes.
_UNCLEAR = re.compile(
    rb"content-length|transfer-encoding|\n[ \t]|\A\s*head |http/1\.0|\nconnection:[^\n]*close", re.IGNORECASE
)


def ends_plainly(request: bytearray) -> bool:
    """Whether nothing follows the request, and the next one can follow its answer, in anybody's reading."""
    head = request.find(b"\r\n\r\n")
    length = LENGTH.search(request, 0, head + 2)
    return len(request) == head + 4 + (int(length[1]) if length else 0) and (
        len(_UNCLEAR.findall(request, 0, head)) == bool(length)
    )


def overloaded(request: bytearray, *, closes: bool) -> bytes:
    """As the application would say it. API Gateway adds the headers of CORS; without it the website's page could not
    read that it may ask again."""
    # Not before the settings are there.
    from todoproject.api.errors import problem_body
    from todoproject.api.requests import Overloaded

    request_id = str(uuid.uuid4())
    body = json.dumps(problem_body(Overloaded(), request_id))
    return (
        "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/problem+json\r\n"
        f"Retry-After: {Overloaded.retry_after}\r\nCache-Control: private, no-cache\r\n"
        f"X-Request-ID: {request_id}\r\nConnection: {'close' if closes else 'keep-alive'}\r\n"
        f"{_security(request)}{_cors(request)}Content-Length: {len(body)}\r\n\r\n{body}"
    ).encode()


def _security(request: bytearray) -> str:
    """What django.middleware.security adds."""
    hsts = f"Strict-Transport-Security: max-age={settings.SECURE_HSTS_SECONDS}; includeSubDomains; preload\r\n"
    return (
        "X-Content-Type-Options: nosniff\r\nReferrer-Policy: same-origin\r\n"
        f"Cross-Origin-Opener-Policy: same-origin\r\n{hsts if _header(request, b'x-client-proto') == 'https' else ''}"
    )


def _cors(request: bytearray) -> str:
    if not settings.CORS_ALLOWED_ORIGINS:
        return ""
    origin = _header(request, b"origin")
    allowed = f"Access-Control-Allow-Origin: {origin}\r\nAccess-Control-Expose-Headers: Retry-After\r\n"
    return f"Vary: origin\r\n{allowed if origin in settings.CORS_ALLOWED_ORIGINS else ''}"


def _header(request: bytearray, name: bytes) -> str:
    line = re.compile(rb"\r\n" + name + rb":[ \t]*([!-~]*)[ \t]*\r\n", re.IGNORECASE)
    found = line.search(request, 0, request.find(b"\r\n\r\n") + 2)
    return found[1].decode() if found else ""
