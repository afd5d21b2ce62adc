"""The files' bucket beside their table: what only one of them knows, and what the two say differently."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

from django.utils import timezone
from pynamodb.exceptions import TransactWriteError

from files.maintenance.checks import faults_of, has_expired, is_stored, miscounted, repair_usage, stored_size
from files.maintenance.removal import object_key, remove_record
from files.maintenance.walks import read_file, walk_files
from files.models import STORED, FileModel, UsageModel, file_key_of
from files.storage import ListedObject, StoredObject, files_storage
from todoproject.aws.dynamodb import Item
from todoproject.aws.failures import transaction_refused
from todoproject.maintenance.faults import ChangedMeanwhile, is_uuid
from todoproject.maintenance.run import Run, Stopped

# Longer than an upload may take from its start to its completion, and than DynamoDB keeps an expired record.
ORPHAN_AGE = timedelta(days=2)


class Reconciler:
    def __init__(self, run: Run, *, most: int, types: bool) -> None:
        self._run = run
        self._most = most
        self._types = types
        self._found = Counter[str]()

    def reconcile(self, user_id: str) -> None:
        """Both come in the order of todo and file, so neither is held in memory."""
        total = 0
        for listed, item in self._pairs(user_id):
            self._run.advance()
            total += stored_size(item) if item else 0
            if item and (faults := faults_of(item)):
                # What it means is not known, and so neither whether it wants its object.
                reasons = "; ".join(fault.reason for fault in faults)
                self._run.error(f"{user_id}/{item['fileKey']['S']}", f"{reasons}: see check_data")
            elif listed and item and is_stored(item):
                self._compare(listed, item)
            elif listed and (item is None or has_expired(item)):
                self._orphan(listed)
            elif item and is_stored(item):
                self._lost(item)
        if found := miscounted(user_id, total):
            usage, total = found
            reason = f"{usage.stored_bytes} bytes are counted, its files have {total}"
            self._run.mend(user_id, reason, "counts put right", lambda: repair_usage(user_id, usage, total))

    def _pairs(self, user_id: str) -> Iterator[tuple[ListedObject | None, Item | None]]:
        objects, records = self._objects(user_id), self._records(user_id)
        listed, item = next(objects, None), next(records, None)
        while listed or item:
            left = _record_key(listed) if listed else None
            right = item["fileKey"]["S"] if item else None
            if right is None or (left is not None and left <= right):
                yield listed, item if left == right else None
                item = next(records, None) if left == right else item
                listed = next(objects, None)
            else:
                yield None, item
                item = next(records, None)

    def _objects(self, user_id: str) -> Iterator[ListedObject]:
        for listed in files_storage().list_objects(f"{user_id}/"):
            parts = listed.key.split("/")
            if len(parts) == 3 and all(map(is_uuid, parts[1:])):
                yield listed
            else:
                self._run.error(listed.key, "no key of ours, so it is left alone")

    def _records(self, user_id: str) -> Iterator[Item]:
        for item in walk_files(user_id):
            if all(map(is_uuid, item["fileKey"]["S"].split("#"))):
                yield item
            else:
                self._run.error(f"{user_id}/{item['fileKey']['S']}", "no key of ours: see check_data")

    def _orphan(self, listed: ListedObject) -> None:
        if timezone.now() - listed.last_modified < ORPHAN_AGE:
            self._run.count("objects without record, too young to be deleted")
            return
        user_id, _, rest = listed.key.partition("/")
        item = read_file(user_id, rest.replace("/", "#"))
        if item is None or has_expired(item):
            self._limit("objects without record")
            self._run.mend(
                listed.key,
                "an object without record",
                "objects without record, deleted",
                lambda: files_storage().delete_objects([listed.key]),
            )

    def _lost(self, item: Item) -> None:
        key = object_key(item)
        item = read_file(item["userID"]["S"], item["fileKey"]["S"]) or {}
        # Looked at again, later: it may have been completed, or deleted, between the two walks.
        if is_stored(item) and not any(listed.key == key for listed in files_storage().list_objects(key)):
            self._limit("records without object")
            self._run.mend(
                key, "a stored file without object", "records without object, removed", lambda: remove_record(item)
            )

    def _compare(self, listed: ListedObject, item: Item) -> None:
        self._run.count("files compared")
        record = StoredObject(size=int(item["size"]["N"]), content_type=item["contentType"]["S"])
        if self._types or listed.size != record.size:
            uploaded = files_storage().stored_object(listed.key)
            if uploaded is None:
                self._lost(item)
                return
            if uploaded.size != record.size:
                reason = f"the object has {uploaded.size} bytes, its record says {record.size}"
                self._run.mend(listed.key, reason, "sizes put right", lambda: _set_size(item, uploaded.size))
            if uploaded.content_type != record.content_type:
                reason = f"the object is {uploaded.content_type}, its record says {record.content_type}"
                self._run.mend(listed.key, reason, "types put right", lambda: _set_type(item))

    def _limit(self, kind: str) -> None:
        """Raises Stopped."""
        with self._run.alone():
            self._found[kind] += 1
            too_many = self._run.applies and self._found[kind] > self._most
        if too_many:
            raise Stopped(
                f"There are more than {self._most} {kind}. Is {files_storage().bucket_name} the bucket of "
                f"{FileModel.Meta.table_name}, and the table as it was last? If so, allow more with --most."
            )


def _record_key(listed: ListedObject) -> str:
    _, todo_id, file_id = listed.key.split("/")
    return file_key_of(todo_id, file_id)


def _set_size(item: Item, size: int) -> None:
    """The record follows the object, and the count the record. Raises ChangedMeanwhile."""
    user_id, file_key, before = item["userID"]["S"], item["fileKey"]["S"], int(item["size"]["N"])
    try:
        with FileModel.transaction() as transaction:
            transaction.update(
                FileModel(user_id, file_key),
                actions=[FileModel.size.set(size)],
                condition=(FileModel.status == STORED) & (FileModel.size == before),
            )
            transaction.update(
                UsageModel(user_id),
                actions=[UsageModel.stored_bytes.add(size - before), UsageModel.changes.add(1)],
            )
    except TransactWriteError as exc:
        if not transaction_refused(exc):
            raise
        # Another run may have been faster.
        if stored_size(read_file(user_id, file_key) or {}) != size:
            raise ChangedMeanwhile from exc


def _set_type(item: Item) -> None:
    """The object follows the record, whose type was checked: a browser may be made to run another."""
    file_name, content_type = item["fileName"]["S"], item["contentType"]["S"]
    files_storage().retype_object(object_key(item), file_name=file_name, content_type=content_type)
