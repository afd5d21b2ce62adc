"""The end of files: with their todo, with their owner, or because one half of them is missing."""

from pynamodb.exceptions import DeleteError, TransactWriteError

from files.maintenance.checks import is_stored, stored_size
from files.maintenance.walks import read_file, walk_files
from files.models import FileModel, UsageModel, object_key_of
from files.storage import files_storage
from todoproject.aws.dynamodb import Item
from todoproject.aws.failures import Contended, attempts, condition_failed, transaction_refused


def remove_files(user_id: str, todo_id: str) -> int:
    """All of a todo's: first the objects, then the records, so that a crash leaves records to go on with and never an
    object that nobody finds. Returns how many records."""
    count = 0
    for item in walk_files(user_id, todo_id=todo_id):
        remove_file(item)
        count += 1
    return count


def remove_file(item: Item) -> None:
    """The object, then the record; repeatable."""
    files_storage().delete_objects([object_key(item)])
    remove_record(item)


def remove_record(item: Item) -> None:
    """The record alone, and its bytes from the count; repeatable. As it is now, should it have changed meanwhile."""
    current: Item | None = item
    for _ in attempts():
        if current is None:
            return
        try:
            _remove(current)
        except TransactWriteError as exc:
            if not transaction_refused(exc):
                raise
            current = read_file(item["userID"]["S"], item["fileKey"]["S"])
        else:
            return
    raise Contended("Others kept changing the user's files.")


def _remove(item: Item) -> None:
    user_id = item["userID"]["S"]
    condition = FileModel.status == item["status"]["S"]
    with FileModel.transaction() as transaction:
        transaction.delete(FileModel(user_id, item["fileKey"]["S"]), condition)
        if is_stored(item):
            transaction.update(
                UsageModel(user_id),
                actions=[UsageModel.stored_bytes.add(-stored_size(item)), UsageModel.changes.add(1)],
            )


def remove_expired(item: Item) -> None:
    """A record that DynamoDB should have deleted, if it is still the same; repeatable."""
    condition = FileModel.expires_at == int(item["expiresAt"]["N"])
    try:
        FileModel(item["userID"]["S"], item["fileKey"]["S"]).delete(condition)
    except DeleteError as exc:
        if not condition_failed(exc):
            raise


def erase_files(user_id: str) -> tuple[int, int]:
    """Everything of the user: every version of every object, then every record and the count. Returns how many.

    A deleted version could be brought back until the bucket's lifecycle rule ends it; an erased person's must not.
    """
    objects = files_storage().delete_versions(f"{user_id}/")
    records = 0
    for item in walk_files(user_id):
        FileModel(user_id, item["fileKey"]["S"]).delete()
        records += 1
    UsageModel(user_id).delete()
    return objects, records


def object_key(item: Item) -> str:
    """By the record's key, as the services find it, whatever its other attributes say."""
    todo_id, file_id = item["fileKey"]["S"].split("#")
    return object_key_of(item["userID"]["S"], todo_id, file_id)
