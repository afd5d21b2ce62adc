"""A todo's files: the stored ones, in the order in which they were added; and what FilesTable holds of them."""

from typing import Any

import pytest

from tests.clients import User
from tests.dynamodb_calls import recorded_calls
from tests.uploads import (
    announce,
    let_expire,
    new_todo,
    path_of,
    records_of,
    start,
    store,
    stored_bytes,
    upload,
    without_address,
)
from tests.walks import pages, walk

ATTRIBUTES = {
    *("userID", "fileKey", "todoID", "fileID", "fileName", "size", "contentType", "dateCreated", "status"),
    *("expiresAt", "writeID"),
}


@pytest.fixture(scope="module")
def added() -> tuple[User, str, list[dict[str, Any]]]:
    """A user, a todo and its stored files; between them others that are pending, uploaded, expired and deleted."""
    user = User.sign_up()
    todo_id, other_todo_id = new_todo(user), new_todo(user)
    stored = []
    for number in range(7):
        # Names and sizes that would come in another order.
        stored.append(store(user, todo_id, b"x" * (9 - number), f"{9 - number}.txt"))
        store(user, other_todo_id, b"other")
        start(user, todo_id, 1)
        upload(user, todo_id, b"content")
        let_expire(user, start(user, todo_id, 1)[0])
        user.api.delete(path_of(store(user, todo_id, b"deleted")))
    return user, todo_id, [without_address(file) for file in stored]


@pytest.mark.parametrize("limit", [1, 2, 3, 6, 7, 8, 200])
def test_stored_files_are_listed_in_the_order_in_which_they_were_added(
    added: tuple[User, str, list[dict[str, Any]]], limit: int
) -> None:
    user, todo_id, stored = added
    with recorded_calls() as calls:
        read = [page["files"] for page in pages(user, f"/{todo_id}/files", limit=limit)]

    assert [without_address(file) for page in read for file in page] == stored
    assert max(len(page) for page in read) <= limit
    assert {call.operation for call in calls} == {"Query"}
    assert len(calls) <= 4 * len(read)


def test_a_list_without_a_limit_is_one_page(added: tuple[User, str, list[dict[str, Any]]]) -> None:
    user, todo_id, stored = added
    answer = user.api.get(f"/{todo_id}/files").json()
    assert {**answer, "files": [without_address(file) for file in answer["files"]]} == {
        "files": stored,
        "nextCursor": None,
    }


def test_an_exactly_full_last_page_has_no_cursor(alice: User) -> None:
    todo_id = new_todo(alice)
    files = [store(alice, todo_id, b"x")["fileID"] for _ in range(4)]
    for limit in (1, 2, 4):
        read = [[file["fileID"] for file in page["files"]] for page in pages(alice, f"/{todo_id}/files", limit=limit)]
        assert read == [files[start : start + limit] for start in range(0, 4, limit)]


def test_pending_and_deleted_files_take_no_place_on_a_page(alice: User) -> None:
    todo_id = new_todo(alice)
    for _ in range(10):
        announce(alice, todo_id, 1)
        deleted = store(alice, todo_id, b"x")
        alice.api.delete(f"/{todo_id}/files/{deleted['fileID']}")
    last = store(alice, todo_id, b"content")

    read = [page["files"] for page in pages(alice, f"/{todo_id}/files", limit=1)]
    assert [[file["fileID"] for file in page] for page in read] == [[last["fileID"]]]


def test_files_left_alone_come_once_while_others_come_and_go_between_the_pages(alice: User) -> None:
    todo_id = new_todo(alice)
    files = [store(alice, todo_id, b"x") for _ in range(12)]
    to_delete = files[1::3]
    deleted = {file["fileID"] for file in to_delete}
    read: list[str] = []
    for page in pages(alice, f"/{todo_id}/files", limit=2):
        read += [each["fileID"] for each in page["files"]]
        if to_delete:
            alice.api.delete(path_of(to_delete.pop()))
            store(alice, todo_id, b"added")
    left_alone = [file["fileID"] for file in files if file["fileID"] not in deleted]
    assert [file_id for file_id in read if file_id in left_alone] == left_alone
    assert len(walk(alice, f"/{todo_id}/files")) == 12


def test_the_attributes_of_a_file_in_each_of_its_states(alice: User) -> None:
    todo_id = new_todo(alice)
    file, _ = start(alice, todo_id, 7)
    key = f"{todo_id}#{file['fileID']}"

    pending = records_of(alice)
    assert pending.keys() == {key}
    assert pending[key].keys() == ATTRIBUTES
    assert pending[key] == {
        "userID": {"S": alice.sub},
        "fileKey": {"S": key},
        "todoID": {"S": todo_id},
        "fileID": {"S": file["fileID"]},
        "fileName": {"S": "form.pdf"},
        "size": {"N": "7"},
        "contentType": {"S": "application/pdf"},
        "dateCreated": {"S": file["dateCreated"]},
        "status": {"S": "pending"},
        "expiresAt": pending[key]["expiresAt"],
        "writeID": pending[key]["writeID"],
    }
    alice.api.delete(path_of(file))
    stored = store(alice, todo_id, b"content")
    stored_key = f"{todo_id}#{stored['fileID']}"
    now = records_of(alice)
    assert now.keys() == {key, stored_key, "usage"}
    assert now[key].keys() == ATTRIBUTES - {"fileName"}
    assert now[key]["status"] == {"S": "deleted"}
    assert now[stored_key].keys() == ATTRIBUTES - {"expiresAt"}
    assert now["usage"] == {
        "userID": {"S": alice.sub},
        "fileKey": {"S": "usage"},
        "storedBytes": {"N": "7"},
        "changes": {"N": "1"},
    }
    assert stored_bytes(alice) == 7
