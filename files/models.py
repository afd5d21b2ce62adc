"""What FilesTable holds. Attribute names in DynamoDB are the names on the wire."""

import os
import time
import uuid

from django.conf import settings
from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from todoproject.aws.dynamodb import Item, Table

PENDING, STORED, DELETED = "pending", "stored", "deleted"

# Cannot be the key of a file: those hold the character #.
USAGE_KEY = "usage"


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
    """How many bytes a user has stored; changed only in the transaction that stores or deletes a file."""

    class Meta:
        table_name = settings.FILES_TABLE
        region = settings.AWS_REGION

    user_id = UnicodeAttribute(hash_key=True, attr_name="userID")
    file_key = UnicodeAttribute(range_key=True, attr_name="fileKey", default=USAGE_KEY)
    stored_bytes = NumberAttribute(default=0, attr_name="storedBytes")


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
