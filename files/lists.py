"""A user's files, read by the page, and how much they hold.

An item is returned as DynamoDB has it (`Item`); `files.serializers.to_wire` turns it into JSON.
"""

from collections.abc import Collection
from typing import Any

from pynamodb.expressions.condition import Condition

from files.models import PENDING, STORED, USAGE_KEY, FileModel, UsageModel, file_key_of, is_expired
from todoproject.aws.dynamodb import Item

# What one request for a page may read from DynamoDB, 1 MB each, before it answers with what it has found.
_MAX_QUERIES = 4
STATUSES = (STORED, PENDING)


def list_files(
    *, user_id: str, todo_id: str, limit: int = 100, after: str | None = None
) -> tuple[list[Item], str | None]:
    """A page of the todo's stored files in the order in which they were added, and the file id it goes on after.

    Empty for an unknown todo, and for somebody else's. Strongly consistent.
    """
    found, following = _page(
        user_id,
        FileModel.file_key.startswith(file_key_of(todo_id, "")),
        FileModel.status == STORED,
        limit,
        after and file_key_of(todo_id, after),
    )
    return found, following.partition("#")[2] if following else None


def list_files_of_user(
    *, user_id: str, statuses: Collection[str] = STATUSES, limit: int = 100, after: str | None = None
) -> tuple[list[Item], str | None]:
    """A page of all that the user has, todo by todo, and the key of the file it goes on after. Strongly consistent."""
    found, following = _page(user_id, None, FileModel.status.is_in(*statuses), limit, after)
    return [item for item in found if not is_expired(item)], following


def find_files(keys: Collection[tuple[str, str]]) -> list[Item]:
    """Those that there are of the files with these users and keys, in no order. Strongly consistent."""
    items = [file.serialize() for file in FileModel.batch_get(keys, consistent_read=True)]
    return [item for item in items if item["status"]["S"] in STATUSES and not is_expired(item)]


def count_files(*, user_id: str, most: int = 1000) -> tuple[int, bool]:
    """How many stored files the user has, and whether there may be more: counts to `most`, or to what 4 MB hold."""
    start, count = None, 0
    for _ in range(_MAX_QUERIES):
        page = FileModel.connection().query(
            user_id, filter_condition=FileModel.status == STORED, select="COUNT", exclusive_start_key=start
        )
        count += page["Count"]
        start = page.get("LastEvaluatedKey")
        if not start or count > most:
            break
    return min(count, most), bool(start) or count > most


def stored_bytes(*, user_id: str) -> int:
    usage = UsageModel.connection().get_item(user_id, range_key=USAGE_KEY, consistent_read=True).get("Item")
    return int(usage["storedBytes"]["N"]) if usage else 0


def _page(
    user_id: str, keys: Condition | None, filter_condition: Condition, limit: int, after: str | None
) -> tuple[list[Item], str | None]:
    """Without a limit for DynamoDB, which would count what the filter leaves out too, and a page full of that would be
    empty."""
    found: list[Item] = []
    start: Any = after and {"userID": {"S": user_id}, "fileKey": {"S": after}}
    for _ in range(_MAX_QUERIES):
        page = FileModel.connection().query(
            user_id,
            range_key_condition=keys,
            filter_condition=filter_condition,
            consistent_read=True,
            exclusive_start_key=start,
        )
        found += page["Items"]
        start = page.get("LastEvaluatedKey")
        if len(found) > limit:
            return found[:limit], str(found[limit - 1]["fileKey"]["S"])
        if not start:
            return found, None
    return found, str(start["fileKey"]["S"]) if start else None
