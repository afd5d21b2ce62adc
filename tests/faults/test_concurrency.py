"""Many at once: one client for a process, one winner for a version, one todo for a key, each byte counted once."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from deploy.local.standins import ROOT
from tests.clients import User
from tests.faults import stored
from tests.faults.fault import HELD
from tests.faults.proxy import Proxy
from tests.faults.server import Patient, Server, held_by, serving
from tests.faults.visitor import CONTENT, Visitor, at_once

# Room for one file of the tests, not for two.
QUOTA = len(CONTENT) * 3 // 2
ROUNDS = 20


@pytest.fixture(scope="module")
def server(dynamodb_proxy: Proxy) -> Iterator[Server]:
    with serving("all", USER_FILE_QUOTA=str(QUOTA), **held_by(dynamodb_proxy)) as [one]:
        yield one


@pytest.fixture
def real(server: Server, alice: User) -> Visitor:
    """Alice at two workers of 16 threads each."""
    return Visitor(alice, Patient(server), Patient(server))


@pytest.mark.parametrize("start", ["cold", "warm"])
def test_the_first_requests_from_16_threads_build_one_client_of_each_service(alice: User, start: str) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "tests.faults.first_request", start, alice.id_token],
        env=dict(os.environ),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    result = json.loads(run.stdout.splitlines()[-1])
    assert result["built by import"] == {}
    assert result["built"] == {"dynamodb": 1, "s3": 1}
    assert result["statuses"] == [201] * 16


def test_of_two_edits_at_once_with_the_same_etag_exactly_one_wins(real: Visitor) -> None:
    todo = real.new_todo()
    for version in range(1, ROUNDS + 1):
        answers = at_once(
            lambda: real.call("PATCH", todo, {"notes": f"One {version}"}, If_Match=f'"{version}"'),  # noqa: B023
            lambda: real.call("PATCH", todo, {"notes": f"Two {version}"}, If_Match=f'"{version}"'),  # noqa: B023
        )
        [winner] = [answer for answer in answers if answer.status_code == 200]
        [loser] = [answer for answer in answers if answer.status_code == 412]
        assert loser.headers["Content-Type"] == "application/problem+json"
        [item] = stored.todos(real.user)
        assert (item["version"], item["notes"]) == (version + 1, winner.json()["notes"])


def test_writers_that_do_not_ask_for_a_version_each_count_or_are_told_503(real: Visitor) -> None:
    todo = real.new_todo()

    answers = at_once(*(lambda n=n: real.call("PATCH", todo, {"notes": f"Writer {n}"}) for n in range(8)))

    statuses = [answer.status_code for answer in answers]
    assert set(statuses) <= {200, 503}
    [item] = stored.todos(real.user)
    assert item["version"] == 1 + statuses.count(200)
    assert sorted(answer.json()["version"] for answer in answers if answer.status_code == 200) == list(
        range(2, item["version"] + 1)
    )


def test_one_idempotency_key_from_8_threads_at_once_makes_one_todo(real: Visitor) -> None:
    answers = at_once(*[lambda: real.call("POST", "/me/todos", {"title": "Milk"}, Idempotency_Key="once")] * 8)

    assert [answer.status_code for answer in answers] == [201] * 8
    [item] = stored.todos(real.user)
    assert {answer.json()["todoID"] for answer in answers} == {item["todoID"]}


def test_a_file_completed_several_times_at_once_is_counted_once(real: Visitor, dynamodb: Proxy) -> None:
    """Each has read that it is pending before any of them counts it."""
    file = real.uploaded_file()
    dynamodb.clear()
    dynamodb.inject(HELD, "TransactWriteItems", times=4)

    with ThreadPoolExecutor(1) as pool:
        completed = pool.submit(at_once, *[lambda: real.call("POST", f"{file}/complete")] * 4)
        dynamodb.wait_for("TransactWriteItems", count=4)
        dynamodb.release()
        answers = completed.result(60)

    assert [answer.status_code for answer in answers] == [200] * 4
    assert stored.used_bytes(real.user) == len(CONTENT)


def test_of_two_files_completed_at_once_that_do_not_both_fit_exactly_one_is_stored(real: Visitor) -> None:
    files = [real.uploaded_file(), real.uploaded_file()]

    answers = at_once(*(lambda file=file: real.call("POST", f"{file}/complete") for file in files))

    assert sorted(answer.status_code for answer in answers) == [200, 409]
    assert sorted(record["status"] for record in stored.files(real.user)) == ["pending", "stored"]
    assert stored.used_bytes(real.user) == len(CONTENT)


def test_a_file_deleted_twice_at_once_is_taken_off_once(real: Visitor) -> None:
    file = real.stored_file()

    answers = at_once(*[lambda: real.call("DELETE", file)] * 4)

    assert [answer.status_code for answer in answers] == [204] * 4
    assert stored.used_bytes(real.user) == 0


@pytest.mark.parametrize("attempt", range(5))
def test_a_file_deleted_while_it_is_completed_is_gone_and_not_counted(real: Visitor, attempt: int) -> None:
    file = real.uploaded_file()

    completed, deleted = at_once(lambda: real.call("POST", f"{file}/complete"), lambda: real.call("DELETE", file))

    assert (completed.status_code in (200, 404, 409), deleted.status_code) == (True, 204)
    [record] = stored.files(real.user)
    assert (record["status"], stored.used_bytes(real.user), stored.objects(real.user)) == ("deleted", 0, [])


def test_a_todo_deleted_while_it_is_edited_is_in_the_trash_and_counts_each_write(real: Visitor) -> None:
    todo = real.new_todo()

    edited, deleted = at_once(lambda: real.call("PATCH", todo, {"notes": "Two"}), lambda: real.call("DELETE", todo))

    assert (edited.status_code in (200, 404), deleted.status_code) == (True, 204)
    [item] = stored.todos(real.user)
    assert "dateDeleted" in item
    assert item["version"] == (3 if edited.status_code == 200 else 2)
