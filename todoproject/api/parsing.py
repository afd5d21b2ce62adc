"""Reading what a client sent, strictly: a request that could be meant in two ways is refused, never guessed."""

import json
import re
from collections import Counter
from collections.abc import Collection, Mapping
from functools import cache
from itertools import islice
from typing import IO, Any, cast

from django.http import QueryDict
from django.urls.converters import StringConverter
from rest_framework import serializers
from rest_framework.metadata import BaseMetadata
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from todoproject.api.problems import Invalid, Problem

MAX_BODY_BYTES = 256 * 1024
MAX_PAGE = 200
DEFAULT_PAGE = 100
# What the header `*` means; a quoted star is a tag like any other.
ANY_ETAG: Collection[str] = ("*",)
_ETAG = re.compile(r'(?P<weak>W/)?"(?P<tag>[^"]*)"')
# Of a kind, in one answer: the list must not outgrow the request.
_MOST_ERRORS = 20


class BodyTooLarge(Problem):
    status = 413
    detail = f"The body is larger than {MAX_BODY_BYTES // 1024} KiB."


class StrictJSONParser(BaseParser):
    """One JSON object in UTF-8, each key once."""

    media_type = "application/json"

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        body = stream.read(MAX_BODY_BYTES + 1)
        if len(body) > MAX_BODY_BYTES:
            raise BodyTooLarge
        try:
            document = json.loads(body.decode(), object_pairs_hook=_object_with_unique_keys)
        except UnicodeDecodeError:
            raise Invalid("The body is not UTF-8.") from None
        except RecursionError:
            raise Invalid("The body is nested too deeply.") from None
        except json.JSONDecodeError as exc:
            raise Invalid(f"The body is not JSON, at line {exc.lineno}, column {exc.colno}.") from None
        except ValueError:
            raise Invalid("A number in the body has too many digits.") from None
        if not isinstance(document, dict):
            raise Invalid("The body must be a JSON object.")
        return document


def _object_with_unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    unique = dict(pairs)
    if any(not _is_unicode(key) for key in unique):
        raise Invalid("The name of a field is not valid Unicode.")
    if len(unique) < len(pairs):
        counted = Counter(key for key, _ in pairs).most_common(_MOST_ERRORS)
        raise Invalid(errors={name: "Given more than once." for name, times in counted if times > 1})
    return unique


def _is_unicode(text: str) -> bool:
    """False for a lone surrogate: JSON can spell it, UTF-8 cannot."""
    return not any("\ud800" <= character <= "\udfff" for character in text)


class StrictSerializer(serializers.Serializer[Any]):
    """Refuses what it does not know instead of dropping it: a misspelt field would otherwise be lost silently."""

    read_only_names: frozenset[str] = frozenset()

    def to_internal_value(self, data: Any) -> Any:
        unknown = islice((name for name in data if name not in self.fields), _MOST_ERRORS)
        errors = {
            name: ["This field is read-only." if name in self.read_only_names else "There is no such field."]
            for name in unknown
        }
        try:
            value = super().to_internal_value(data)
        except serializers.ValidationError as exc:
            raise serializers.ValidationError({**cast(dict[str, Any], exc.detail), **errors}) from None
        if errors:
            raise serializers.ValidationError(errors)
        return value


class TextField(serializers.CharField):
    """Only JSON text: DRF's own field would also take a number. `pattern` is how the schema says what it may
    be, unless it is empty."""

    def __init__(self, *, pattern: str = r"^[^\u0000]+$", **options: Any) -> None:
        self.pattern = pattern
        super().__init__(**options)

    def run_validation(self, data: Any = serializers.empty) -> Any:
        if data is not serializers.empty and not isinstance(data, str):
            raise serializers.ValidationError("Must be text.")
        return super().run_validation(data)


class FlagField(serializers.BooleanField):
    """Only true and false: DRF's own field would also take "yes" and 1."""

    def run_validation(self, data: Any = serializers.empty) -> Any:
        if data is not serializers.empty and not isinstance(data, bool):
            raise serializers.ValidationError("Must be true or false.")
        return super().run_validation(data)


class CountField(serializers.IntegerField):
    """Only a JSON number without a fraction (5.0 is 5): DRF's own field would also take "5"."""

    def run_validation(self, data: Any = serializers.empty) -> Any:
        if isinstance(data, float) and data.is_integer():
            data = int(data)
        if data is not serializers.empty and (not isinstance(data, int) or isinstance(data, bool)):
            raise serializers.ValidationError("Must be a whole number.")
        return super().run_validation(data)


class OnlyJSON(DefaultContentNegotiation):
    """There is one representation: what a client says it accepts changes nothing."""

    def select_renderer(
        self, request: Request, renderers: Any, format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        return renderers[0], renderers[0].media_type


class AllowedMethods(BaseMetadata):
    """OPTIONS says which methods there are, in the header `Allow`; the schema says the rest."""

    def determine_metadata(self, request: Request, view: Any) -> dict[str, Any]:
        return {}


class IDConverter(StringConverter):
    """The ids of todos and files in a path. The bound keeps DynamoDB's limit on the length of a key out of reach."""

    regex = "[A-Za-z0-9_-]{1,64}"


def validate_body(serializer: type[StrictSerializer], request: Request, *, partial: bool = False) -> dict[str, Any]:
    """The body as the serializer has it. Raises Invalid or DRF's ValidationError, which become 400."""
    if request.stream is None:  # DRF would take no body for an empty object, whatever its type.
        raise Invalid("The body must be a JSON object, and Content-Length must say how long it is.")
    return cast(dict[str, Any], _kept(serializer, partial).run_validation(request.data))


@cache
def _kept(serializer: type[StrictSerializer], partial: bool) -> StrictSerializer:
    """One for all requests: building it costs more than the validation, which leaves nothing behind in it."""
    return serializer(partial=partial)


def query_text(query: QueryDict, name: str, default: str = "") -> str:
    """A parameter of the query, given once at most and in proper UTF-8."""
    values = query.getlist(name)
    if len(values) > 1:
        raise Invalid(errors={name: "Given more than once."})
    text = values[0] if values else default
    if "\0" in text or "\ufffd" in text:
        raise Invalid(errors={name: "Must be UTF-8, without NUL."})
    return text


def parse_limit(query: QueryDict) -> int:
    """`limit`: how many rows a page holds, 1 to 200."""
    given = query_text(query, "limit", str(DEFAULT_PAGE))
    if not (given.isascii() and given.isdigit() and len(given) < 6 and 1 <= int(given) <= MAX_PAGE):
        raise Invalid(errors={"limit": f"Must be a whole number from 1 to {MAX_PAGE}."})
    return int(given)


def parse_etags(request: Request, name: str, *, weak: bool) -> Collection[str] | None:
    """The tags of a conditional header, without quotes; None where it was not sent.

    A weak tag never matches where the comparison must be strong (RFC 9110, 8.8.3.2).
    """
    header = request.headers.get(name)
    if header is None:
        return None
    if header.strip(" \t") == "*":
        return ANY_ETAG
    # An element of the list may be empty, and a tag may hold a comma (RFC 9110, 5.6.1.2 and 8.8.3).
    elements = {element.strip(" \t") for element in _ETAG.sub("\0", header).split(",")}
    if not {"\0"} <= elements <= {"\0", ""}:
        raise Invalid(errors={name: 'Must be ETags as they were given, in their quotes, such as "3".'})
    return {match["tag"] for match in _ETAG.finditer(header) if weak or not match["weak"]}
