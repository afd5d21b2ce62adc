"""Users leave the tables and come back, byte for byte, and never over anything that is there."""

import json
import os
import signal
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from deploy.local import resources
from files.maintenance.removal import erase_files
from files.storage import files_storage
from tests.clients import User
from tests.faults.server import wait_until
from tests.maintenance.commands import Outcome, Site, assert_nothing_wrong, at, call
from tests.maintenance.kills import contents
from tests.uploads import BUCKET, new_todo, object_key, objects_of, path_of, s3, start, store, stored_bytes
from tests.walks import walk
from todoproject.aws.folders import open_folder
from todos.maintenance.removal import erase_todos, remove_request
from todos.models import TodoModel


def export(user: User, folder: object, *options: str) -> Outcome:
    return call("export_data", str(folder), "--user", user.sub, *options)


def bring_back(user: User, folder: object, *options: str) -> Outcome:
    return call("import_data", str(folder), "--user", user.sub, *options)


def wipe(user: User) -> None:
    erase_files(user.sub)
    erase_todos(user.sub)
    remove_request(user.sub)


def fill(user: User) -> list[str]:
    """Todos in every state and files of every kind."""
    ids = [new_todo(user, title) for title in ("open", "completed", "trashed", "ǅ 日本 \u2028 \\ \" '", "again")]
    user.api.patch(f"/me/todos/{ids[1]}", {"completed": True, "notes": "line\nline\ttab\r\u007f"})
    store(user, ids[0], b"")
    store(user, ids[0], bytes(range(256)), name="Ünïcode \U0001f600.pdf", content_type="text/html")
    store(user, ids[2], b"in the trash", content_type="text/plain")
    user.api.delete(path_of(store(user, ids[0], b"deleted")))
    start(user, ids[0], 10)
    for todo_id in (ids[2], ids[4]):
        user.api.delete(f"/me/todos/{todo_id}")
    user.api.post(f"/me/todos/{ids[4]}/restore")
    user.api.post("/me/todos/erase-account", {"confirm": user.sub})
    return ids


def test_a_user_comes_back_byte_for_byte(alice: User, tmp_path: Path) -> None:
    ids = fill(alice)
    lists = [walk(alice), walk(alice, status="trashed")]
    files = [alice.api.get(f"/{todo_id}/files").json() for todo_id in ids]
    kinds = {(file["fileName"], file["size"], file["contentType"]) for each in files for file in each["files"]}

    exported = export(alice, tmp_path / "before", "--apply")
    assert (exported.code, exported.counts) == (
        0,
        {"users": 1, "todos": 5, "files": 3, "bytes of files": 256 + len(b"in the trash")},
    )
    wipe(alice)
    assert (walk(alice), objects_of(alice)) == ([], [])
    imported = bring_back(alice, tmp_path / "before", "--apply")
    # The request to erase counts as the sixth.
    assert (imported.code, imported.counts) == (0, {"users": 1, "todos brought back": 6, "files brought back": 3})

    assert [walk(alice), walk(alice, status="trashed")] == lists
    again = [alice.api.get(f"/{todo_id}/files").json() for todo_id in ids]
    assert {(file["fileName"], file["size"], file["contentType"]) for each in again for file in each["files"]} == kinds
    assert stored_bytes(alice) == 256 + len(b"in the trash")
    assert_nothing_wrong(alice)
    export(alice, tmp_path / "after", "--apply")
    assert contents(tmp_path / "after") == contents(tmp_path / "before")


def test_a_file_comes_back_as_it_was_uploaded(alice: User, tmp_path: Path) -> None:
    key = object_key(alice, store(alice, new_todo(alice), b"12345", name="größe.pdf"))

    def head() -> tuple[str, str]:
        found = s3().head_object(Bucket=BUCKET, Key=key)
        return found["ContentType"], found["ContentDisposition"]

    before = head()
    export(alice, tmp_path, "--apply")
    wipe(alice)
    bring_back(alice, tmp_path, "--apply")
    assert head() == before


def test_exporting_by_several_segments_gives_the_same_bytes_and_all_of_it_comes_back(tmp_path: Path) -> None:
    one, two = Site(), Site()
    one.run("seed_demo", "--users", "5", "--todos", "4", "--files", "2", "--apply")
    assert one.run("export_data", str(tmp_path / "a"), "--apply").code == 0
    assert one.run("export_data", str(tmp_path / "b"), "--apply", "--segments", "3").code == 0
    assert contents(tmp_path / "b") == contents(tmp_path / "a")
    summary = json.loads((tmp_path / "a" / "export.json").read_text())
    assert {**summary, "digest": ""} == {"format": 1, "users": 5, "todos": 20, "files": 10, "digest": ""}

    outcome = two.run("import_data", str(tmp_path / "a"), "--apply", "--segments", "3")
    assert (outcome.code, outcome.counts) == (0, {"users": 5, "todos brought back": 20, "files brought back": 10})
    assert two.run("export_data", str(tmp_path / "c"), "--apply", "--segments", "2").code == 0
    assert contents(tmp_path / "c") == contents(tmp_path / "a")
    two.assert_nothing_wrong()


