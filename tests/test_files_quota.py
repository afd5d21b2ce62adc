"""How large a file may be, how many bytes a user may keep, and that they are counted exactly."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.conf import LazySettings
from django.http import HttpResponse

from tests.clients import User
from tests.dynamodb_calls import before
from tests.problems import assert_not_found, assert_problem
from tests.uploads import (
    announce,
    new_todo,
    objects_of,
    path_of,
    post_form,
    records_of,
    start,
    store,
    stored_bytes,
    upload,
)
from tests.walks import walk


@pytest.fixture
def todo_id(alice: User) -> str:
    return new_todo(alice)


def assert_over_quota(answer: HttpResponse) -> None:
    detail = answer.json()["detail"]
    assert detail.startswith("Your files would exceed your ")
    assert_problem(answer, 409, "quota-used-up", detail)


def complete(user: User, file: dict[str, Any]) -> HttpResponse:
    return user.api.post(f"{path_of(file)}/complete")


def at_once(calls: list[Callable[[], HttpResponse]]) -> list[int]:
    with ThreadPoolExecutor(len(calls)) as threads:
        return [answer.status_code for answer in threads.map(lambda call: call(), calls)]


def test_a_file_over_the_limit_is_refused_before_anything_is_written(
    alice: User, todo_id: str, settings: LazySettings
) -> None:
    settings.MAX_FILE_BYTES = 10
    answer = announce(alice, todo_id, 11)
    detail = answer.json()["detail"]
    assert detail.startswith("The file is larger than the limit of ")
    assert_problem(answer, 413, "too-large", detail)
    assert records_of(alice) == {}
    assert announce(alice, todo_id, 10).status_code == 201


def test_the_limits_are_a_hundred_megabytes_and_a_gigabyte(alice: User, todo_id: str) -> None:
    assert announce(alice, todo_id, 100 * 1024**2).status_code == 201
    answer = announce(alice, todo_id, 100 * 1024**2 + 1)
    assert_problem(answer, 413, "too-large", "The file is larger than the limit of 104857600 bytes.")


def test_a_file_over_the_quota_is_refused_at_the_start(alice: User, todo_id: str, settings: LazySettings) -> None:
    settings.USER_FILE_QUOTA = 10
    stored = store(alice, todo_id, b"content")
    before = records_of(alice)

    assert_over_quota(announce(alice, todo_id, 4))
    assert records_of(alice) == before
    exactly = store(alice, todo_id, b"xxx")
    assert stored_bytes(alice) == 10
    assert_over_quota(announce(alice, todo_id, 1))
    assert announce(alice, todo_id, 0).status_code == 201

    assert alice.api.delete(path_of(stored)).status_code == 204
    assert announce(alice, todo_id, 7).status_code == 201
    assert alice.api.get(path_of(exactly)).status_code == 200


def test_a_file_over_the_quota_is_refused_at_the_end_and_taken_once_there_is_room(
    alice: User, todo_id: str, settings: LazySettings
) -> None:
    settings.USER_FILE_QUOTA = 10
    first, second = upload(alice, todo_id, b"content"), upload(alice, todo_id, b"content")
    assert complete(alice, first).status_code == 200

    assert_over_quota(complete(alice, second))
    assert alice.api.get(path_of(second)).json() == second
    assert stored_bytes(alice) == 7
    alice.api.delete(path_of(first))
    assert complete(alice, second).status_code == 200
    assert stored_bytes(alice) == 7


def test_the_quota_is_each_user_s_own(alice: User, bob: User, todo_id: str, settings: LazySettings) -> None:
    settings.USER_FILE_QUOTA = 10
    store(alice, todo_id, b"content")
    store(bob, new_todo(bob), b"content")
    assert (stored_bytes(alice), stored_bytes(bob)) == (7, 7)


def test_only_stored_bytes_are_counted(alice: User, todo_id: str) -> None:
    other_todo = new_todo(alice)
    counted = []
    files = [store(alice, todo_id, b"x" * size) for size in (1, 10, 100)] + [store(alice, other_todo, b"x" * 1000)]
    upload(alice, todo_id, b"never completed")
    counted.append(stored_bytes(alice))
    for file in files:
        alice.api.delete(path_of(file))
        alice.api.delete(path_of(file))
        counted.append(stored_bytes(alice))
    assert counted == [1111, 1110, 1100, 1000, 0]


def test_files_completed_at_once_are_all_counted(alice: User, todo_id: str) -> None:
    files = [upload(alice, todo_id, b"content") for _ in range(6)]
    assert at_once([lambda file=file: complete(alice, file) for file in files]) == [200] * 6
    assert stored_bytes(alice) == 42
    assert len(walk(alice, f"/{todo_id}/files")) == 6


def test_a_file_completed_many_times_at_once_is_counted_once(alice: User, todo_id: str) -> None:
    file = upload(alice, todo_id, b"content")
    assert at_once([lambda: complete(alice, file)] * 8) == [200] * 8
    assert stored_bytes(alice) == 7


def test_a_file_deleted_many_times_at_once_is_counted_once(alice: User, todo_id: str) -> None:
    store(alice, todo_id, b"kept")
    file = store(alice, todo_id, b"content")
    assert at_once([lambda: alice.api.delete(path_of(file))] * 8) == [204] * 8
    assert stored_bytes(alice) == 4


def test_of_files_completed_at_once_only_those_within_the_quota_are_taken(
    alice: User, todo_id: str, settings: LazySettings
) -> None:
    settings.USER_FILE_QUOTA = 22
    files = [upload(alice, todo_id, b"content") for _ in range(6)]
    assert sorted(at_once([lambda file=file: complete(alice, file) for file in files])) == [200] * 3 + [409] * 3
    assert stored_bytes(alice) == 21
    assert len(walk(alice, f"/{todo_id}/files")) == 3


@pytest.mark.parametrize("attempt", range(6))
def test_a_file_completed_and_deleted_at_once_is_gone_and_not_counted(alice: User, todo_id: str, attempt: int) -> None:
    """Completed is 404 or 409 where the delete came first; the delete always succeeds."""
    kept = store(alice, todo_id, b"kept")
    file = upload(alice, todo_id, b"content")
    calls = [lambda: complete(alice, file), lambda: alice.api.delete(path_of(file))]
    statuses = at_once(calls if attempt % 2 else calls[::-1])[:: 1 if attempt % 2 else -1]

    assert statuses[0] in (200, 404, 409)
    assert statuses[1] == 204
    assert_not_found(alice.api.get(path_of(file)))
    assert stored_bytes(alice) == 4
    assert [each["fileID"] for each in walk(alice, f"/{todo_id}/files")] == [kept["fileID"]]
    assert len(objects_of(alice)) == 1


def test_a_file_posted_again_after_it_was_completed_is_counted_once(alice: User, todo_id: str) -> None:
    """A form can be replayed until it runs out: with as many bytes of the same type, and only to the same place."""
    file, form = start(alice, todo_id, 7)
    for _ in range(2):
        assert post_form(form, b"content").status_code == 204
        assert complete(alice, file).status_code == 200
    assert stored_bytes(alice) == 7


def test_the_quota_holds_where_another_file_is_completed_between_the_check_and_the_write(
    alice: User, todo_id: str, settings: LazySettings
) -> None:
    settings.USER_FILE_QUOTA = 15
    first, second = (upload(alice, todo_id, b"0123456789") for _ in range(2))
    meanwhile: list[HttpResponse] = []

    with before("TransactWriteItems", lambda: meanwhile.append(complete(alice, second))):
        late = complete(alice, first)

    assert [answer.status_code for answer in meanwhile] == [200]
    assert_over_quota(late)
    assert stored_bytes(alice) == 10
