"""The bucket beside the table: what only one of them knows, and what the two say differently."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from deploy.local import resources
from files.models import FileModel, UsageModel
from files.storage import files_storage
from tests.clients import User
from tests.maintenance.commands import Outcome, assert_nothing_wrong, at, call
from tests.uploads import (
    BUCKET,
    let_expire,
    new_todo,
    object_key,
    objects_of,
    path_of,
    post_form,
    records_of,
    s3,
    start,
    store,
    stored_bytes,
    upload,
)


def reconcile(user: User, *options: str, days: float = 0) -> Outcome:
    with at(datetime.now(UTC) + timedelta(days=days)):
        return call("reconcile_files", "--user", user.sub, *options)


def put(key: str, content: bytes = b"content") -> None:
    s3().put_object(Bucket=BUCKET, Key=key, Body=content, ContentType="application/pdf")


@contextmanager
def after_the_bucket_was_listed(act: Any) -> Iterator[None]:
    """Once, when the answer with the user's objects is on its way."""
    left = [act]

    def do(**_: Any) -> None:
        if left:
            left.pop()()

    events = files_storage().client.meta.events
    events.register("after-call.s3.ListObjectsV2", do)
    try:
        yield
    finally:
        events.unregister("after-call.s3.ListObjectsV2", do)
    assert not left


def test_where_nothing_differs_nothing_is_done(alice: User) -> None:
    todo_id = new_todo(alice)
    store(alice, todo_id, b"one")
    upload(alice, todo_id, b"still pending")
    outcome = reconcile(alice, "--apply", days=1)
    assert (outcome.code, outcome.counts, outcome.summary["units"]["write"]) == (0, {"files compared": 1}, 0)


def test_an_object_without_record_goes_once_it_is_two_days_old(alice: User) -> None:
    kept = store(alice, new_todo(alice), b"kept")
    key = f"{alice.sub}/{uuid4()}/{uuid4()}"
    put(key)

    young = reconcile(alice, "--apply", days=1.9)
    assert (young.code, young.counts["objects without record, too young to be deleted"]) == (0, 1)
    dry = reconcile(alice, days=2.1)
    assert (dry.code, dry.errors) == (1, {key: "an object without record"})
    assert key in objects_of(alice)
    assert reconcile(alice, "--apply", days=2.1).counts["objects without record, deleted"] == 1
    assert objects_of(alice) == [object_key(alice, kept)]


def test_an_abandoned_upload_and_a_form_posted_after_the_delete_leave_nothing(alice: User) -> None:
    todo_id = new_todo(alice)
    abandoned = upload(alice, todo_id, b"never completed")
    let_expire(alice, abandoned)
    deleted, form = start(alice, todo_id, 4)
    alice.api.delete(path_of(deleted))
    assert post_form(form, b"late").status_code == 204
    assert len(objects_of(alice)) == 2

    assert reconcile(alice, "--apply", days=2.1).counts == {"objects without record, deleted": 2}
    assert objects_of(alice) == []


def test_a_stored_file_without_object_ends_and_its_bytes_leave_the_count(alice: User) -> None:
    todo_id = new_todo(alice)
    lost, kept = store(alice, todo_id, b"lost"), store(alice, todo_id, b"kept!")
    s3().delete_object(Bucket=BUCKET, Key=object_key(alice, lost))

    dry = reconcile(alice)
    assert (dry.code, dry.errors) == (1, {object_key(alice, lost): "a stored file without object"})
    assert reconcile(alice, "--apply").counts == {"files compared": 1, "records without object, removed": 1}
    assert [file["fileID"] for file in alice.api.get(f"/{todo_id}/files").json()["files"]] == [kept["fileID"]]
    assert stored_bytes(alice) == len(b"kept!")
    assert_nothing_wrong(alice)


def test_a_size_that_differs_follows_the_object_and_a_type_the_record(alice: User) -> None:
    file = store(alice, new_todo(alice), b"12345", name="größe.pdf")
    key = object_key(alice, file)
    s3().put_object(Bucket=BUCKET, Key=key, Body=b"123", ContentType="text/html")

    assert reconcile(alice).code == 1
    outcome = reconcile(alice, "--apply")
    assert outcome.counts == {"files compared": 1, "sizes put right": 1, "types put right": 1}
    head = s3().head_object(Bucket=BUCKET, Key=key)
    assert (head["ContentLength"], head["ContentType"]) == (3, "application/pdf")
    assert head["ContentDisposition"] == "attachment; filename*=utf-8''gr%C3%B6%C3%9Fe.pdf"
    assert alice.api.get(path_of(file)).json()["size"] == stored_bytes(alice) == 3
    assert_nothing_wrong(alice)


