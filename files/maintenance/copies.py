"""A stored file as a record that can leave the table and come back, its content beside it."""

import uuid
from collections.abc import Mapping
from typing import IO, Any

from pynamodb.exceptions import TransactWriteError

from files.maintenance.checks import faults_of
from files.maintenance.removal import object_key
from files.maintenance.walks import read_file
from files.models import STORED, FileModel, UsageModel, file_key_of
from files.storage import files_storage
from todoproject.aws.dynamodb import Item
from todoproject.aws.failures import Contended, attempts, transaction_refused
from todoproject.maintenance.faults import Conflict, plain_of, raw_of

# The owner and the todo stand above the record. Only stored files are copied, so the status says nothing.
_NOT_COPIED = {"userID", "fileKey", "todoID", "status", "expiresAt", "writeID"}


def record_of(item: Item) -> dict[str, Any]:
    """Every attribute of a stored file but its owner, its todo and what follows from others."""
    return plain_of(item, leave_out=_NOT_COPIED)


def item_of(user_id: str, todo_id: str, record: Mapping[str, Any]) -> Item:
    """The item that the record is of. Raises ValueError with all that is wrong."""
    for name in sorted(_NOT_COPIED & record.keys()):
        raise ValueError(f"{name} does not belong here: it follows from the rest")
    if not isinstance(record.get("fileID"), str):
        raise ValueError("fileID is missing, or not a text")
    item = raw_of(
        {
            **record,
            "userID": user_id,
            "todoID": todo_id,
            "fileKey": file_key_of(todo_id, record["fileID"]),
            "status": STORED,
            "writeID": uuid.uuid4().hex,
        }
    )
    if faults := faults_of(item):
        raise ValueError("; ".join(fault.reason for fault in faults))
    return item


def require_fit(item: Item) -> None:
    """Raises ValueError where the copy could not come back."""
    item_of(item["userID"]["S"], item["todoID"]["S"], record_of(item))


def state_of_copy(item: Item) -> bool:
    """Whether the file is there already, the same. Raises Conflict where another one is, be it a deleted one."""
    stored = read_file(item["userID"]["S"], item["fileKey"]["S"])
    if stored is None:
        return False
    if stored["status"] != {"S": STORED} or record_of(stored) != record_of(item):
        raise Conflict
    return True


def add_copy(item: Item, content: IO[bytes]) -> bool:
    """First the object, then the record and its bytes in the count. Whether the file was there already, the same.

    The owner's quota is not asked: the bytes were theirs before. Raises Conflict.
    """
    if state_of_copy(item):
        return True
    file_name, content_type = item["fileName"]["S"], item["contentType"]["S"]
    files_storage().write_object(object_key(item), content, file_name=file_name, content_type=content_type)
    for _ in attempts():
        try:
            _put(item)
        except TransactWriteError as exc:
            if not transaction_refused(exc):
                raise
            if state_of_copy(item):
                return True
        else:
            return False
    raise Contended("Others kept changing the user's files.")


def _put(item: Item) -> None:
    file = FileModel()
    file.deserialize(item)
    with FileModel.transaction() as transaction:
        transaction.save(file, FileModel.file_key.does_not_exist())
        transaction.update(
            UsageModel(item["userID"]["S"]),
            actions=[UsageModel.stored_bytes.add(int(item["size"]["N"])), UsageModel.changes.add(1)],
        )
