"""The life of a file: announced, uploaded, completed, read and deleted."""

import os
import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import requests
from botocore.exceptions import ClientError
from django.utils import timezone

from files.storage import files_storage
from tests.clients import STANDIN, User
from tests.problems import assert_not_found, assert_problem
from tests.uploads import (
    BUCKET,
    announce,
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
    without_address,
)
from tests.walks import walk

UUID_7 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
NOTHING_UPLOADED = "Nothing has been uploaded yet. Post the file to `upload.url` first, with all of its fields."
DIFFERS = "What was uploaded differs in size or type from what was announced. Delete the file and start again."


@pytest.fixture
def todo_id(alice: User) -> str:
    return new_todo(alice)


def test_an_announced_file_is_pending(alice: User, todo_id: str) -> None:
    answer = announce(alice, todo_id, 4096, "Antrag.pdf")

    file, form = answer.json()["file"], answer.json()["upload"]
    assert UUID_7.fullmatch(file["fileID"])
    assert timedelta() < timezone.now() - datetime.fromisoformat(file["dateCreated"]) < timedelta(minutes=1)
    assert (answer.status_code, answer.headers["Location"]) == (201, path_of(file))
    assert answer.json() == {"file": file, "upload": {name: form[name] for name in ("url", "fields", "expiresAt")}}
    assert file == {
        "fileID": file["fileID"],
        "todoID": todo_id,
        "fileName": "Antrag.pdf",
        "filePath": "",
        "size": 4096,
        "contentType": "application/pdf",
        "dateCreated": file["dateCreated"],
        "status": "pending",
    }
    read = alice.api.get(answer.headers["Location"])
    assert (read.status_code, read.json()) == (200, file)
    assert walk(alice, f"/{todo_id}/files") == []
    assert objects_of(alice) == []
    assert stored_bytes(alice) is None


def test_an_upload_that_is_completed_is_stored(alice: User, todo_id: str) -> None:
    file, form = start(alice, todo_id, 7)
    assert post_form(form, b"content").status_code == 204
    assert without_address(alice.api.get(path_of(file)).json()) == without_address(file)

    answer = alice.api.post(f"{path_of(file)}/complete")
    stored = without_address({**file, "status": "stored"})
    assert (answer.status_code, without_address(answer.json())) == (200, stored)
    assert without_address(alice.api.get(path_of(file)).json()) == stored
    assert [without_address(each) for each in walk(alice, f"/{todo_id}/files")] == [stored]
    for address in (answer.json()["filePath"], walk(alice, f"/{todo_id}/files")[0]["filePath"]):
        assert requests.get(address, timeout=10).content == b"content"
    assert objects_of(alice) == [object_key(alice, file)]


def test_an_empty_file_is_a_file(alice: User, todo_id: str) -> None:
    stored = store(alice, todo_id, b"", "empty.txt", content_type="text/plain")

    assert (stored["size"], stored["status"]) == (0, "stored")
    assert requests.get(stored["filePath"], timeout=10).content == b""
    assert stored_bytes(alice) == 0
    assert alice.api.delete(path_of(stored)).status_code == 204
    assert (stored_bytes(alice), objects_of(alice)) == (0, [])


@pytest.fixture(params=[True, False], ids=["may list the bucket", "may not list the bucket"])
def _list_permission(request: pytest.FixtureRequest) -> Iterator[None]:
    """Without s3:ListBucket, S3 answers 403 instead of 404 for an object that is not there."""
    address = f"{STANDIN}/_standin/list-bucket"
    allowed = str(request.param).lower()
    assert requests.post(address, params={"bucket": BUCKET, "allowed": allowed}, timeout=10).ok
    with pytest.raises(ClientError) as refused:
        s3().head_object(Bucket=BUCKET, Key="not/there")
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == (404 if request.param else 403)
    yield
    assert requests.post(address, params={"bucket": BUCKET, "allowed": "true"}, timeout=10).ok


@pytest.mark.usefixtures("_list_permission")
def test_completing_before_the_upload_is_refused_and_can_be_repeated_after_it(alice: User, todo_id: str) -> None:
    file, form = start(alice, todo_id, 7)

    assert_problem(alice.api.post(f"{path_of(file)}/complete"), 409, "nothing-uploaded", NOTHING_UPLOADED)
    assert alice.api.get(path_of(file)).json() == file
    assert stored_bytes(alice) is None
    assert post_form(form, b"content").status_code == 204
    assert alice.api.post(f"{path_of(file)}/complete").status_code == 200


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (b"conten", "application/pdf"),
        (b"content!", "application/pdf"),
        (b"", "application/pdf"),
        (b"content", "text/html"),
        (b"content", "application/pdf; charset=utf-8"),
    ],
)
def test_what_differs_from_the_announcement_is_not_taken(
    alice: User, todo_id: str, content: bytes, content_type: str
) -> None:
    """Past the policy, as only somebody with keys of the bucket could."""
    file, form = start(alice, todo_id, 7)
    s3().put_object(Bucket=BUCKET, Key=object_key(alice, file), Body=content, ContentType=content_type)

    assert_problem(alice.api.post(f"{path_of(file)}/complete"), 422, "upload-differs", DIFFERS)
    assert alice.api.get(path_of(file)).json() == file
    assert walk(alice, f"/{todo_id}/files") == []
    assert stored_bytes(alice) is None
    assert post_form(form, b"content").status_code == 204
    assert alice.api.post(f"{path_of(file)}/complete").status_code == 200


