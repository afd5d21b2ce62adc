"""The erasure of a person: everything, everywhere, and nothing of anybody else; the request stays until it is sure."""

import json
import os
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from deploy.local import resources
from files.storage import files_storage
from tests.clients import POOL_ID, User
from tests.maintenance.commands import Outcome, assert_nothing_wrong, at, call
from tests.maintenance.test_export_import import fill
from tests.uploads import BUCKET, new_todo, objects_of, records_of, s3, store, stored_bytes
from tests.walks import walk
from todoproject.aws import dynamodb
from todoproject.support.models import NOBODY, EventModel
from todos.maintenance.removal import read_request
from todos.maintenance.walks import walk_todos


def erase(user: User, *options: str) -> Outcome:
    return call("erase_user", "--user", user.sub, *options)


def purge(user: User, *, hours: float = 0) -> dict[str, Any] | None:
    """The receipt for this user, if there is one: those of other tests may be waiting too."""
    with at(timezone.now() + timedelta(hours=hours)):
        outcome = call("purge_trash", "--days", "3", "--apply")
    assert outcome.code == 0, outcome
    return next((receipt for receipt in outcome.summary["receipts"] if receipt["userID"] == user.sub), None)


def has_account(user: User) -> bool:
    cognito = resources.client("cognito-idp", os.environ)
    return bool(cognito.list_users(UserPoolId=POOL_ID, Filter=f'sub = "{user.sub}"')["Users"])


def event_of(customer: User, **texts: str) -> EventModel:
    event = EventModel(
        customer.sub,
        f"2026-11-25T12:00:00.000000Z#{uuid4().hex}",
        day="2026-11-25",
        time="2026-11-25T12:00:00.000000Z",
        staff_id="some-staff",
        action="todo.change",
        outcome="done",
        customer_email=customer.email,
        reason="ticket 4711",
        **texts,
    )
    event.save()
    return event


@pytest.fixture
def versioned_bucket() -> Iterator[None]:
    s3().put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    yield
    s3().put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Suspended"})


def versions_of(user: User) -> list[str]:
    found = s3().list_object_versions(Bucket=BUCKET, Prefix=f"{user.sub}/")
    return [each["Key"] for each in [*found.get("Versions", []), *found.get("DeleteMarkers", [])]]


def assert_nothing_left(user: User, *, request: bool) -> None:
    assert (versions_of(user), records_of(user), has_account(user)) == ([], {}, False)
    assert [item["todoID"]["S"] for item in walk_todos(user.sub)] == ["#erase-account"] * request


@pytest.mark.usefixtures("versioned_bucket")
def test_everything_of_the_person_goes_and_nothing_of_another(alice: User, bob: User) -> None:
    fill(alice)
    fill(bob)
    of_bob = (walk(bob), objects_of(bob), records_of(bob))
    assert len(versions_of(alice)) > len(objects_of(alice))

    outcome = erase(alice, "--apply")
    (receipt,) = outcome.summary["receipts"]
    assert (outcome.code, outcome.counts) == (0, {"users erased": 1})
    assert receipt == {
        "userID": alice.sub,
        "exportedTo": None,
        "objectVersions": 5,  # three stored, and the deleted one with the mark of its deletion
        "fileRecords": 5,
        "todos": 5,
        "auditEvents": 0,
        "account": "deleted",
        "request": "kept until no token is valid; the next purge_trash after an hour removes it",
        "dateErased": receipt["dateErased"],
    }
    assert_nothing_left(alice, request=True)
    assert (walk(bob), objects_of(bob), records_of(bob)) == of_bob
    assert has_account(bob)
    assert_nothing_wrong(alice)
    erase(bob, "--apply")  # moto fails at marks of deletions in a bucket that keeps no versions any more


def test_a_dry_run_says_what_would_go_and_writes_nothing(alice: User) -> None:
    fill(alice)
    event_of(alice, values='{"title": ["a", "b"]}')
    before = (walk(alice), objects_of(alice), records_of(alice))
    outcome = erase(alice)
    assert (outcome.code, outcome.summary["units"]["write"], outcome.counts) == (
        0,
        0,
        {
            "todos to erase": 5,
            "records of files to erase": 5,
            "events to redact": 1,
            "accounts to delete": 1,
            "users to erase": 1,
        },
    )
    assert (walk(alice), objects_of(alice), records_of(alice)) == before
    assert has_account(alice)


def test_a_request_is_carried_out_by_the_next_purge_and_forgotten_by_the_one_after_an_hour(alice: User) -> None:
    new_todo(alice)
    alice.api.post("/me/todos/erase-account", {"confirm": alice.email})

    assert purge(alice) is not None
    assert_nothing_left(alice, request=True)
    assert purge(alice, hours=0.9) is None
    assert purge(alice, hours=1.1) is not None
    assert_nothing_left(alice, request=False)
    assert purge(alice, hours=2) is None


def test_what_is_written_with_a_token_after_the_erasure_is_erased_too(alice: User) -> None:
    erase(alice, "--apply")
    store(alice, new_todo(alice), b"written with a token that was still valid")
    assert (purge(alice, hours=2) or {}) | {"dateErased": ""} == {
        "userID": alice.sub,
        "exportedTo": None,
        "objectVersions": 1,
        "fileRecords": 1,
        "todos": 1,
        "auditEvents": 0,
        "account": "none",
        "request": "removed",
        "dateErased": "",
    }
    assert_nothing_left(alice, request=False)


