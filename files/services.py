"""What can be done with a todo's file; `files.lists` reads many. The API, the admin and the commands all enter here;
the owner comes first.

An item is returned as DynamoDB has it (`Item`); `files.serializers.to_wire` turns it into JSON.
"""

import time
import uuid
from dataclasses import dataclass

from django.conf import settings
from django.utils import timezone
from pynamodb.exceptions import PutError, TransactWriteError

from files.lists import stored_bytes
from files.models import (
    DELETED,
    PENDING,
    STORED,
    FileModel,
    UsageModel,
    file_key_of,
    is_expired,
    new_file_id,
    object_key_of,
)
from files.storage import StoredObject, UploadPolicy, files_storage
from todoproject.api.problems import NotFound, Problem
from todoproject.aws.dynamodb import Alongside, Item, written_time
from todoproject.aws.failures import Contended, attempts, condition_failed, transaction_refused
from todos.services import get_todo

# How long an upload may be completed after its start, and how long a deleted file's record answers a repeated delete.
PENDING_SECONDS = DELETED_SECONDS = 24 * 3600


class TooLarge(Problem):
    status = 413
    detail = f"The file is larger than the limit of {settings.MAX_FILE_BYTES} bytes."


class QuotaUsedUp(Problem):
    status = 409
    detail = f"Your files would exceed your {settings.USER_FILE_QUOTA} bytes. Delete some first."


class NothingUploaded(Problem):
    status = 409
    detail = "Nothing has been uploaded yet. Post the file to `upload.url` first, with all of its fields."


class UploadDiffers(Problem):
    status = 422
    detail = "What was uploaded differs in size or type from what was announced. Delete the file and start again."


@dataclass(frozen=True)
class Upload:
    file: Item
    policy: UploadPolicy


def get_file(*, user_id: str, todo_id: str, file_id: str) -> Item:
    """A pending or stored file. Strongly consistent. Raises NotFound."""
    item = _read(user_id, todo_id, file_id)
    if item is None or item["status"]["S"] == DELETED or is_expired(item):
        raise NotFound
    return item


def start_upload(*, user_id: str, todo_id: str, file_name: str, size: int, content_type: str) -> Upload:
    """Announce a file of `size` bytes; the upload itself goes to S3, by the policy that is returned.

    Raises TooLarge, NotFound (no such todo, or in the trash), QuotaUsedUp.
    """
    if size > settings.MAX_FILE_BYTES:
        raise TooLarge
    get_todo(user_id=user_id, todo_id=todo_id)
    if stored_bytes(user_id=user_id) + size > settings.USER_FILE_QUOTA:
        raise QuotaUsedUp
    file_id = new_file_id()
    file = FileModel(
        user_id,
        file_key_of(todo_id, file_id),
        todo_id=todo_id,
        file_id=file_id,
        file_name=file_name,
        size=size,
        content_type=content_type,
        date_created=written_time(timezone.now()),
        status=PENDING,
        expires_at=int(time.time()) + PENDING_SECONDS,
        write_id=uuid.uuid4().hex,
    )
    try:
        file.save(FileModel.file_key.does_not_exist())
    except PutError as exc:
        # The id is new: what is there can only be our own write, whose answer was lost.
        if not condition_failed(exc) or not _is_ours(file):
            raise
    policy = files_storage().upload_policy(
        object_key_of(user_id, todo_id, file_id), file_name=file_name, content_type=content_type, size=size
    )
    return Upload(file=file.serialize(), policy=policy)


