"""What FilesTable holds. Attribute names in DynamoDB are the names on the wire."""

import os
import re
import time
import unicodedata
import uuid

from django.conf import settings
from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from todoproject.aws.dynamodb import Item, Table

PENDING, STORED, DELETED = "pending", "stored", "deleted"

# Cannot be the key of a file: those hold the character #.
USAGE_KEY = "usage"


MAX_FILE_NAME = 255
# S3 takes 2 KB of system metadata, and the Content-Disposition writes a byte beyond ASCII as three characters.
MAX_FILE_NAME_BYTES = 600
_BIDI_CONTROLS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")

CONTENT_TYPE = r"[a-z0-9][a-z0-9!#$&^_.+-]{0,63}/[a-z0-9][a-z0-9!#$&^_.+-]{0,63}"
# What a browser would run or render as a page of ours, should a download ever be shown instead of saved.
_RUNNABLE = re.compile(
    r"html|[/+-]xml|svg|script|xsl|flash|java|wasm|mathml|^multipart/|^message/|^text/css$|^text/vtt$"
)


class FileModel(Table):
    """One file of a todo.

    `expiresAt` (seconds since 1970, DynamoDB's TTL) is set while a file is pending or deleted. A deleted file's
    record stays for a day, without its name, so that a repeated delete is told from an unknown id. Internal, never
    on the wire: `fileKey`, `expiresAt`, `writeID` and the status `deleted`.
    """

    class Meta:
        table_name = settings.FILES_TABLE
        region = settings.AWS_REGION
        billing_mode = "PAY_PER_REQUEST"

    user_id = UnicodeAttribute(hash_key=True, attr_name="userID")
    file_key = UnicodeAttribute(range_key=True, attr_name="fileKey")
    todo_id = UnicodeAttribute(attr_name="todoID")
    file_id = UnicodeAttribute(attr_name="fileID")
    file_name = UnicodeAttribute(null=True, attr_name="fileName")
    size = NumberAttribute()
    content_type = UnicodeAttribute(attr_name="contentType")
    date_created = UnicodeAttribute(attr_name="dateCreated")
    status = UnicodeAttribute()
    expires_at = NumberAttribute(null=True, attr_name="expiresAt")
    write_id = UnicodeAttribute(attr_name="writeID")


class UsageModel(Table):
    """How many bytes a user has stored; changed only in the transaction that stores or deletes a file.

    Each of these also adds 1 to `changes`, by which who adds up a user's files knows that none came or went meanwhile.
    """

    class Meta:
        table_name = settings.FILES_TABLE
        region = settings.AWS_REGION

    user_id = UnicodeAttribute(hash_key=True, attr_name="userID")
    file_key = UnicodeAttribute(range_key=True, attr_name="fileKey", default=USAGE_KEY)
    stored_bytes = NumberAttribute(default=0, attr_name="storedBytes")
    changes = NumberAttribute(null=True)


def fault_of_file_name(name: str) -> str | None:
    """A name is to show and to save under: no folders, nothing invisible, nothing that reads backwards.

    Its characters are counted elsewhere: serializers do so last.
    """
    if name in (".", "..") or all(unicodedata.category(character)[0] in "CZ" for character in name):
        return "Must be a name."
    if len(name.encode(errors="surrogatepass")) > MAX_FILE_NAME_BYTES:
        return f"Must be at most {MAX_FILE_NAME_BYTES} bytes in UTF-8."
    if any(
        character in "/\\" or character in _BIDI_CONTROLS or unicodedata.category(character) in ("Cc", "Zl", "Zp")
        for character in name
    ):
        return "Must not hold slashes, line breaks or control characters."
    return None


def is_runnable(content_type: str) -> bool:
    return _RUNNABLE.search(content_type) is not None


def fault_of_content_type(content_type: str) -> str | None:
    if not re.fullmatch(CONTENT_TYPE, content_type):
        return "Must be a media type such as image/png."
    return "A browser would run it." if is_runnable(content_type) else None


def file_key_of(todo_id: str, file_id: str) -> str:
    return f"{todo_id}#{file_id}"


def object_key_of(user_id: str, todo_id: str, file_id: str) -> str:
    """The key in the bucket. Never the file's name: that is text of the user's, and goes into a header."""
    return f"{user_id}/{todo_id}/{file_id}"


def is_expired(item: Item) -> bool:
    """DynamoDB deletes an expired item up to two days late."""
    return "expiresAt" in item and int(item["expiresAt"]["N"]) <= time.time()


def new_file_id() -> str:
    """A version 7 UUID (RFC 9562, 5.7), so that a todo's files are listed in the order in which they were added.

    Python has `uuid.uuid7` from 3.14 on.
    """
    value = (time.time_ns() // 1_000_000) << 80 | int.from_bytes(os.urandom(10), "big")
    value = value & ~(0xF << 76) | 7 << 76
    return str(uuid.UUID(int=value & ~(0b11 << 62) | 0b10 << 62))
