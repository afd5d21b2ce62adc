"""Every invariant of the model: what the services write holds it, what breaks it is named, what follows is repaired."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from unittest import mock
from uuid import uuid4

import pytest
from django.utils import timezone

from files.models import FileModel, UsageModel
from tests.clients import User
from tests.maintenance.commands import Outcome, assert_nothing_wrong, at, call
from tests.uploads import let_expire, new_todo, objects_of, records_of, start, store, stored_bytes
from tests.walks import walk
from todoproject.aws import dynamodb
from todos.models import TodoModel


def check(user: User, *options: str) -> Outcome:
    return call("check_data", "--user", user.sub, *options)


def repair(user: User) -> Outcome:
    return check(user, "--repair", "--apply")


def change(user: User, todo_id: str, **values: Any) -> None:
    """Past the services; None takes the attribute away."""
    sets = {name: value for name, value in values.items() if value is not None}
    expression = "SET " + ", ".join(f"#{name} = :{name}" for name in sets) if sets else ""
    if gone := values.keys() - sets.keys():
        expression += " REMOVE " + ", ".join(f"#{name}" for name in gone)
    given = {"ExpressionAttributeValues": {f":{name}": value for name, value in sets.items()}} if sets else {}
    dynamodb.client().update_item(
        TableName=TodoModel.Meta.table_name,
        Key={"userID": {"S": user.sub}, "todoID": {"S": todo_id}},
        UpdateExpression=expression,
        ExpressionAttributeNames={f"#{name}": name for name in values},
        **given,
    )


def stored(user: User, todo_id: str) -> dict[str, Any]:
    key = {"userID": {"S": user.sub}, "todoID": {"S": todo_id}}
    item: dict[str, Any] = dynamodb.client().get_item(TableName=TodoModel.Meta.table_name, Key=key)["Item"]
    return item


def test_nothing_is_wrong_with_what_the_services_write(alice: User) -> None:
    texts = {"title": "ǅ Straße ﬁ", "description": "d", "notes": "n\n", "dateDue": "2026-12-24"}
    ids = [alice.api.post("/me/todos", texts).json()["todoID"] for _ in range(5)]
    alice.api.post("/me/todos", {"title": "x" * 500, "notes": "\U0001f600" * 16_383}, Idempotency_Key="k")
    alice.api.patch(f"/me/todos/{ids[1]}", {"completed": True, "title": "Other"})
    alice.api.delete(f"/me/todos/{ids[2]}")
    alice.api.patch(f"/me/todos/{ids[3]}", {"completed": True})
    alice.api.delete(f"/me/todos/{ids[3]}")
    alice.api.delete(f"/me/todos/{ids[4]}")
    alice.api.post(f"/me/todos/{ids[4]}/restore")
    store(alice, ids[0], b"stored")
    start(alice, ids[0], 5)
    alice.api.delete(f"/{ids[0]}/files/{store(alice, ids[0], b'deleted')['fileID']}")
    alice.api.post("/me/todos/erase-account", {"confirm": alice.sub})

    outcome = check(alice)
    assert (outcome.code, outcome.counts) == (0, {"users": 1, "todos": 7, "files": 3})
    assert_nothing_wrong(alice)


REPAIRED = {
    "the place in the list": {"listOrder": {"S": "0#9999-12-31#0000000000000000"}},
    "no place in the list": {"listOrder": {"S": "?"}},
    "the folded title": {"titleFolded": {"S": "Something Else"}},
    "no folded title": {"titleFolded": None},
    "a time of completion of an open todo": {"dateCompleted": {"S": "2026-01-01T00:00:00.000000Z"}},
    "a purge day outside the trash": {"purgeDay": {"S": "2026-01-01"}},
}


@pytest.mark.parametrize("values", REPAIRED.values(), ids=REPAIRED)
def test_what_follows_from_the_rest_is_repaired(alice: User, values: dict[str, Any]) -> None:
    todo_id = new_todo(alice)
    before = stored(alice, todo_id)
    change(alice, todo_id, **values)

    looked = check(alice)
    assert (looked.code, list(looked.errors)) == (1, [f"{alice.sub}/{todo_id}"])
    assert repair(alice).counts == {"todos": 1, "todos repaired": 1, "users": 1}
    after = stored(alice, todo_id)
    assert after == {**before, "version": {"N": "2"}, "writeID": after["writeID"]}
    assert_nothing_wrong(alice)


def test_a_todo_in_the_trash_gets_back_the_purge_day_of_its_deletion(alice: User) -> None:
    todo_id = new_todo(alice)
    alice.api.delete(f"/me/todos/{todo_id}")
    before = stored(alice, todo_id)
    change(alice, todo_id, purgeDay=None)
    assert repair(alice).code == 0
    assert stored(alice, todo_id)["purgeDay"] == before["purgeDay"]


def test_a_completed_todo_without_time_is_completed_at_its_last_change(alice: User) -> None:
    todo_id = new_todo(alice)
    alice.api.patch(f"/me/todos/{todo_id}", {"completed": True})
    change(alice, todo_id, dateCompleted=None)
    assert repair(alice).code == 0
    (todo,) = walk(alice)
    assert todo["dateCompleted"] == todo["dateUpdated"]


NAMED = {
    "a title without end": ({"title": {"S": "x" * 501}}, "title has 501 characters; 500 are allowed"),
    "a blank title": ({"title": {"S": " "}}, "title is blank"),
    "NUL": ({"notes": {"S": "a\0b"}}, "notes holds the character NUL"),
    "no title": ({"title": None}, "title is missing"),
    "no hash": ({"createHash": None}, "createHash is missing"),
    "another hash": ({"createHash": {"S": "0" * 64}}, "createHash does not fit the texts, which nobody has changed"),
    "version 0": ({"version": {"N": "0"}}, "version is not a whole number from 1"),
    "version 1.5": ({"version": {"N": "1.5"}}, "version is not a whole number from 1"),
    "a version in letters": ({"version": {"S": "1"}}, "version is not a number"),
    "no day": ({"dateDue": {"S": "2026-02-30"}}, "dateDue is not a day as YYYY-MM-DD"),
    "a time without zone": (
        {"dateUpdated": {"S": "2026-02-03T04:05:06.000000"}},
        "dateUpdated is not a time in UTC with microseconds",
    ),
    "an attribute of nobody's": ({"colour": {"S": "red"}}, "'colour' is no attribute of it"),
}


@pytest.mark.parametrize(("values", "reason"), NAMED.values(), ids=NAMED)
def test_what_does_not_follow_is_named_and_left(alice: User, values: dict[str, Any], reason: str) -> None:
    todo_id = new_todo(alice)
    change(alice, todo_id, **values)
    before = stored(alice, todo_id)
    for outcome in (check(alice), repair(alice)):
        assert (outcome.code, outcome.errors) == (1, {f"{alice.sub}/{todo_id}": reason})
    assert stored(alice, todo_id) == before


def test_an_id_that_is_no_uuid_is_named(alice: User) -> None:
    todo = TodoModel.get(alice.sub, new_todo(alice))
    todo.todo_id = "../x"
    todo.save()
    assert check(alice).errors == {f"{alice.sub}/../x": "todoID is not a UUID"}


@pytest.mark.parametrize(
    ("edited", "code"), [({"title": "Edited"}, 0), ({"notes": "Edited"}, 1)], ids=["mends it", "leaves it wrong"]
)
def test_a_todo_that_its_owner_edits_in_the_middle_is_not_overwritten(
    alice: User, edited: dict[str, str], code: int
) -> None:
    todo_id = new_todo(alice)
    change(alice, todo_id, titleFolded={"S": "wrong"})
    left = [lambda: alice.api.patch(f"/me/todos/{todo_id}", edited)]

    def edit(**_: Any) -> None:
        if left:
            left.pop()()

    events = dynamodb.client().meta.events
    events.register("before-call.dynamodb.UpdateItem", edit)
    try:
        outcome = repair(alice)
    finally:
        events.unregister("before-call.dynamodb.UpdateItem", edit)
    assert (outcome.code, list(outcome.errors)) == (code, [f"{alice.sub}/{todo_id}"] * code)
    [todo] = walk(alice)
    assert (todo | edited, todo["version"]) == (todo, 2)
    assert repair(alice).code == 0
    assert_nothing_wrong(alice)


FILES: dict[str, tuple[Callable[[FileModel], object], str]] = {
    "a name with a slash": (lambda f: f.update([FileModel.file_name.set("a/b")]), "fileName: Must not hold slashes"),
    "a type that runs": (lambda f: f.update([FileModel.content_type.set("text/html")]), "contentType: A browser would"),
    "no known status": (lambda f: f.update([FileModel.status.set("lost")]), "status is none of pending, stored"),
    "an end of a stored file": (lambda f: f.update([FileModel.expires_at.set(9)]), "a stored file has expiresAt"),
    "another todo's id": (lambda f: f.update([FileModel.todo_id.set(str(uuid4()))]), "fileKey is not made of todoID"),
    "no mark of a write": (lambda f: f.update([FileModel.write_id.remove()]), "writeID is missing"),
}


@pytest.mark.parametrize(("break_it", "reason"), FILES.values(), ids=FILES)
def test_what_is_wrong_with_a_file_is_named(alice: User, break_it: Callable[[FileModel], object], reason: str) -> None:
    file = store(alice, new_todo(alice), b"12345")
    key = f"{file['todoID']}#{file['fileID']}"
    break_it(FileModel.get(alice.sub, key))
    outcome = repair(alice)
    assert outcome.code == 1
    assert outcome.errors[f"{alice.sub}/{key}"].startswith(reason)


def test_a_file_whose_todo_is_gone_is_removed_with_its_object(alice: User) -> None:
    lost, kept = new_todo(alice), new_todo(alice)
    store(alice, lost, b"lost")
    file = store(alice, kept, b"kept!")
    TodoModel(alice.sub, lost).delete()

    assert list(check(alice).errors.values()) == ["a file without todo"]
    assert repair(alice).counts["files without todo, removed"] == 1
    assert objects_of(alice) == [f"{alice.sub}/{kept}/{file['fileID']}"]
    assert stored_bytes(alice) == len(b"kept!")
    assert_nothing_wrong(alice)


def test_an_upload_that_expired_days_ago_is_removed_and_one_of_today_is_not(alice: User) -> None:
    file, _ = start(alice, new_todo(alice), 5)
    let_expire(alice, file)
    assert check(alice).code == 0

    with mock.patch.object(time, "time", return_value=time.time() + timedelta(days=3).total_seconds()):
        assert check(alice).code == 1
        assert repair(alice).counts["expired files removed"] == 1
    assert records_of(alice) == {}


def test_a_count_that_is_not_the_sum_is_put_right(alice: User) -> None:
    store(alice, new_todo(alice), b"12345")
    UsageModel(alice.sub).update([UsageModel.stored_bytes.set(7)])
    assert check(alice).errors == {alice.sub: "7 bytes are counted, its files have 5"}
    assert repair(alice).counts["counts put right"] == 1
    assert_nothing_wrong(alice)


def test_what_no_purge_has_found_for_a_week_is_named(alice: User) -> None:
    todo_id = new_todo(alice)
    alice.api.delete(f"/me/todos/{todo_id}")
    for days, code in ((37, 0), (38, 1)):
        with at(timezone.now() + timedelta(days=days)):
            assert check(alice).code == code


def test_repairing_and_applying_go_together(alice: User) -> None:
    outcome = check(alice, "--apply")
    assert (outcome.code, outcome.sentence) == (
        2,
        "--apply without --repair would write nothing. Give both, or neither.",
    )


def test_a_file_that_comes_while_the_bytes_are_added_up_is_counted(alice: User) -> None:
    todo_id = new_todo(alice)
    store(alice, todo_id, b"12345")
    UsageModel(alice.sub).update([UsageModel.stored_bytes.set(77)])
    queries: list[int] = []

    def store_another(**_: Any) -> None:
        queries.append(1)
        # The first two are the walk's; the third adds up the files because the count does not fit.
        if len(queries) == 3:
            store(alice, todo_id, b"123")

    events = dynamodb.client().meta.events
    events.register("before-call.dynamodb.Query", store_another)
    try:
        outcome = repair(alice)
    finally:
        events.unregister("before-call.dynamodb.Query", store_another)
    assert (outcome.code, outcome.counts["counts put right"], stored_bytes(alice)) == (0, 1, 8)


def test_a_todo_that_another_run_repairs_first_is_no_error(alice: User) -> None:
    todo_id = new_todo(alice)
    TodoModel(alice.sub, todo_id).update([TodoModel.list_order.set("0#wrong")])
    left = [lambda: repair(alice)]

    def be_faster(**_: Any) -> None:
        if left:
            assert left.pop()().code == 0

    events = dynamodb.client().meta.events
    events.register("before-call.dynamodb.UpdateItem", be_faster)
    try:
        outcome = repair(alice)
    finally:
        events.unregister("before-call.dynamodb.UpdateItem", be_faster)
    assert (outcome.code, outcome.errors, left) == (0, {}, [])