def test_a_bucket_serves_as_the_folder(alice: User, tmp_path: Path) -> None:
    fill(alice)
    bucket = f"exports-{uuid4().hex[:12]}"
    s3().create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    assert export(alice, f"s3://{bucket}/2026/november", "--apply").code == 0
    assert export(alice, tmp_path, "--apply").code == 0
    keys = [each["Key"] for each in s3().list_objects_v2(Bucket=bucket)["Contents"]]
    there = {key.removeprefix("2026/november/"): s3().get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys}
    assert there == contents(tmp_path)

    wipe(alice)
    assert bring_back(alice, f"s3://{bucket}/2026/november", "--apply").counts["files brought back"] == 3
    assert export(alice, f"s3://{bucket}/2026/november", "--apply").code == 2


def test_an_import_that_is_stopped_while_it_checks_checks_everything_again(
    alice: User, bob: User, tmp_path: Path
) -> None:
    bucket = f"exports-{uuid4().hex[:12]}"
    s3().create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    totals = {"format": 1, "users": 2, "todos": 2, "files": 0, "digest": 0}
    for user in (alice, bob):
        new_todo(user)
        export(user, tmp_path / user.sub, "--apply")
        for name, content in contents(tmp_path / user.sub).items():
            s3().put_object(Bucket=bucket, Key=name, Body=content)
        totals["digest"] += int(json.loads((tmp_path / user.sub / "export.json").read_text())["digest"], 16)
        wipe(user)
    whole = {**totals, "digest": f"{totals['digest'] % 2**256:064x}"}
    s3().put_object(Bucket=bucket, Key="export.json", Body=json.dumps(whole))
    reads: list[int] = []

    def stop_at_the_second(**_: Any) -> None:
        reads.append(1)
        if len(reads) == 2:
            os.kill(os.getpid(), signal.SIGTERM)
            # Python hears it in the main thread, and this is another.
            wait_until(lambda: signal.getsignal(signal.SIGTERM) == signal.SIG_DFL, seconds=30, what="it is heard")

    events = files_storage().client.meta.events
    events.register("before-call.s3.GetObject", stop_at_the_second)
    try:
        stopped = call("import_data", f"s3://{bucket}", "--apply")
    finally:
        events.unregister("before-call.s3.GetObject", stop_at_the_second)
    assert (stopped.code, walk(alice), walk(bob)) == (3, [], [])
    again = call("import_data", f"s3://{bucket}", "--apply", "--resume", stopped.summary["resume"])
    assert (again.code, again.counts) == (0, {"users": 2, "todos brought back": 2})


def test_importing_twice_changes_nothing_the_second_time(alice: User, tmp_path: Path) -> None:
    fill(alice)
    export(alice, tmp_path, "--apply")
    outcome = bring_back(alice, tmp_path, "--apply")
    assert (outcome.code, outcome.counts) == (0, {"users": 1, "todos there already": 6, "files there already": 3})
    assert outcome.summary["units"]["write"] <= 6  # a refused write is paid for


def test_what_was_changed_since_stays_and_is_named(alice: User, tmp_path: Path) -> None:
    edited, untouched, emptied = (new_todo(alice) for _ in range(3))
    store(alice, edited, b"of the edited one")
    deleted = store(alice, emptied, b"deleted since")
    export(alice, tmp_path, "--apply")
    alice.api.patch(f"/me/todos/{edited}", {"title": "Edited since"})
    alice.api.delete(path_of(deleted))
    before = walk(alice)

    for outcome in (bring_back(alice, tmp_path), bring_back(alice, tmp_path, "--apply")):
        assert outcome.code == 1
        assert outcome.errors == {
            f"{alice.sub}/{edited}": "another one is there already, and stays",
            f"{alice.sub}/{emptied}/{deleted['fileID']}": "another one is there already, and stays",
        }
        assert outcome.counts == {"users": 1, "todos there already": 2, "files of conflicting todos, left out": 1}
    assert walk(alice) == before
    assert untouched in {todo["todoID"] for todo in before}


def test_a_todo_of_the_trash_comes_back_to_the_trash_and_is_purged_on_its_day(alice: User, tmp_path: Path) -> None:
    todo_id = new_todo(alice)
    alice.api.delete(f"/me/todos/{todo_id}")
    export(alice, tmp_path, "--apply")
    wipe(alice)
    bring_back(alice, tmp_path, "--apply")
    assert [todo["todoID"] for todo in walk(alice, status="trashed")] == [todo_id]
    with at(timezone.now() + timedelta(days=32)):
        call("purge_trash", "--days", "5", "--apply")
    assert walk(alice, status="trashed") == []


