"""The same for files: a record is made once, and its bytes are counted once, whatever is lost on the way."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
import requests

from tests.clients import User
from tests.faults import stored
from tests.faults.fault import DROPPED, ERROR_AFTER, LATE, RESET_AFTER, Fault
from tests.faults.proxy import Proxy
from tests.faults.server import Server, serving
from tests.faults.visitor import CONTENT, Visitor, assert_unavailable, new_file

LOSSES = pytest.mark.parametrize(
    ("loss", "times"),
    [
        pytest.param(DROPPED, 1, id="dropped once"),
        pytest.param(DROPPED, 2, id="dropped twice"),
        pytest.param(RESET_AFTER, 1, id="reset once"),
        pytest.param(ERROR_AFTER, 2, id="500 twice"),
        pytest.param(LATE, 1, id="too late once"),
    ],
)


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

    def do(self, visitor: Visitor, file: str) -> requests.Response:
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
WRITES = pytest.mark.parametrize(
    "write",
    [COMPLETE, DELETE, DELETE_PENDING, ARTICLE_DELETE],
    ids=["complete", "delete", "delete pending", "article's delete"],
)


@pytest.fixture(scope="module")
def server(dynamodb_proxy: Proxy, s3_proxy: Proxy) -> Iterator[Server]:
    endpoints = {"AWS_ENDPOINT_URL_DYNAMODB": dynamodb_proxy.url, "AWS_ENDPOINT_URL_S3": s3_proxy.url}
    with serving("all", AWS_READ_TIMEOUT="1", **endpoints) as [one]:
        yield one


@pytest.fixture
def visitor(server: Server, alice: User) -> Visitor:
    return Visitor(alice, server, server)


@LOSSES
@WRITES
def test_a_change_whose_answer_is_lost_is_made_once_and_its_bytes_are_counted_once(
    visitor: Visitor, dynamodb: Proxy, write: Write, loss: Fault, times: int
) -> None:
    file = write.begin(visitor)
    dynamodb.clear()
    dynamodb.inject(loss, "TransactWriteItems", times=times)

    answer = write.do(visitor, file)

    assert answer.status_code == write.status, answer.text
    write.assert_made_once(visitor.user)
    assert len(dynamodb.calls("TransactWriteItems")) > times


@WRITES
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


@pytest.mark.parametrize(
    ("write", "operation"), [(COMPLETE, "HEAD"), (DELETE, "DELETE")], ids=["HEAD of complete", "DELETE of delete"]
)
@pytest.mark.parametrize("times", [1, 2])
def test_an_answer_of_s3_that_is_lost_changes_nothing(
    visitor: Visitor, s3: Proxy, write: Write, operation: str, times: int
) -> None:
    file = write.begin(visitor)
    s3.clear()
    s3.inject(DROPPED, operation, times=times)

    answer = write.do(visitor, file)

    assert answer.status_code == write.status, answer.text
    write.assert_made_once(visitor.user)
    assert len(s3.calls(operation)) == times + 1


@pytest.mark.parametrize(
    ("write", "operation"), [(COMPLETE, "HEAD"), (DELETE, "DELETE")], ids=["HEAD of complete", "DELETE of delete"]
)
def test_a_change_for_which_s3_never_answers_is_503_and_can_be_repeated(
    visitor: Visitor, s3: Proxy, write: Write, operation: str
) -> None:
    file = write.begin(visitor)
    s3.inject(DROPPED, operation)
    assert_unavailable(write.do(visitor, file))
    s3.clear()

    assert write.do(visitor, file).status_code == write.status
    write.assert_made_once(visitor.user)


@LOSSES
def test_an_upload_whose_start_loses_its_answer_has_one_record_and_can_go_on(
    visitor: Visitor, dynamodb: Proxy, loss: Fault, times: int
) -> None:
    todo_id = visitor.new_todo().rpartition("/")[2]
    dynamodb.inject(loss, "PutItem", times=times)

    started = visitor.call("POST", f"/{todo_id}/files", new_file())

    assert started.status_code == 201, started.text
    [record] = stored.files(visitor.user)
    assert (record["fileID"], record["status"]) == (started.json()["file"]["fileID"], "pending")
    form = started.json()["upload"]
    sent = requests.post(form["url"], data=form["fields"], files={"file": CONTENT}, timeout=10)
    assert sent.status_code == 204, sent.text
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