def test_what_is_written_in_the_middle_is_erased_too(alice: User) -> None:
    fill(alice)
    left: list[Callable[[], object]] = [lambda: store(alice, new_todo(alice), b"in the middle")]

    def write(**_: Any) -> None:
        if left:
            left.pop()()

    events = dynamodb.client().meta.events
    events.register("before-call.dynamodb.DeleteItem", write)
    try:
        assert erase(alice, "--apply").code == 0
    finally:
        events.unregister("before-call.dynamodb.DeleteItem", write)
    assert not left
    assert_nothing_left(alice, request=True)


def test_the_audit_trail_keeps_what_was_done_and_loses_what_it_quoted(alice: User, bob: User) -> None:
    event_of(alice, values='{"title": ["Secret", "Other"]}', target_id="some-todo")
    other = event_of(bob, values='{"title": ["Secret", "Other"]}')
    (before,) = EventModel.connection().query(alice.sub)["Items"]

    assert erase(alice, "--apply").summary["receipts"][0]["auditEvents"] == 1
    (after,) = EventModel.connection().query(alice.sub)["Items"]
    quotes = {"values", "customerEmail", "reason"}
    assert quotes < before.keys()
    assert after == {name: value for name, value in before.items() if name not in quotes}
    assert EventModel.get(bob.sub, other.event_id).values == other.values
    assert erase(alice, "--apply").summary["receipts"][0]["auditEvents"] == 0


def test_a_search_for_the_address_is_about_nobody_and_quotes_it_all_the_same(alice: User, bob: User) -> None:
    events = [event_of(alice, values=json.dumps({"q": who.email.upper()})) for who in (alice, bob)]
    for event in events:
        event.delete()
        event.customer_id = NOBODY
        event.save()
    assert erase(alice, "--apply").summary["receipts"][0]["auditEvents"] == 1
    assert [EventModel.get(NOBODY, event.event_id).values for event in events] == [None, events[1].values]


def test_a_reason_alone_is_a_quote_too(alice: User) -> None:
    event = event_of(alice)
    event.update([EventModel.customer_email.remove()])
    assert erase(alice, "--apply").summary["receipts"][0]["auditEvents"] == 1
    assert EventModel.get(alice.sub, event.event_id).reason is None


def test_by_e_mail_address_the_same_person_is_meant(alice: User) -> None:
    new_todo(alice)
    assert call("erase_user", "--user", alice.email.upper(), "--apply").summary["receipts"][0]["userID"] == alice.sub
    assert_nothing_left(alice, request=True)


@pytest.mark.parametrize("name", ["nobody@example.com", "a b@example.com", "", "no-such-sub", "x" * 200])
def test_who_has_no_account_and_nothing_stored_is_refused(name: str) -> None:
    outcome = call("erase_user", "--user", name, "--apply")
    assert (outcome.code, "there is no such account" in outcome.sentence) == (2, True)
    assert read_request(name or "-") is None


def test_who_has_only_something_stored_is_erased(alice: User) -> None:
    erase(alice, "--apply")
    assert erase(alice, "--apply").code == 0


def test_an_export_is_made_first_and_brings_everything_back(alice: User, tmp_path: Path) -> None:
    fill(alice)
    lists, count = (walk(alice), walk(alice, status="trashed")), stored_bytes(alice)
    outcome = erase(alice, "--export", str(tmp_path), "--apply")
    assert outcome.summary["receipts"][0]["exportedTo"] == str(tmp_path)
    assert walk(alice) == []

    call("import_data", str(tmp_path), "--apply")
    assert ((walk(alice), walk(alice, status="trashed")), stored_bytes(alice)) == (lists, count)


def test_where_the_export_lacks_something_nothing_is_erased(alice: User, tmp_path: Path) -> None:
    todo_id = new_todo(alice)
    file = store(alice, todo_id, b"lost")
    s3().delete_object(Bucket=BUCKET, Key=f"{alice.sub}/{todo_id}/{file['fileID']}")
    outcome = erase(alice, "--export", str(tmp_path), "--apply")
    assert outcome.code == 1
    assert outcome.errors[alice.sub].startswith("Not erased: the export lacks what is named above.")
    assert ([todo["todoID"] for todo in walk(alice)], has_account(alice)) == ([todo_id], True)


@pytest.mark.parametrize("operation", ["DeleteObjects", "ListObjectVersions"])
def test_where_s3_refuses_the_request_stays_and_nothing_else_is_touched(alice: User, operation: str) -> None:
    store(alice, new_todo(alice), b"kept")

    def deny(**_: Any) -> None:
        raise PermissionError("AccessDenied")

    events = files_storage().client.meta.events
    events.register(f"before-call.s3.{operation}", deny)
    try:
        outcome = erase(alice, "--apply")
    finally:
        events.unregister(f"before-call.s3.{operation}", deny)
    assert (outcome.code, outcome.errors) == (1, {alice.sub: "PermissionError: AccessDenied"})
    assert (len(walk(alice)), len(objects_of(alice)), has_account(alice)) == (1, 1, True)
    request = read_request(alice.sub)
    assert request is not None
    assert request.date_erased is None
    assert purge(alice) is not None
    assert_nothing_left(alice, request=True)
