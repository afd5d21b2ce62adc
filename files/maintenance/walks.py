"""Every user that FilesTable knows, and every record of a user."""

from collections.abc import Iterator
from typing import NamedTuple

from files.models import USAGE_KEY, FileModel, UsageModel
from todoproject.aws import partitions
from todoproject.aws.dynamodb import Item
from todoproject.aws.partitions import Segment


class Usage(NamedTuple):
    stored_bytes: int
    changes: int | None
    """How many files came and went, as far as it was counted; None where nothing was ever counted."""


def user_ids(segment: Segment, after: str | None) -> Iterator[str]:
    return partitions.user_ids(FileModel, range_name="fileKey", segment=segment, after=after)


def walk_files(user_id: str, *, todo_id: str | None = None) -> Iterator[Item]:
    """All records of files, pending and deleted ones too, of a user or of one todo, by `fileKey`: by todo, and within
    one by file. Strongly consistent."""
    start = None
    while True:
        page = FileModel.connection().query(
            user_id,
            range_key_condition=None if todo_id is None else FileModel.file_key.startswith(f"{todo_id}#"),
            consistent_read=True,
            exclusive_start_key=start,
        )
        yield from (item for item in page["Items"] if item["fileKey"] != {"S": USAGE_KEY})
        start = page.get("LastEvaluatedKey")
        if not start:
            return


def read_file(user_id: str, file_key: str) -> Item | None:
    """Whatever its status. Strongly consistent."""
    return FileModel.connection().get_item(user_id, range_key=file_key, consistent_read=True).get("Item")


def read_usage(user_id: str) -> Usage:
    item = UsageModel.connection().get_item(user_id, range_key=USAGE_KEY, consistent_read=True).get("Item")
    if item is None:
        return Usage(0, None)
    stored_bytes = int(item["storedBytes"]["N"]) if "storedBytes" in item else 0
    return Usage(stored_bytes, int(item["changes"]["N"]) if "changes" in item else None)


def has_records(user_id: str) -> bool:
    """The usage among them. Strongly consistent."""
    return bool(FileModel.connection().query(user_id, consistent_read=True, limit=1)["Items"])
