"""Errors as they must come: the whole body, by RFC 9457."""

from http import HTTPStatus
from typing import Any

from django.http import HttpResponse

NOT_FOUND = "There is nothing here, or it is not yours."
INVALID = "The request is not valid: see errors."


def assert_problem(response: HttpResponse, status: int, kind: str, detail: str, /, **errors: str) -> None:
    """`errors` maps each bad field to what is wrong with it; in a name, _ stands for -."""
    expected: dict[str, Any] = {
        "type": f"urn:problem-type:{kind}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "requestId": response.headers["X-Request-ID"],
    }
    if errors:
        expected["errors"] = [{"field": name.replace("_", "-"), "detail": text} for name, text in errors.items()]
    assert (response.status_code, response.json()) == (status, expected)
    assert response.headers["Content-Type"] == "application/problem+json"


def assert_not_found(response: HttpResponse) -> None:
    assert_problem(response, 404, "not-found", NOT_FOUND)
