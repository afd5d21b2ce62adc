"""The same for files: a record is made once, and its bytes are counted once, whatever is lost on the way."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
import requests

from tests.clients import User
from tests.faults import stored
from tests.faults.fault import DROPPED, Fault
from tests.faults.losses import lose_answers_of
from tests.faults.proxy import Proxy
from tests.faults.visitor import CONTENT, Visitor, assert_unavailable, new_file

pytestmark = pytest.mark.usefixtures("storage_through_proxy")


@dataclass(frozen=True)
class Write:
    """A change of one file, and what is to be seen once it was made."""

    method: str
    path: str
    begin: Callable[[Visitor], str]
    status: int
    leaves: str
    used: int
    objects: int

    def do(self, visitor: Visitor, file: str) -> Any:
        return visitor.call(self.method, file + self.path)

    def assert_made_once(self, user: User) -> None:
        [record] = stored.files(user)
        assert record["status"] == self.leaves
        assert stored.used_bytes(user) == self.used
        assert len(stored.objects(user)) == self.objects


COMPLETE = Write("POST", "/complete", Visitor.uploaded_file, 200, "stored", len(CONTENT), 1)
DELETE = Write("DELETE", "", Visitor.stored_file, 204, "deleted", 0, 0)
DELETE_PENDING = Write("DELETE", "", Visitor.uploaded_file, 204, "deleted", 0, 0)
ARTICLE_DELETE = Write("DELETE", "/delete", Visitor.stored_file, 200, "deleted", 0, 0)
CASES = {"complete": COMPLETE, "delete": DELETE, "delete pending": DELETE_PENDING, "article's delete": ARTICLE_DELETE}
S3_CASES = {"HEAD of complete": (COMPLETE, "HEAD"), "DELETE of delete": (DELETE, "DELETE")}


@lose_answers_of(CASES)
def test_a_change_whose_answer_is_lost_is_made_once_and_its_bytes_are_counted_once(
    visitor: Visitor, dynamodb: Proxy, case: Write, loss: Fault, times: int
) -> None:
    file = case.begin(visitor)
    dynamodb.clear()
    dynamodb.inject(loss, "TransactWriteItems", times=times)

    answer = case.do(visitor, file)

    assert answer.status_code == case.status, answer.content
    case.assert_made_once(visitor.user)
    assert len(dynamodb.calls("TransactWriteItems")) > times


@pytest.mark.parametrize("write", CASES.values(), ids=CASES)
def test_a_change_whose_answers_are_all_lost_is_503_and_can_be_repeated_without_being_made_twice(
    visitor: Visitor, dynamodb: Proxy, write: Write
) -> None:
    file = write.begin(visitor)
    dynamodb.inject(DROPPED, "TransactWriteItems")
    assert_unavailable(write.do(visitor, file))
    dynamodb.clear()
    write.assert_made_once(visitor.user)

    repeated = [write.do(visitor, file) for _ in range(2)]

    assert [answer.status_code for answer in repeated] == [write.status] * 2
    write.assert_made_once(visitor.user)


@pytest.mark.parametrize(("write", "operation"), S3_CASES.values(), ids=S3_CASES)
@pytest.mark.parametrize("times", [1, 2])
def test_an_answer_of_s3_that_is_lost_changes_nothing(
    visitor: Visitor, s3: Proxy, write: Write, operation: str, times: int
) -> None:
    file = write.begin(visitor)
    s3.clear()
    s3.inject(DROPPED, operation, times=times)

    answer = write.do(visitor, file)

    assert answer.status_code == write.status, answer.content
    write.assert_made_once(visitor.user)
    assert len(s3.calls(operation)) == times + 1


@pytest.mark.parametrize(("write", "operation"), S3_CASES.values(), ids=S3_CASES)
def test_a_change_for_which_s3_never_answers_is_503_and_can_be_repeated(
    visitor: Visitor, s3: Proxy, write: Write, operation: str
) -> None:
    file = write.begin(visitor)
    s3.inject(DROPPED, operation)
    assert_unavailable(write.do(visitor, file))
    s3.clear()

    assert write.do(visitor, file).status_code == write.status
    write.assert_made_once(visitor.user)


@lose_answers_of({"start": "PutItem"})
def test_an_upload_whose_start_loses_its_answer_has_one_record_and_can_go_on(
    visitor: Visitor, dynamodb: Proxy, case: str, loss: Fault, times: int
) -> None:
    todo_id = visitor.new_todo().rpartition("/")[2]
    dynamodb.inject(loss, case, times=times)

    started = visitor.call("POST", f"/{todo_id}/files", new_file())

    assert started.status_code == 201, started.content
    [record] = stored.files(visitor.user)
    assert (record["fileID"], record["status"]) == (started.json()["file"]["fileID"], "pending")
    form = started.json()["upload"]
    sent = requests.post(form["url"], data=form["fields"], files={"file": CONTENT}, timeout=10)
    assert sent.status_code == 204, sent.content
    assert visitor.call("POST", f"{started.headers['Location']}/complete").status_code == 200
    assert stored.used_bytes(visitor.user) == len(CONTENT)


def test_an_upload_whose_start_loses_every_answer_is_503_and_leaves_one_pending_record_at_most(
    visitor: Visitor, dynamodb: Proxy
) -> None:
    todo_id = visitor.new_todo().rpartition("/")[2]
    dynamodb.inject(DROPPED, "PutItem")

    assert_unavailable(visitor.call("POST", f"/{todo_id}/files", new_file()))

    [record] = stored.files(visitor.user)
    assert (record["status"], "expiresAt" in record) == ("pending", True)
    assert stored.used_bytes(visitor.user) == 0