def test_dry_runs_write_nothing(alice: User, tmp_path: Path) -> None:
    fill(alice)
    dry = export(alice, tmp_path / "none")
    assert (dry.code, dry.counts["todos"], (tmp_path / "none").exists()) == (0, 5, False)
    export(alice, tmp_path, "--apply")
    wipe(alice)
    assert bring_back(alice, tmp_path).counts == {"users": 1, "todos brought back": 6, "files brought back": 3}
    assert (walk(alice), objects_of(alice)) == ([], [])


def test_what_an_import_would_refuse_is_named_and_not_exported(alice: User, tmp_path: Path) -> None:
    good, bad, lost = (new_todo(alice) for _ in range(3))
    store(alice, bad, b"of the bad one")
    file = store(alice, lost, b"lost")
    s3().delete_object(Bucket=BUCKET, Key=object_key(alice, file))
    TodoModel(alice.sub, bad).update([TodoModel.title.set(" ")])

    outcome = export(alice, tmp_path, "--apply")
    assert (outcome.code, outcome.errors) == (
        1,
        {
            f"{alice.sub}/{bad}": "not exported, nor are its files: title is blank",
            f"{alice.sub}/{lost}#{file['fileID']}": f"not exported: There is no object {object_key(alice, file)}.",
        },
    )
    wipe(alice)
    assert bring_back(alice, tmp_path, "--apply").code == 0
    assert {todo["todoID"] for todo in walk(alice)} == {good, lost}


def test_a_place_that_cannot_be_an_export_is_refused(alice: User, tmp_path: Path) -> None:
    new_todo(alice)
    export(alice, tmp_path / "whole", "--apply")
    export(alice, tmp_path / "half", "--apply")
    (tmp_path / "half" / "export.json").unlink()
    refusals = {
        tmp_path / "whole": "holds an export already. Choose another folder.",
        tmp_path / "half": "holds an export that was not finished. Go on with --resume, or empty the folder.",
        f"s3://{BUCKET}/exports": "that is the bucket of the users' files; another one is wanted.",
        "https://example.com/x": "a folder of this machine or s3://bucket/prefix is wanted.",
    }
    for folder, sentence in refusals.items():
        outcome = export(alice, folder, "--apply")
        assert (outcome.code, outcome.sentence.endswith(sentence)) == (2, True), outcome
    assert bring_back(alice, tmp_path / "nothing").sentence.endswith(f"holds no export of user {alice.sub}.")
    nobody = call("export_data", str(tmp_path / "new"), "--user", str(uuid4()))
    assert (nobody.code, "nothing is stored of this user" in nobody.sentence) == (2, True)


@pytest.mark.parametrize("name", ["../secret", "link", "folder/link"])
def test_a_folder_gives_nothing_that_lies_outside_of_it(tmp_path: Path, name: str) -> None:
    (tmp_path / "secret").write_text("secret")
    (tmp_path / "export" / "folder").mkdir(parents=True)
    (tmp_path / "export" / "link").symlink_to(tmp_path / "secret")
    (tmp_path / "export" / "folder" / "link").symlink_to("../../secret")
    with pytest.raises(PermissionError, match="is not a plain file of this folder"):
        open_folder(str(tmp_path / "export")).open(name)


def test_a_resumed_export_tells_of_what_its_first_part_left_out(tmp_path: Path) -> None:
    site = Site()
    site.run("seed_demo", "--users", "2", "--todos", "1", "--files", "0", "--apply")
    dynamodb, table = resources.client("dynamodb", site.env | dict(os.environ)), site.env["TODOS_TABLE"]
    broken = {
        item["userID"]["S"]: {**item, "todoID": {"S": "none of ours"}}
        for item in dynamodb.scan(TableName=table)["Items"]
    }
    for item in broken.values():
        dynamodb.put_item(TableName=table, Item=item)
    first, second = (name.partition("/")[0] for name in site.run("export_data", str(tmp_path)).errors)
    dynamodb.delete_item(TableName=table, Key={"userID": {"S": second}, "todoID": {"S": "none of ours"}})
    in_the_way = tmp_path / "users" / second[:2] / f"{second}.jsonl"
    in_the_way.mkdir(parents=True)

    stopped = site.run("export_data", str(tmp_path), "--apply")
    assert (stopped.code, list(stopped.errors)) == (3, [f"{first}/none of ours"])
    in_the_way.rmdir()
    resumed = site.run("export_data", str(tmp_path), "--apply", "--resume", stopped.summary["resume"])
    assert (resumed.code, resumed.errors, resumed.summary["earlierErrorCount"]) == (1, {}, 1)
    assert resumed.sentence == "CommandError: 1 left by the parts before --resume: see their errors, or run it without."