def test_a_count_that_is_not_the_sum_is_put_right(alice: User) -> None:
    store(alice, new_todo(alice), b"12345")
    UsageModel(alice.sub).update([UsageModel.stored_bytes.set(77)])

    assert reconcile(alice).errors == {alice.sub: "77 bytes are counted, its files have 5"}
    assert reconcile(alice, "--apply").counts["counts put right"] == 1
    assert stored_bytes(alice) == 5
    assert_nothing_wrong(alice)


def test_a_count_made_before_changes_were_counted_is_put_right_too(alice: User) -> None:
    store(alice, new_todo(alice), b"12345")
    UsageModel(alice.sub).update([UsageModel.stored_bytes.set(77), UsageModel.changes.remove()])
    assert reconcile(alice, "--apply").code == 0
    assert stored_bytes(alice) == 5


def test_a_file_that_is_completed_in_the_middle_is_neither_lost_nor_an_orphan(alice: User) -> None:
    todo_id = new_todo(alice)

    with after_the_bucket_was_listed(lambda: store(alice, todo_id, b"just now")):
        outcome = reconcile(alice, "--apply", days=3)
    assert (outcome.code, outcome.errors) == (0, {})
    assert (len(objects_of(alice)), stored_bytes(alice)) == (1, len(b"just now"))


def test_a_file_that_is_deleted_in_the_middle_is_counted_once(alice: User) -> None:
    file = store(alice, new_todo(alice), b"12345")

    with after_the_bucket_was_listed(lambda: alice.api.delete(path_of(file))):
        outcome = reconcile(alice, "--apply")
    assert (outcome.code, stored_bytes(alice)) == (0, 0)


def test_a_key_that_no_upload_makes_is_named_and_left_alone(alice: User) -> None:
    keys = [f"{alice.sub}/export.json", f"{alice.sub}/{uuid4()}/../secret", f"{alice.sub}/a/b/c"]
    for key in keys:
        put(key)
    outcome = reconcile(alice, "--apply", days=3)
    assert (outcome.code, set(outcome.errors)) == (1, set(keys))
    assert sorted(objects_of(alice)) == sorted(keys)


def test_so_many_missing_halves_that_it_is_rather_the_wrong_bucket_stop_the_run(alice: User) -> None:
    todo_id = new_todo(alice)
    for _ in range(3):
        s3().delete_object(Bucket=BUCKET, Key=object_key(alice, store(alice, todo_id, b"lost")))

    outcome = reconcile(alice, "--apply", "--most", "2")
    assert (outcome.code, outcome.summary["finished"]) == (3, False)
    assert outcome.sentence.startswith("There are more than 2 records without object. Is ")
    assert outcome.counts["records without object, removed"] == 2
    assert reconcile(alice, "--apply", "--most", "9", "--resume", outcome.summary["resume"]).code == 0


def test_without_types_no_object_is_asked_for_its_type(alice: User) -> None:
    store(alice, new_todo(alice), b"12345")
    assert "s3:HeadObject" in reconcile(alice).summary["calls"]
    assert "s3:HeadObject" not in reconcile(alice, "--skip-types").summary["calls"]


@pytest.mark.parametrize("status", ["pending", "deleted"])
def test_a_record_that_is_no_file_needs_no_object(alice: User, status: str) -> None:
    file, _ = start(alice, new_todo(alice), 5)
    if status == "deleted":
        alice.api.delete(path_of(file))
    assert reconcile(alice, "--apply", days=3).code == 0
    assert FileModel.get(alice.sub, f"{file['todoID']}#{file['fileID']}").status == status
    assert len(records_of(alice)) == 1


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("size", {"S": "five"}, "size is not a number"),
        ("size", {"N": "-5"}, "size is not a whole number of bytes"),
        ("size", None, "size is missing"),
        ("expiresAt", {"S": "soon"}, "expiresAt is not a number"),
        ("status", {"N": "1"}, "status is not a text"),
        ("contentType", None, "contentType is missing"),
    ],
)
def test_a_broken_record_is_named_and_left_with_its_object_while_the_others_are_mended(
    alice: User, name: str, value: Any, reason: str
) -> None:
    todo_id = new_todo(alice)
    broken, lost = store(alice, todo_id, b"12345"), store(alice, todo_id, b"lost")
    s3().delete_object(Bucket=BUCKET, Key=object_key(alice, lost))
    key = f"{todo_id}#{broken['fileID']}"
    item = FileModel.connection().get_item(alice.sub, range_key=key)["Item"]
    item = {other: stored for other, stored in (item | {name: value}).items() if stored}
    resources.client("dynamodb", os.environ).put_item(TableName=os.environ["FILES_TABLE"], Item=item)

    outcome = reconcile(alice, "--apply", days=3)
    assert (outcome.code, outcome.errors) == (1, {f"{alice.sub}/{key}": f"{reason}: see check_data"})
    assert outcome.counts["records without object, removed"] == 1
    assert objects_of(alice) == [object_key(alice, broken)]