def complete_upload(*, user_id: str, todo_id: str, file_id: str) -> Item:
    """Take what was uploaded for the file's own and count its bytes; repeatable.

    Raises NotFound, NothingUploaded, UploadDiffers, QuotaUsedUp.
    """
    for _ in attempts():
        item = get_file(user_id=user_id, todo_id=todo_id, file_id=file_id)
        if item["status"]["S"] == STORED:
            return item
        _check_upload(item, files_storage().stored_object(object_key_of(user_id, todo_id, file_id)))
        size = int(item["size"]["N"])
        if stored_bytes(user_id=user_id) + size > settings.USER_FILE_QUOTA:
            # The sum may hold this very file, completed meanwhile by a repeated request.
            item = get_file(user_id=user_id, todo_id=todo_id, file_id=file_id)
            if item["status"]["S"] == STORED:
                return item
            raise QuotaUsedUp
        try:
            _store(item, size)
        except TransactWriteError as exc:
            # Completed or deleted meanwhile, the quota used up meanwhile, or a conflict: see what is there now.
            if not transaction_refused(exc):
                raise
            continue
        return {name: value for name, value in item.items() if name != "expiresAt"} | {"status": {"S": STORED}}
    raise Contended("Others kept changing the user's files.")


def delete_file(*, user_id: str, todo_id: str, file_id: str, alongside: Alongside | None = None) -> None:
    """Remove the object, then the record; repeatable for a day. Raises NotFound.

    `alongside` takes part in the transaction of the record, and is not asked where the file was deleted already.

    In this order: a crash in between leaves a record whose delete can be repeated, never an object nobody finds.
    """
    for _ in attempts():
        item = _read(user_id, todo_id, file_id)
        if item is None or (is_expired(item) and item["status"]["S"] != DELETED):
            raise NotFound
        if item["status"]["S"] == DELETED:
            return
        files_storage().delete(object_key_of(user_id, todo_id, file_id))
        try:
            _mark_deleted(item, alongside)
        except TransactWriteError as exc:
            if not transaction_refused(exc):
                raise
            continue
        return
    raise Contended("Others kept changing the user's files.")


def download_url(item: Item, *, seconds: int | None = None) -> str:
    """A signed address that works without any header, for 15 minutes or so many seconds; "" while nothing is stored."""
    if item["status"]["S"] != STORED:
        return ""
    key = object_key_of(item["userID"]["S"], item["todoID"]["S"], item["fileID"]["S"])
    url: str = files_storage().url(key, expire=seconds)
    return url


def _read(user_id: str, todo_id: str, file_id: str) -> Item | None:
    key = file_key_of(todo_id, file_id)
    return FileModel.connection().get_item(user_id, range_key=key, consistent_read=True).get("Item")


def _is_ours(file: FileModel) -> bool:
    item = _read(file.user_id, file.todo_id, file.file_id)
    return item is not None and item["writeID"]["S"] == file.write_id


def _check_upload(item: Item, uploaded: StoredObject | None) -> None:
    if uploaded is None:
        raise NothingUploaded
    if uploaded != StoredObject(size=int(item["size"]["N"]), content_type=item["contentType"]["S"]):
        raise UploadDiffers


def _store(item: Item, size: int) -> None:
    with FileModel.transaction() as transaction:
        transaction.update(
            _keys_only(item),
            actions=[FileModel.status.set(STORED), FileModel.expires_at.remove()],
            condition=FileModel.status == PENDING,
        )
        transaction.update(
            UsageModel(item["userID"]["S"]),
            actions=[UsageModel.stored_bytes.add(size), UsageModel.changes.add(1)],
            condition=UsageModel.stored_bytes.does_not_exist()
            | (UsageModel.stored_bytes <= settings.USER_FILE_QUOTA - size),
        )


def _mark_deleted(item: Item, alongside: Alongside | None) -> None:
    with FileModel.transaction() as transaction:
        transaction.update(
            _keys_only(item),
            actions=[
                FileModel.status.set(DELETED),
                FileModel.file_name.remove(),
                FileModel.expires_at.set(int(time.time()) + DELETED_SECONDS),
            ],
            condition=FileModel.status == item["status"]["S"],
        )
        if item["status"]["S"] == STORED:
            transaction.update(
                UsageModel(item["userID"]["S"]),
                actions=[UsageModel.stored_bytes.add(-int(item["size"]["N"])), UsageModel.changes.add(1)],
            )
        if alongside:
            alongside(transaction, {"status": (item["status"]["S"], DELETED)})


def _keys_only(item: Item) -> FileModel:
    return FileModel(item["userID"]["S"], item["fileKey"]["S"])
