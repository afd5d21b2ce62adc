"""Whatever a part of AWS answers instead of an answer: 503, nothing half-done, and all is well once it is over."""

from contextlib import AbstractContextManager, nullcontext
from typing import Any

import pytest

from tests.faults import stored
from tests.faults.breakages import DYNAMODB_FAULTS, S3_FAULTS, Breaking, calls_of_files, calls_of_todos
from tests.faults.fault import (
    CONTENDED_TRANSACTION,
    CUT_SHORT,
    DOUBLY_CONTENDED_TRANSACTION,
    PARTLY_THROTTLED_TRANSACTION,
    REFUSAL_CUT_SHORT,
    THROTTLED_TRANSACTION,
    Fault,
)
from tests.faults.kinds import Endpoint
from tests.faults.proxy import Proxy
from tests.faults.visitor import CONTENT, Visitor, assert_unavailable, at_once
from tests.faults.world import impatient
from todoproject.aws.transport import Transport

pytestmark = pytest.mark.usefixtures("storage_through_proxy")


@pytest.fixture(autouse=True)
def one_attempt(settings: Any) -> None:
    """That botocore repeats calls, and how long that takes, is for the other modules."""
    settings.AWS_ATTEMPTS = 1


def meeting(break_it: Breaking, endpoint: Endpoint) -> AbstractContextManager[None]:
    """Around calls that meet what was broken: where that says nothing, it is given up soon."""
    hangs = break_it in (DYNAMODB_FAULTS["hung"], S3_FAULTS["hung"])
    return impatient(endpoint) if hangs else nullcontext()


ANY_DYNAMODB_FAULT = pytest.mark.parametrize("break_it", DYNAMODB_FAULTS.values(), ids=DYNAMODB_FAULTS)


@ANY_DYNAMODB_FAULT
def test_todos_are_503_and_untouched_while_dynamodb_fails_and_work_afterwards(
    visitor: Visitor, dynamodb: Proxy, break_it: Breaking
) -> None:
    todo = visitor.new_todo()
    before = stored.todos(visitor.user)
    break_it(dynamodb, "")
    with meeting(break_it, "dynamodb"):
        answers = at_once(*calls_of_todos(visitor, todo))
    for answer in answers:
        assert_unavailable(answer)
    assert stored.todos(visitor.user) == before
    assert stored.erase_requests(visitor.user) == []

    dynamodb.clear()

    afterwards = [work().status_code for work in calls_of_todos(visitor, todo)]
    assert afterwards == [200, 200, 201, 200, 204, 202]


@ANY_DYNAMODB_FAULT
def test_files_are_503_and_untouched_while_dynamodb_fails_and_work_afterwards(
    visitor: Visitor, dynamodb: Proxy, break_it: Breaking
) -> None:
    uploaded, saved = visitor.uploaded_file(), visitor.stored_file()
    before = stored.files(visitor.user)
    break_it(dynamodb, "")
    with meeting(break_it, "dynamodb"):
        answers = at_once(*calls_of_files(visitor, uploaded, saved))
    for answer in answers:
        assert_unavailable(answer)
    assert (stored.files(visitor.user), stored.used_bytes(visitor.user)) == (before, len(CONTENT))
    assert len(stored.objects(visitor.user)) == 2

    dynamodb.clear()

    assert [work().status_code for work in calls_of_files(visitor, uploaded, saved)] == [200, 201, 200, 200, 204]
    assert stored.used_bytes(visitor.user) == len(CONTENT)


@pytest.mark.parametrize("operation", ["PutItem", "UpdateItem", "TransactWriteItems"])
@ANY_DYNAMODB_FAULT
def test_no_write_is_called_done_that_was_not(
    visitor: Visitor, dynamodb: Proxy, break_it: Breaking, operation: str
) -> None:
    todo, uploaded = visitor.new_todo(), visitor.uploaded_file()
    before = [stored.todos(visitor.user), stored.files(visitor.user)]
    break_it(dynamodb, operation)

    writes = {
        "PutItem": lambda: visitor.call("POST", "/me/todos", {"title": "Butter"}),
        "UpdateItem": lambda: visitor.call("PATCH", todo, {"title": "Butter"}),
        "TransactWriteItems": lambda: visitor.call("POST", f"{uploaded}/complete"),
    }
    with meeting(break_it, "dynamodb"):
        assert_unavailable(writes[operation]())

    assert [stored.todos(visitor.user), stored.files(visitor.user)] == before
    assert stored.used_bytes(visitor.user) == 0


