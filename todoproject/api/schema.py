"""What the views describe themselves with, and what drf-spectacular is told about all of them."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension, OpenApiSerializerFieldExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, inline_serializer
from rest_framework import serializers

from todoproject.api.authentication import CognitoAuthentication
from todoproject.api.parsing import DEFAULT_PAGE, MAX_PAGE, IDConverter, TextField


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
        in_path = [parameter for name, parameter in _PATH_PARAMETERS.items() if f"{{{name}}}" in self.path]
        return [*in_path, *LIMITS]

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


def _sent_header(name: str, description: str, statuses: list[int] | bool, *, required: bool = True) -> OpenApiParameter:
    return OpenApiParameter(
        name, str, OpenApiParameter.HEADER, description=description, response=statuses, required=required
    )


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
    pattern="^[!-+\\-.-~]+$",
)
ETAG = _sent_header("ETag", "The version of the todo, for `If-Match`.", [200, 201])
LOCATION = _sent_header("Location", "The path of what was created, relative to this service.", [201])
LIMITS = [
    _sent_header("Retry-After", "Seconds to wait before sending the same again.", [429, 503]),
    # Not with a 503 that is answered before anything has been counted.
    _sent_header("RateLimit-Policy", "How many requests (`q`) in how many seconds (`w`).", True, required=False),
    _sent_header(
        "RateLimit", "How many are left (`r`), and in how many seconds there is one more (`t`).", True, required=False
    ),
]
# What the article's verbs send: since 2026-11-01 our own API makes them superfluous.
DEPRECATED = {"Deprecation": "@1793491200"}
DEPRECATION = _sent_header("Deprecation", "Since when not to use this any more (RFC 9745).", [200])

SUCCESS = inline_serializer("Success", {"status": serializers.CharField()})
UPDATE_SUCCESS = inline_serializer("UpdateSuccess", {"Update": serializers.CharField()})


def answers(status: int, body: Any, *statuses: int) -> dict[Any, Any]:
    """The answer of an operation, and the problems it may have besides those that any of them has."""
    return {status: body if body is not None else OpenApiResponse(description="No body."), **problems(*statuses)}


def problems(*statuses: int) -> dict[Any, Any]:
    described: dict[Any, Any] = {}
    for problem in sorted({400, 401, 404, 429, 503, *statuses}):
        if problem == 304:
            described[304] = OpenApiResponse(description="Still what you have.")
        else:
            described[(problem, "application/problem+json")] = Problem
    return described
