"""A part of AWS does not work: 503 that says when to come back, within a bound, nothing half-done, and no restart."""

import os
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.clients import User
from tests.faults import stored
from tests.faults.breakages import DYNAMODB_FAULTS, S3_FAULTS, calls_of_files, calls_of_todos
from tests.faults.fault import HUNG
from tests.faults.proxy import Proxy
from tests.faults.server import Patient, Server, serving
from tests.faults.visitor import CONTENT, Visitor, assert_unavailable, at_once

# Seconds: a browser, and API Gateway behind it, are still waiting then.
HUNG_BOUND = 7
THROTTLED_BOUND = 20


@pytest.fixture(scope="module")
def todos_proxy() -> Iterator[Proxy]:
    """The todos role's own way to DynamoDB; `dynamodb` is the files role's."""
    with Proxy(os.environ["AWS_ENDPOINT_URL_DYNAMODB"]) as proxy:
        yield proxy


@pytest.fixture
def todos_dynamodb(todos_proxy: Proxy) -> Iterator[Proxy]:
    todos_proxy.clear()
    yield todos_proxy
    todos_proxy.clear()


@pytest.fixture(scope="module")
def servers(todos_proxy: Proxy, dynamodb_proxy: Proxy, s3_proxy: Proxy) -> Iterator[list[Server]]:
    """Both roles, with every setting of a timeout and of attempts as it is in production."""
    endpoints = {"AWS_ENDPOINT_URL_DYNAMODB": dynamodb_proxy.url, "AWS_ENDPOINT_URL_S3": s3_proxy.url}
    with (
        serving("todos", AWS_ENDPOINT_URL_DYNAMODB=todos_proxy.url) as todos,
        serving("files", **endpoints) as files,
    ):
        yield [*todos, *files]


@pytest.fixture
def real(servers: list[Server], alice: User, todos_dynamodb: Proxy, dynamodb: Proxy, s3: Proxy) -> Visitor:
    return Visitor(alice, *servers)


@pytest.fixture
def patient(real: Visitor, servers: list[Server]) -> Visitor:
    """The same, who asks again where a worker is too busy to look."""
    return Visitor(real.user, *(Patient(server) for server in servers))


def timed(work: Callable[[], Any]) -> Callable[[], tuple[float, Any]]:
    def measure() -> tuple[float, Any]:
        started = time.monotonic()
        answer = work()
        return time.monotonic() - started, answer

    return measure


@pytest.mark.parametrize(
    ("fault", "bound"),
    [
        pytest.param("hung", HUNG_BOUND),
        pytest.param("refused", HUNG_BOUND),
        pytest.param("throttled", THROTTLED_BOUND),
    ],
)
def test_with_its_real_settings_every_call_is_503_within_the_bound_when_dynamodb_is(
    real: Visitor, todos_dynamodb: Proxy, dynamodb: Proxy, fault: str, bound: float
) -> None:
    todo, uploaded, saved = real.new_todo(), real.uploaded_file(), real.stored_file()
    before = [stored.todos(real.user), stored.files(real.user), stored.used_bytes(real.user)]
    for proxy in (todos_dynamodb, dynamodb):
        DYNAMODB_FAULTS[fault](proxy, "")

    works = [*calls_of_todos(real, todo)[:4], *calls_of_files(real, uploaded, saved)[:4]]
    answers = at_once(*(timed(work) for work in works))

    for seconds, answer in answers:
        assert_unavailable(answer)
        assert seconds < bound
    assert [stored.todos(real.user), stored.files(real.user), stored.used_bytes(real.user)] == before
    for proxy in (todos_dynamodb, dynamodb):
        proxy.clear()
    assert [real.call("GET", todo).status_code, real.call("GET", saved).status_code] == [200, 200]


@pytest.mark.parametrize("fault", ["hung", "refused"])
def test_with_its_real_settings_what_needs_s3_is_503_within_the_bound_and_the_rest_works_when_s3_is(
    real: Visitor, patient: Visitor, s3: Proxy, fault: str
) -> None:
    uploaded, saved = real.uploaded_file(), real.stored_file()
    S3_FAULTS[fault](s3, "")

    listed, started, read, completed, deleted = at_once(
        *(timed(work) for work in calls_of_files(patient, uploaded, saved))
    )

    for seconds, answer in (completed, deleted):
        assert_unavailable(answer)
        assert seconds < HUNG_BOUND
    assert [answer.status_code for _, answer in (listed, started, read)] == [200, 201, 200]
    assert sorted(record["status"] for record in stored.files(real.user)) == ["pending", "pending", "stored"]
    assert stored.used_bytes(real.user) == len(CONTENT)


@pytest.mark.parametrize("broken", ["todos", "files"])
def test_one_role_works_as_ever_while_what_the_other_one_needs_hangs(
    real: Visitor, patient: Visitor, todos_dynamodb: Proxy, dynamodb: Proxy, s3: Proxy, broken: str
) -> None:
    saved = real.stored_file()
    todo = f"/me/todos/{saved.split('/')[1]}"
    for proxy in [todos_dynamodb] if broken == "todos" else [dynamodb, s3]:
        proxy.inject(HUNG)

    here, there = (todo, saved) if broken == "todos" else (saved, todo)
    hanging = [timed(lambda: real.call("GET", here))] * 20
    others = [timed(lambda: patient.call("GET", there))] * 4

    answers = at_once(*hanging, *others)

    assert {answer.status_code for _, answer in answers[:20]} == {503}
    for seconds, answer in answers[20:]:
        assert (answer.status_code, seconds < 2) == (200, True)
