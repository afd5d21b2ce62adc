"""The OpenAPI description of each role, the page to read it, and what the views' descriptions are made of."""

import base64
import functools
import gzip
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import drf_spectacular_sidecar
from django.http import HttpResponse, JsonResponse
from django.utils.cache import patch_vary_headers
from django.utils.http import quote_etag
from drf_spectacular.extensions import OpenApiAuthenticationExtension, OpenApiSerializerFieldExtension
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.views import APIView

from todoproject.api.authentication import CognitoAuthentication
from todoproject.api.parsing import DEFAULT_PAGE, MAX_PAGE, IDConverter, TextField

_UI = Path(drf_spectacular_sidecar.__file__).parent / "static/drf_spectacular_sidecar/swagger-ui-dist"
_TITLES = {"todos": "To-do service: todos", "files": "To-do service: files"}
_INTRODUCTION = (
    "Sign in with Cognito and send the ID or access token as `Authorization: Bearer <token>`.\n\n"
    "Errors are `application/problem+json` (RFC 9457) and name each bad field in `errors`.\n\n"
    "On 503, try again after `Retry-After` seconds; on no answer at all, try again too. Every write can be repeated: a "
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


class Problem(serializers.Serializer[Any]):
    """An error, as RFC 9457 has it."""

    type = serializers.CharField(help_text="A URI for the kind of error; `about:blank` where the status says it all.")
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField(help_text="What is wrong and what to do, in a sentence.")
    requestId = serializers.CharField(help_text="Quote it when you report the error.")
    errors = serializers.ListField(  # type: ignore[assignment]  # a field, not Serializer's own attribute
        child=inline_serializer("FieldError", {"field": serializers.CharField(), "detail": serializers.CharField()}),
        required=False,
        help_text="Each bad field, parameter or header.",
    )


_PATH_NAMES = {"user_id": "userID", "todo_id": "todoID", "file_id": "fileID"}
_ID = {"type": "string", "pattern": f"^{IDConverter.regex}$"}
_PATH_PARAMETERS = {
    "userID": OpenApiParameter(
        "userID",
        {"type": "string", "minLength": 1, "pattern": "^[^/]+$", "default": "me"},
        OpenApiParameter.PATH,
        description="`me`, or your `sub`, user name or e-mail address as your token has it. Never anybody else's.",
    ),
    "todoID": OpenApiParameter("todoID", _ID, OpenApiParameter.PATH),
    "fileID": OpenApiParameter("fileID", _ID, OpenApiParameter.PATH),
}


def use_wire_names(endpoints: list[tuple[str, str, str, Any]], **options: Any) -> list[tuple[str, str, str, Any]]:
    """drf-spectacular's hook: parameters of a path are called as everywhere on the wire."""
    return [(_with_wire_names(path), regex, method, view) for path, regex, method, view in endpoints]


def describe_strict_bodies(result: dict[str, Any], **options: Any) -> dict[str, Any]:
    """drf-spectacular's hook: a body that is described must be sent, and `StrictSerializer` refuses what is not."""
    for name, component in result["components"]["schemas"].items():
        if name.endswith("Request"):
            component["additionalProperties"] = False
            for field in component["properties"].values():
                # drf-spectacular writes an allowed blank as one of two, and the default into the other.
                if "default" in field.get("oneOf", [{}])[0]:
                    field["default"] = field["oneOf"][0].pop("default")
    for path in result["paths"].values():
        for operation in path.values():
            if "requestBody" in operation:
                operation["requestBody"]["required"] = True
    return result


def _with_wire_names(path: str) -> str:
    for name, wire_name in _PATH_NAMES.items():
        path = path.replace(f"{{{name}}}", f"{{{wire_name}}}")
    return path


class OperationSchema(AutoSchema):
    """What every operation has in common."""

    def get_override_parameters(self) -> list[Any]:
        return [parameter for name, parameter in _PATH_PARAMETERS.items() if f"{{{name}}}" in self.path]

    def get_tags(self) -> list[str]:
        return ["The article's verbs"] if self.is_deprecated() else [self.view.__module__.split(".")[0]]


class TextFieldPattern(OpenApiSerializerFieldExtension):
    target_class = TextField
    match_subclasses = True

    def map_serializer_field(self, auto_schema: AutoSchema, direction: str) -> dict[str, Any]:
        described = auto_schema._map_serializer_field(self.target, direction, bypass_extensions=True)
        return {**described, "pattern": self.target.pattern}


class CognitoScheme(OpenApiAuthenticationExtension):
    target_class = CognitoAuthentication
    name = "cognito"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "An ID or access token of the customers' Cognito user pool.",
        }


