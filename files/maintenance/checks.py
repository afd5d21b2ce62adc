"""What can be wrong with the record of a file, and with the count of a user's bytes."""

import time
from collections.abc import Iterator

from pynamodb.exceptions import UpdateError

from files.maintenance.walks import Usage, read_usage, walk_files
from files.models import (
    DELETED,
    MAX_FILE_NAME,
    PENDING,
    STORED,
    FileModel,
    UsageModel,
    fault_of_content_type,
    fault_of_file_name,
    file_key_of,
)
from todoproject.aws.dynamodb import Item
from todoproject.aws.failures import attempts, condition_failed
from todoproject.maintenance.faults import (
    ChangedMeanwhile,
    Fault,
    is_count,
    is_time,
    is_user_id,
    is_uuid,
    shape_faults,
    text_of,
)

# DynamoDB deletes what has expired within about two days.
_OVERDUE_SECONDS = 3 * 24 * 3600


def faults_of(item: Item) -> list[Fault]:
    return list(shape_faults(FileModel, item)) or list(_field_faults(item))


def _field_faults(item: Item) -> Iterator[Fault]:
    todo_id, file_id, status = (item[name]["S"] for name in ("todoID", "fileID", "status"))
    if not is_user_id(item["userID"]["S"]):
        yield Fault("userID is none that could stand in a path")
    if not (is_uuid(todo_id) and is_uuid(file_id)):
        yield Fault("todoID or fileID is not a UUID")
    if item["fileKey"]["S"] != file_key_of(todo_id, file_id):
        yield Fault("fileKey is not made of todoID and fileID")
    if not is_count(item["size"]["N"]):
        yield Fault("size is not a whole number of bytes")
    if fault := fault_of_content_type(item["contentType"]["S"]):
        yield Fault(f"contentType: {fault}")
    if not is_time(item["dateCreated"]["S"]):
        yield Fault("dateCreated is not a time in UTC with microseconds")
    if status not in (PENDING, STORED, DELETED):
        yield Fault(f"status is none of {PENDING}, {STORED}, {DELETED}")
    elif (status == STORED) == ("expiresAt" in item):
        yield Fault(f"a {status} file {'has' if status == STORED else 'lacks'} expiresAt")
    if (status == DELETED) == ("fileName" in item):
        yield Fault(f"a {status} file {'has' if status == DELETED else 'lacks'} a fileName")
    elif status != DELETED and (fault := fault_of_file_name(text_of(item, "fileName"))):
        yield Fault(f"fileName: {fault}")
    if len(text_of(item, "fileName")) > MAX_FILE_NAME:
        yield Fault(f"fileName has more than {MAX_FILE_NAME} characters")


def is_overdue(item: Item) -> bool:
    """Expired, and DynamoDB should have deleted it by now: a table restored from a backup has no TTL, for one."""
    return "expiresAt" in item and int(item["expiresAt"]["N"]) < time.time() - _OVERDUE_SECONDS


def is_stored(item: Item) -> bool:
    return item.get("status") == {"S": STORED}


def has_expired(item: Item) -> bool:
    """Deleted, or announced too long ago to be completed: it counts as no record."""
    expired = "expiresAt" in item and int(item["expiresAt"]["N"]) <= time.time()
    return item.get("status") == {"S": DELETED} or expired


def stored_size(item: Item) -> int:
    """What the file adds to its owner's count."""
    number = item.get("size", {}).get("N", "")
    return int(number) if is_stored(item) and is_count(number) else 0


def miscounted(user_id: str, total: int) -> tuple[Usage, int] | None:
    """The usage as it is counted, and what it should be; None where it is right. `total` is what a walk added up."""
    if read_usage(user_id).stored_bytes == total:
        return None
    usage, total = _counted_bytes(user_id)
    return None if usage.stored_bytes == total else (usage, total)


def _counted_bytes(user_id: str) -> tuple[Usage, int]:
    """Adds up again when a file came or went meanwhile. Raises ChangedMeanwhile when that goes on."""
    usage = read_usage(user_id)
    for _ in attempts():
        total = sum(map(stored_size, walk_files(user_id)))
        before, usage = usage, read_usage(user_id)
        if usage == before:
            return usage, total
    raise ChangedMeanwhile


def repair_usage(user_id: str, usage: Usage, total: int) -> None:
    """Write the sum, unless a file came or went since. Raises ChangedMeanwhile."""
    same = (UsageModel.changes.does_not_exist() if usage.changes is None else UsageModel.changes == usage.changes) & (
        UsageModel.stored_bytes.does_not_exist() | (UsageModel.stored_bytes == usage.stored_bytes)
    )
    changes = UsageModel.changes.set((usage.changes or 0) + 1)
    try:
        UsageModel(user_id).update([UsageModel.stored_bytes.set(total), changes], same)
    except UpdateError as exc:
        if not condition_failed(exc):
            raise
        # It may be our own write, whose answer was lost.
        if read_usage(user_id).stored_bytes != total:
            raise ChangedMeanwhile from exc