def test_repeating_complete_is_harmless(alice: User, todo_id: str) -> None:
    stored = store(alice, todo_id, b"content")
    records = records_of(alice)
    again = alice.api.post(f"{path_of(stored)}/complete")
    assert (again.status_code, without_address(again.json())) == (200, without_address(stored))
    assert records_of(alice) == records
    assert stored_bytes(alice) == 7


@pytest.mark.parametrize("state", ["pending", "uploaded", "stored"])
def test_a_deleted_file_is_gone_and_its_delete_can_be_repeated(alice: User, todo_id: str, state: str) -> None:
    kept = store(alice, todo_id, b"kept")
    make: dict[str, Callable[[], dict[str, Any]]] = {
        "pending": lambda: start(alice, todo_id, 7)[0],
        "uploaded": lambda: upload(alice, todo_id, b"content"),
        "stored": lambda: store(alice, todo_id, b"content"),
    }
    file = make[state]()

    for _ in range(3):
        answer = alice.api.delete(path_of(file))
        assert (answer.status_code, answer.content) == (204, b"")
        assert_not_found(alice.api.get(path_of(file)))
        assert_not_found(alice.api.post(f"{path_of(file)}/complete"))
        assert objects_of(alice) == [object_key(alice, kept)]
        assert stored_bytes(alice) == 4
        assert [each["fileID"] for each in walk(alice, f"/{todo_id}/files")] == [kept["fileID"]]


def test_a_deleted_file_s_link_leads_nowhere(alice: User, todo_id: str) -> None:
    stored = store(alice, todo_id, b"content")
    alice.api.delete(path_of(stored))
    assert requests.get(stored["filePath"], timeout=10).status_code == 404


@pytest.mark.parametrize("make", [lambda *args: start(*args, 7)[0], lambda *args: upload(*args, b"content")])
def test_an_upload_not_completed_in_time_is_gone_before_dynamodb_deletes_it(
    alice: User, todo_id: str, make: Callable[[User, str], dict[str, Any]]
) -> None:
    file = make(alice, todo_id)
    let_expire(alice, file)

    assert_not_found(alice.api.get(path_of(file)))
    assert_not_found(alice.api.post(f"{path_of(file)}/complete"))
    assert_not_found(alice.api.delete(path_of(file)))
    assert walk(alice, f"/{todo_id}/files") == []
    assert stored_bytes(alice) is None


def test_a_trashed_todo_keeps_its_files_and_takes_no_more(alice: User, todo_id: str) -> None:
    stored = store(alice, todo_id, b"content")
    alice.api.delete(f"/me/todos/{todo_id}")

    assert_not_found(announce(alice, todo_id, 7))
    assert [without_address(each) for each in walk(alice, f"/{todo_id}/files")] == [without_address(stored)]
    assert stored_bytes(alice) == 7
    alice.api.post(f"/me/todos/{todo_id}/restore")
    assert without_address(alice.api.get(path_of(stored)).json()) == without_address(stored)
    assert announce(alice, todo_id, 7).status_code == 201


def test_a_file_belongs_to_one_user_and_one_todo(alice: User, todo_id: str, new_user: Callable[[], User]) -> None:
    bob = new_user()
    stored, pending = store(alice, todo_id, b"content"), start(alice, todo_id, 7)[0]
    other_todo = new_todo(alice)
    for file in (stored, pending):
        for user, path in ((bob, path_of(file)), (alice, path_of({**file, "todoID": other_todo}))):
            for answer in (user.api.get(path), user.api.delete(path), user.api.post(f"{path}/complete")):
                assert_not_found(answer)
    assert_not_found(announce(bob, todo_id, 7))
    assert walk(bob, f"/{todo_id}/files") == walk(alice, f"/{other_todo}/files") == []
    assert records_of(bob) == {}
    assert requests.get(alice.api.get(path_of(stored)).json()["filePath"], timeout=10).content == b"content"


@pytest.mark.parametrize("todo_id", ["never-was", "00000000-0000-4000-8000-000000000000", "usage"])
def test_an_unknown_todo_has_no_files_and_takes_none(alice: User, todo_id: str) -> None:
    assert alice.api.get(f"/{todo_id}/files").json() == {"files": [], "nextCursor": None}
    assert_not_found(announce(alice, todo_id, 7))
    assert records_of(alice) == {}


def test_no_byte_of_a_file_passes_through_the_service(alice: User, todo_id: str) -> None:
    operations: list[str] = []

    def record(*, model: Any, **_: Any) -> None:
        operations.append(model.name)

    events = files_storage().client.meta.events
    events.register("before-call.s3", record)
    try:
        stored = store(alice, todo_id, b"content")
        walk(alice, f"/{todo_id}/files")
        alice.api.get(path_of(stored))
        alice.api.delete(path_of(stored))
    finally:
        events.unregister("before-call.s3", record)
    assert operations == ["HeadObject", "DeleteObject"]
    assert os.environ["AWS_ENDPOINT_URL_S3"] in stored["filePath"]


@pytest.mark.parametrize("content_type", ["multipart/form-data; boundary=x", "application/pdf", "text/plain"])
def test_a_file_sent_to_the_service_itself_is_refused(alice: User, todo_id: str, content_type: str) -> None:
    body = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\ncontent\r\n--x--\r\n'
    answer = alice.api.post(f"/{todo_id}/files", body, Content_Type=content_type)
    assert (answer.status_code, answer.headers["Content-Type"]) == (415, "application/problem+json")
    assert records_of(alice) == {}
