"""The purge: what is due and only that, whatever the day of the last run, and never what somebody restores."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from files.storage import files_storage
from tests.clients import User
from tests.dynamodb_calls import before
from tests.maintenance.commands import assert_nothing_wrong, at, call
from tests.uploads import new_todo, objects_of, path_of, records_of, start, store, stored_bytes, upload
from tests.walks import walk
from todos.models import TodoModel

DELETED = datetime(2031, 3, 1, 12, tzinfo=UTC)
PURGE_DAY = DELETED + timedelta(days=30)


def trashed_todo(user: User, moment: datetime = DELETED) -> str:
    todo_id = new_todo(user)
    with at(moment):
        assert user.api.delete(f"/me/todos/{todo_id}").status_code == 204
    return todo_id


def purge(now: datetime, *options: str) -> Any:
    with at(now):
        return call("purge_trash", "--days", "60", *options)


def is_there(user: User, todo_id: str) -> bool:
    return bool(TodoModel.count(user.sub, TodoModel.todo_id == todo_id))


def test_a_todo_stays_on_its_purge_day_and_goes_on_the_next(alice: User) -> None:
    todo_id = trashed_todo(alice)
    assert purge(PURGE_DAY, "--apply").code == 0
    assert is_there(alice, todo_id)

    assert purge(PURGE_DAY + timedelta(days=1), "--apply").counts["todos purged"] >= 1
    assert not is_there(alice, todo_id)


def test_a_dry_run_says_what_would_go_and_writes_nothing(alice: User) -> None:
    todo_id = new_todo(alice)
    store(alice, todo_id, b"12345")
    with at(DELETED):
        alice.api.delete(f"/me/todos/{todo_id}")

    outcome = purge(PURGE_DAY + timedelta(days=1))
    assert outcome.counts == {"todos to purge": 1, "files to remove": 1}
    assert (outcome.code, outcome.summary["applied"], outcome.summary["units"]["write"]) == (0, False, 0)
    assert len(objects_of(alice)) == 1
    assert purge(PURGE_DAY + timedelta(days=1), "--apply").counts == {"todos purged": 1, "files removed": 1}


def test_a_purge_takes_objects_records_and_todo_and_leaves_everything_else(alice: User, bob: User) -> None:
    kept, gone = new_todo(alice), new_todo(alice)
    stays = [store(alice, kept, b"stays"), store(bob, new_todo(bob), b"of bob")]
    store(alice, gone, b"goes")
    deleted = store(alice, gone, b"goes before")
    alice.api.delete(path_of(deleted))
    upload(alice, gone, b"was never completed")
    start(alice, gone, 3)
    with at(DELETED):
        alice.api.delete(f"/me/todos/{gone}")

    assert purge(PURGE_DAY + timedelta(days=1), "--apply").counts == {"todos purged": 1, "files removed": 4}
    assert objects_of(alice) == [f"{alice.sub}/{kept}/{stays[0]['fileID']}"]
    assert set(records_of(alice)) == {f"{kept}#{stays[0]['fileID']}", "usage"}
    assert (stored_bytes(alice), stored_bytes(bob)) == (len(b"stays"), len(b"of bob"))
    assert [todo["todoID"] for todo in walk(alice)] == [kept]
    for user in (alice, bob):
        assert_nothing_wrong(user)


def test_what_was_due_while_no_purge_ran_for_weeks_is_found(alice: User) -> None:
    due = [trashed_todo(alice, DELETED + timedelta(days=days)) for days in (0, 7, 23)]
    purge(DELETED + timedelta(days=23 + 30 + 1), "--apply", "--segments", "3")
    assert not any(is_there(alice, todo_id) for todo_id in due)


def test_what_was_restored_on_its_last_day_stays_though_the_index_still_names_it(alice: User) -> None:
    todo_id = new_todo(alice)
    file = store(alice, todo_id, b"mine")
    with at(DELETED):
        alice.api.delete(f"/me/todos/{todo_id}")

    def restore() -> None:
        with at(PURGE_DAY - timedelta(seconds=43_201)):
            assert alice.api.post(f"/me/todos/{todo_id}/restore").status_code == 200

    # The purge has the todo's key from the index and is about to read the todo.
    with before("GetItem", restore):
        outcome = purge(PURGE_DAY + timedelta(days=1), "--apply")
    assert outcome.counts == {"gone or restored by now": 1}
    assert alice.api.get(path_of(file)).status_code == 200
    assert len(objects_of(alice)) == 1


def test_what_changes_in_the_middle_of_its_purge_stays(alice: User) -> None:
    todo_id = trashed_todo(alice)

    def change() -> None:
        actions = [TodoModel.date_deleted.remove(), TodoModel.purge_day.remove(), TodoModel.version.add(1)]
        TodoModel(alice.sub, todo_id).update([*actions, TodoModel.list_order.set("0#2031-01-01#0")])

    with before("DeleteItem", change):
        outcome = purge(PURGE_DAY + timedelta(days=1), "--apply")

    assert outcome.code == 1
    assert outcome.errors == {f"{alice.sub}/{todo_id}": "Somebody changed it in the middle. Run the command again."}
    assert is_there(alice, todo_id)


def test_from_its_purge_day_on_nobody_restores_it(alice: User) -> None:
    path = f"/me/todos/{trashed_todo(alice)}/restore"
    for moment in (datetime(2031, 3, 31, tzinfo=UTC), PURGE_DAY, PURGE_DAY + timedelta(days=1)):
        with at(moment):
            assert alice.api.post(path).status_code == 409
    purge(PURGE_DAY + timedelta(days=1), "--apply")


def test_a_todo_whose_purge_day_does_not_follow_from_its_deletion_is_left_and_named(alice: User) -> None:
    todo_id = trashed_todo(alice)
    TodoModel(alice.sub, todo_id).update([TodoModel.purge_day.set("2031-03-10")])

    outcome = purge(datetime(2031, 3, 20, tzinfo=UTC), "--apply")
    assert (outcome.code, is_there(alice, todo_id)) == (1, True)
    assert outcome.errors == {
        f"{alice.sub}/{todo_id}": "Its purge day does not follow from its deletion. Run check_data --repair first."
    }
    assert call("check_data", "--user", alice.sub, "--repair", "--apply").counts["todos repaired"] == 1
    assert purge(datetime(2031, 3, 20, tzinfo=UTC), "--apply").code == 0
    assert is_there(alice, todo_id)
    purge(PURGE_DAY + timedelta(days=1), "--apply")


def test_an_object_that_cannot_be_deleted_keeps_its_record_and_its_todo(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    todo_id = new_todo(alice)
    store(alice, todo_id, b"mine")
    with at(DELETED):
        alice.api.delete(f"/me/todos/{todo_id}")

    def deny(**_: Any) -> None:
        raise PermissionError("AccessDenied")

    events = files_storage().client.meta.events
    events.register("before-call.s3.DeleteObjects", deny)
    try:
        outcome = purge(PURGE_DAY + timedelta(days=1), "--apply")
    finally:
        events.unregister("before-call.s3.DeleteObjects", deny)
    assert (outcome.code, outcome.errors) == (1, {f"{alice.sub}/{todo_id}": "PermissionError: AccessDenied"})
    assert (len(objects_of(alice)), stored_bytes(alice), is_there(alice, todo_id)) == (1, 4, True)
    assert purge(PURGE_DAY + timedelta(days=1), "--apply").code == 0
    assert_nothing_wrong(alice)
