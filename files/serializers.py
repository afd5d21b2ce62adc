"""Files on the wire. Names are the article's; see `to_wire` for all that an answer holds."""

import re
from typing import Any

from rest_framework import serializers

from files.models import CONTENT_TYPE, MAX_FILE_NAME, PENDING, STORED, fault_of_file_name, is_runnable
from files.services import Upload, download_url
from todoproject.api.parsing import CountField, StrictSerializer, TextField
from todoproject.aws.dynamodb import Item

PLAIN_TYPE = "application/octet-stream"

_TYPE = re.compile(rf"(?P<type>{CONTENT_TYPE})\s*(;.*)?", re.DOTALL)
# What the schema says of both; of names, not all that is refused can be said.
_NAME_PATTERN = r"^(?!\.{1,2}$)(?!\s*$)[^/\\\u0000-\u001f\u007f-\u009f]+$"
_TYPE_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,63}/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,63}$"


def to_wire(item: Item) -> dict[str, Any]:
    return {
        "fileID": item["fileID"]["S"],
        "todoID": item["todoID"]["S"],
        "fileName": item["fileName"]["S"],
        "filePath": download_url(item),
        "size": int(item["size"]["N"]),
        "contentType": item["contentType"]["S"],
        "dateCreated": item["dateCreated"]["S"],
        "status": item["status"]["S"],
    }


def upload_to_wire(upload: Upload) -> dict[str, Any]:
    policy = upload.policy
    expires_at = policy.expires_at.isoformat(timespec="seconds").replace("+00:00", "Z")
    return {
        "file": to_wire(upload.file),
        "upload": {"url": policy.url, "fields": policy.fields, "expiresAt": expires_at},
    }


class FileNameField(TextField):
    """A name to show and to save under: no folders, nothing invisible, nothing that reads backwards."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=MAX_FILE_NAME, trim_whitespace=False, pattern=_NAME_PATTERN, **options)

    def to_internal_value(self, value: Any) -> str:
        name: str = super().to_internal_value(value)
        if fault := fault_of_file_name(name):
            raise serializers.ValidationError(fault)
        return name


class ContentTypeField(TextField):
    """A media type such as image/png; parameters are dropped, and what a browser would run becomes plain bytes."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            max_length=255, allow_blank=True, required=False, default=PLAIN_TYPE, pattern=_TYPE_PATTERN, **options
        )

    def to_internal_value(self, value: Any) -> str:
        given: str = super().to_internal_value(value).lower()
        if not given:
            return PLAIN_TYPE
        match = _TYPE.fullmatch(given)
        if not match:
            raise serializers.ValidationError("Must be a media type such as image/png.")
        return PLAIN_TYPE if is_runnable(match["type"]) else match["type"]

    def run_validation(self, data: Any = serializers.empty) -> Any:
        # CharField answers "" for an allowed blank without asking `to_internal_value`.
        return super().run_validation(data) or PLAIN_TYPE


class NewFile(StrictSerializer):
    """What is to be uploaded."""

    read_only_names = frozenset({"fileID", "todoID", "filePath", "dateCreated", "status"})

    fileName = FileNameField(source="file_name", help_text="Shown, and used when the file is saved.")
    size = CountField(min_value=0, help_text="Bytes; the upload must have exactly as many.")
    contentType = ContentTypeField(
        source="content_type",
        help_text="A media type. What a browser would run (HTML, SVG, …) is stored as application/octet-stream.",
    )


class File(serializers.Serializer[Any]):
    """A file of a todo."""

    fileID = serializers.CharField()
    todoID = serializers.CharField()
    fileName = serializers.CharField()
    filePath = serializers.CharField(
        allow_blank=True, help_text="An address to download from, without a token, for 15 minutes; empty while pending."
    )
    size = serializers.IntegerField(min_value=0, help_text="Bytes.")
    contentType = serializers.CharField()
    dateCreated = serializers.DateTimeField()
    status = serializers.ChoiceField([PENDING, STORED])


class FilePage(serializers.Serializer[Any]):
    """A page of the todo's files."""

    files = File(many=True)
    nextCursor = serializers.CharField(allow_null=True, help_text="For the next page; null at the end.")


class UploadForm(serializers.Serializer[Any]):
    """Post `fields` in this order as multipart/form-data to `url`, and the file as the last field, `file`."""

    url = serializers.CharField()
    fields = serializers.DictField(child=serializers.CharField())  # type: ignore[assignment]
    expiresAt = serializers.DateTimeField()


class StartedUpload(serializers.Serializer[Any]):
    """The file's record, and how to upload it."""

    file = File()
    upload = UploadForm()