class _SentHeader(OpenApiParameter):
    """A header of the answer, and what we send in it where that is always the same."""

    def __init__(self, name: str, description: str, value: str = "", statuses: Sequence[int] = ()) -> None:
        super().__init__(
            name, str, OpenApiParameter.HEADER, description=description, response=list(statuses) or True, required=True
        )
        self.sent = {name: value}


def query_parameter(name: str, description: str, **constraints: Any) -> OpenApiParameter:
    return OpenApiParameter(name, {"type": "string", **constraints}, OpenApiParameter.QUERY, description=description)


def _request_header(name: str, description: str, **constraints: Any) -> OpenApiParameter:
    return OpenApiParameter(name, {"type": "string", **constraints}, OpenApiParameter.HEADER, description=description)


LIMIT = query_parameter("limit", "Rows a page.", type="integer", minimum=1, maximum=MAX_PAGE, default=DEFAULT_PAGE)
CURSOR = query_parameter("cursor", "`nextCursor` of the page before, with the same filters.")
_ETAGS = r'^\s*(\*|(W/)?"[^"]*"(\s*,\s*(W/)?"[^"]*")*)\s*$'
IF_MATCH = _request_header(
    "If-Match", "The ETag of what you have read: refuses to overwrite anything newer.", pattern=_ETAGS
)
IF_NONE_MATCH = _request_header(
    "If-None-Match", "The ETag of what you have: 304 while it is still that.", pattern=_ETAGS
)
IDEMPOTENCY_KEY = _request_header(
    "Idempotency-Key",
    "Makes repeating the request harmless: the same key and body give the same todo, once. "
    "Remembered as long as the todo exists.",
    minLength=1,
    maxLength=255,
    pattern="^[!-~]+$",
)
ETAG = _SentHeader("ETag", "The version of the todo, for `If-Match`.", statuses=(200, 201))
LOCATION = _SentHeader("Location", "The path of what was created, relative to this service.", statuses=(201,))
# 2026-11-01, the day on which our own API made the article's verbs superfluous (RFC 9745).
DEPRECATION = _SentHeader("Deprecation", "Since when not to use this any more.", "@1793491200", statuses=(200,))

SUCCESS = inline_serializer("Success", {"status": serializers.CharField()})
UPDATE_SUCCESS = inline_serializer("UpdateSuccess", {"Update": serializers.CharField()})


def answers(status: int, body: Any, *problems: int) -> dict[Any, Any]:
    """The answer of an operation, and the problems it may have besides those that any of them has."""
    described: dict[Any, Any] = {status: body if body is not None else OpenApiResponse(description="No body.")}
    for problem in sorted({400, 401, 404, 503, *problems}):
        if problem == 304:
            described[304] = OpenApiResponse(description="Still what you have.")
        else:
            described[(problem, "application/problem+json")] = Problem
    return described


class OpenView(APIView):
    """For everybody, without a token."""

    schema = None

    authentication_classes: Sequence[Any] = ()
    permission_classes: Sequence[Any] = ()
    app = ""


class SchemaView(OpenView):
    def get(self, request: Request) -> HttpResponse:
        return JsonResponse(_schema(self.app))


class DocumentationView(OpenView):
    """One page without any other address: script, style and schema are in it."""

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
