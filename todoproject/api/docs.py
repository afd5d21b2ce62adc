"""The OpenAPI description of each role, and the page to read it; both open to everybody."""

import base64
import functools
import gzip
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import drf_spectacular_sidecar
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers
from django.utils.http import quote_etag
from drf_spectacular.generators import SchemaGenerator
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from todoproject.api.rendering import let_go

_UI = Path(drf_spectacular_sidecar.__file__).parent / "static/drf_spectacular_sidecar/swagger-ui-dist"
_TITLES = {"todos": "To-do service: todos", "files": "To-do service: files"}
_INTRODUCTION = (
    "Sign in with Cognito and send the ID or access token as `Authorization: Bearer <token>`.\n\n"
    "Errors are `application/problem+json` (RFC 9457) and name each bad field in `errors`.\n\n"
    "On 429 and 503, try again after `Retry-After` seconds; on no answer at all, try again too. How many "
    "requests you may send is in `RateLimit` and `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers-10); each "
    "process counts for itself, so that it may be more in all. Every write can be repeated: a "
    "create with its `Idempotency-Key`; an edit with `If-Match` that had gone through answers 412, then read again."
)
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" href="data:,">
<style>{style}</style>
</head>
<body>
<main id="documentation"></main>
<script>{library}</script>
<script>{start}</script>
</body>
</html>
"""


class OpenView(APIView):
    """For everybody, without a token."""

    schema = None

    authentication_classes: Sequence[Any] = ()
    permission_classes: Sequence[Any] = ()
    app = ""


class SchemaView(OpenView):
    def get(self, request: Request) -> Response:
        return Response(_schema(self.app))


class DocumentationView(OpenView):
    """One page without any other address: script, style and schema are in it."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        answer = super().dispatch(request, *args, **kwargs)
        if not isinstance(answer, Response):
            let_go(self)
        return answer

    def get(self, request: Request) -> HttpResponse:
        compressed, policy, etag = _documentation(self.app)
        headers = {"ETag": etag, "Cache-Control": "no-cache", "Content-Security-Policy": policy}
        if request.headers.get("If-None-Match") == etag:
            return HttpResponse(status=304, headers=headers)
        if "gzip" in request.headers.get("Accept-Encoding", ""):
            response = HttpResponse(compressed, headers={**headers, "Content-Encoding": "gzip"})
        else:
            response = HttpResponse(gzip.decompress(compressed), headers=headers)
        patch_vary_headers(response, ["Accept-Encoding"])
        return response


@functools.cache
def _schema(app: str) -> dict[str, Any]:
    generator = SchemaGenerator(urlconf=f"{app}.urls")
    document: dict[str, Any] = generator.get_schema(request=None, public=True)
    document["info"] |= {"title": _TITLES[app], "description": _INTRODUCTION}
    return document


@functools.cache
def _documentation(app: str) -> tuple[bytes, str, str]:
    library = (_UI / "swagger-ui-bundle.js").read_text().replace("</script", "<\\/script")
    # "<" cannot stand in a script element's JSON: "</script>" or "<!--" in a description would end it.
    document = json.dumps(_schema(app)).replace("<", "\\u003c")
    start = f'SwaggerUIBundle({{spec: {document}, dom_id: "#documentation", tryItOutEnabled: true}})'
    page = _PAGE.format(
        title=_TITLES[app], style=(_UI / "swagger-ui.css").read_text(), library=library, start=start
    ).encode()
    hashes = " ".join(f"'sha256-{_digest(script)}'" for script in (library, start))
    policy = (
        f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data:; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return gzip.compress(page, mtime=0), policy, quote_etag(hashlib.sha256(page).hexdigest()[:32])


def _digest(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