@pytest.mark.parametrize("fault", [CUT_SHORT, REFUSAL_CUT_SHORT], ids=["a success", "a refusal"])
def test_an_answer_cut_short_is_503_by_botocore_s_own_transport_too(
    visitor: Visitor, dynamodb: Proxy, monkeypatch: pytest.MonkeyPatch, fault: Fault
) -> None:
    """Which takes over where DynamoDB answers in a way that ours does not know, and minds no length."""
    monkeypatch.setattr(Transport, "send", lambda *_, **rest: None)
    todo = visitor.new_todo()
    dynamodb.inject(fault)
    for work in calls_of_todos(visitor, todo):
        assert_unavailable(work())


CANCELLED = {
    "throttled": THROTTLED_TRANSACTION,
    "partly throttled": PARTLY_THROTTLED_TRANSACTION,
    "contended": CONTENDED_TRANSACTION,
    "doubly contended": DOUBLY_CONTENDED_TRANSACTION,
}


@pytest.mark.parametrize("fault", CANCELLED.values(), ids=CANCELLED)
def test_a_transaction_that_is_cancelled_for_a_passing_reason_is_503_and_undone(
    visitor: Visitor, dynamodb: Proxy, fault: Fault
) -> None:
    uploaded, saved = visitor.uploaded_file(), visitor.stored_file()
    before = stored.files(visitor.user)
    dynamodb.inject(fault, "TransactWriteItems")

    assert_unavailable(visitor.call("POST", f"{uploaded}/complete"))
    assert_unavailable(visitor.call("DELETE", saved))

    assert (stored.files(visitor.user), stored.used_bytes(visitor.user)) == (before, len(CONTENT))
    dynamodb.clear()
    assert visitor.call("POST", f"{uploaded}/complete").status_code == 200
    assert visitor.call("DELETE", saved).status_code == 204


@pytest.mark.parametrize(("why", "again"), [("partly throttled", False), ("doubly contended", True)])
def test_a_transaction_in_the_way_of_others_is_tried_again_but_not_while_it_is_throttled(
    visitor: Visitor, dynamodb: Proxy, why: str, again: bool
) -> None:
    uploaded = visitor.uploaded_file()
    dynamodb.inject(CANCELLED[why], "TransactWriteItems", times=1)

    answer = visitor.call("POST", f"{uploaded}/complete")

    seen = (answer.status_code, len(dynamodb.calls("TransactWriteItems")), stored.used_bytes(visitor.user))
    assert seen == ((200, 2, len(CONTENT)) if again else (503, 1, 0))


@pytest.mark.parametrize("break_it", S3_FAULTS.values(), ids=S3_FAULTS)
def test_what_needs_s3_is_503_and_undone_while_it_fails_and_works_afterwards(
    visitor: Visitor, s3: Proxy, break_it: Breaking
) -> None:
    uploaded, saved = visitor.uploaded_file(), visitor.stored_file()
    before = stored.files(visitor.user)
    break_it(s3, "")
    with meeting(break_it, "s3"):
        answers = at_once(*calls_of_files(visitor, uploaded, saved)[3:])
    for answer in answers:
        assert_unavailable(answer)
    assert (stored.files(visitor.user), stored.used_bytes(visitor.user)) == (before, len(CONTENT))
    assert [work().status_code for work in calls_of_files(visitor, uploaded, saved)[:3]] == [200, 201, 200]

    s3.clear()

    assert [work().status_code for work in calls_of_files(visitor, uploaded, saved)[3:]] == [200, 204]
    assert stored.used_bytes(visitor.user) == len(CONTENT)
    assert len(stored.objects(visitor.user)) == 1
