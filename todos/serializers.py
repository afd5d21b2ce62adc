"""Todos on the wire. Names are the article's; see `to_wire` for all that an answer holds."""

import re
from datetime import date
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from todoproject.api.parsing import FlagField, StrictSerializer, TextField
from todoproject.aws.dynamodb import Item
from todos.models import MAX_TEXT, MAX_TITLE

_TEXTS_BEFORE_FLAG = ("todoID", "userID", "dateCreated", "title", "description", "notes", "dateDue")
_TEXTS_AFTER_FLAG = ("dateUpdated", "dateCompleted", "dateDeleted")
_NO_TEXT = {"S": ""}


def to_wire(item: Item) -> dict[str, Any]:
    wire: dict[str, Any] = {name: item.get(name, _NO_TEXT)["S"] for name in _TEXTS_BEFORE_FLAG}
    wire["completed"] = item["completed"]["BOOL"]
    for name in _TEXTS_AFTER_FLAG:
        wire[name] = item.get(name, _NO_TEXT)["S"]
    wire["version"] = int(item["version"]["N"])
    return wire


@extend_schema_field({"anyOf": [{"type": "string", "format": "date"}, {"type": "string", "maxLength": 0}]})
class DayField(TextField):
    """A day in the user's own calendar, without a time zone: YYYY-MM-DD, or empty."""

    _PATTERN = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

    def __init__(self, **options: Any) -> None:
        super().__init__(allow_blank=True, trim_whitespace=False, **options)

    def to_internal_value(self, value: Any) -> str:
        day: str = super().to_internal_value(value)
        try:
            if day and not (self._PATTERN.fullmatch(day) and date.fromisoformat(day)):
                raise ValueError
        except ValueError:
            raise serializers.ValidationError("Must be a day as YYYY-MM-DD, or empty.") from None
        return day


def _long_text(**options: Any) -> TextField:
    return TextField(max_length=MAX_TEXT, allow_blank=True, trim_whitespace=False, **options)


class NewTodo(StrictSerializer):
    """What a new todo is to be."""

    read_only_names = frozenset(
        {"todoID", "userID", "dateCreated", "dateUpdated", "dateCompleted", "dateDeleted", "version", "completed"}
    )

    title = TextField(
        max_length=MAX_TITLE, pattern=r"^[^\u0000]*[^\s\u0000][^\u0000]*$", help_text="What is to be done."
    )
    description = _long_text(required=False, default="", help_text="More about it.")
    notes = _long_text(required=False, default="", help_text="Notes taken along the way.")
    dateDue = DayField(source="date_due", required=False, default="", help_text="YYYY-MM-DD, or empty.")


class TodoChanges(NewTodo):
    """Any of the fields; one that is left out stays as it is."""

    read_only_names = NewTodo.read_only_names - {"completed"}

    completed = FlagField(required=False, help_text="true completes the todo, false reopens it.")


class Notes(StrictSerializer):
    """The notes that replace the todo's."""

    notes = _long_text()


class EraseConfirmation(StrictSerializer):
    """Says that the account to be erased is really the caller's."""

    confirm = TextField(max_length=320, help_text="Your e-mail address or `sub`, as your token has it.")


# What follows describes answers in the schema; `to_wire` writes them.


class Todo(serializers.Serializer[Any]):
    """A todo."""

    todoID = serializers.CharField()
    userID = serializers.CharField(help_text="The `sub` of the owner.")
    dateCreated = serializers.DateTimeField()
    title = serializers.CharField(max_length=MAX_TITLE)
    description = serializers.CharField(allow_blank=True, max_length=MAX_TEXT)
    notes = serializers.CharField(allow_blank=True, max_length=MAX_TEXT)
    dateDue = serializers.CharField(allow_blank=True, help_text="YYYY-MM-DD, or empty.")
    completed = serializers.BooleanField()
    dateUpdated = serializers.DateTimeField()
    dateCompleted = serializers.CharField(allow_blank=True, help_text="A time, or empty while open.")
    dateDeleted = serializers.CharField(allow_blank=True, help_text="A time, or empty outside the trash.")
    version = serializers.IntegerField(min_value=1, help_text="Counts the writes; the ETag is made of it.")


class TodoPage(serializers.Serializer[Any]):
    """A page of the list."""

    todos = Todo(many=True)
    nextCursor = serializers.CharField(
        allow_null=True, help_text="For the next page; null at the end. A page may be empty and still have one."
    )


class Erasure(serializers.Serializer[Any]):
    """Says that everything will be erased."""

    status = serializers.CharField(help_text="Always `accepted`.")
    dateRequested = serializers.DateTimeField()
