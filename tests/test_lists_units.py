"""What todos cost in DynamoDB: capacity units, for a todo of 1 kB. A change here is a change of the bill."""

import threading
from collections.abc import Callable
from typing import Any

import pytest

from tests import environment
from tests.clients import User
from tests.dynamodb_calls import Call, recorded_calls
from todoproject.aws.capacity import Consumption, consumption_measured
from todos import lists, services

Step = Callable[[str], Any]


@pytest.fixture(autouse=True)
def _exact_figures() -> None:
    if environment.standins.notice is not None:
        pytest.skip("only DynamoDB Local counts capacity units as AWS does")


def create(user: User, **texts: str) -> str:
    todo_id: str = user.api.post("/me/todos", {"title": "Renew passport", **texts}).json()["todoID"]
    return f"/me/todos/{todo_id}"


def test_creating_a_todo_costs_two_write_units(alice: User) -> None:
    with recorded_calls() as calls:
        create(alice, description="x" * 400, dateDue="2026-12-24")
    assert calls == [Call("PutItem", 2)]


def test_creating_it_again_by_its_key_costs_no_write_but_the_refused_one(alice: User) -> None:
    alice.api.post("/me/todos", {"title": "once"}, Idempotency_Key="a")
    with recorded_calls() as calls:
        alice.api.post("/me/todos", {"title": "once"}, Idempotency_Key="a")
    # A refused write's units are not told; DynamoDB counts one.
    assert [call.operation for call in calls] == ["PutItem", "GetItem"]


@pytest.mark.parametrize(
    ("changes", "units"),
    [
        ({"notes": "x" * 100}, 2),
        ({"title": "Another"}, 2),
        ({"dateDue": "2026-12-25"}, 3),
        ({"completed": True}, 3),
    ],
)
def test_an_edit_costs_two_write_units_and_three_when_it_moves_the_todo(
    alice: User, changes: dict[str, Any], units: int
) -> None:
    path = create(alice, description="x" * 300)
    with recorded_calls() as calls:
        assert alice.api.patch(path, changes).status_code == 200
    assert calls == [Call("GetItem", 1), Call("UpdateItem", units)]


def test_an_edit_that_changes_nothing_writes_nothing(alice: User) -> None:
    path = create(alice)
    with recorded_calls() as calls:
        assert alice.api.patch(path, {"title": "Renew passport", "completed": False}).status_code == 200
    assert calls == [Call("GetItem", 1)]


def test_trash_and_restore_cost_four_write_units_and_repeating_them_none(alice: User) -> None:
    path = create(alice, description="x" * 300)
    with recorded_calls() as calls:
        for _ in range(2):
            assert alice.api.delete(path).status_code == 204
        for _ in range(2):
            assert alice.api.post(f"{path}/restore").status_code == 200
    assert calls == [
        *(Call("GetItem", 1), Call("UpdateItem", 4), Call("GetItem", 1)),
        *(Call("GetItem", 1), Call("UpdateItem", 4), Call("GetItem", 1)),
    ]


def test_reading_a_todo_costs_one_read_unit(alice: User) -> None:
    path = create(alice, description="x" * 400)
    with recorded_calls() as calls:
        assert alice.api.get(path).status_code == 200
    assert calls == [Call("GetItem", 1)]


@pytest.mark.parametrize(("description", "units"), [("", 5), ("x" * 660, 13)], ids=["20 kB", "50 kB"])
def test_a_list_of_fifty_costs_a_read_unit_per_four_kilobytes(alice: User, description: str, units: int) -> None:
    for _ in range(50):
        create(alice, description=description)
    with recorded_calls() as calls:
        assert len(alice.api.get("/me/todos").json()["todos"]) == 50
    assert calls == [Call("Query", units)]


def test_what_a_thread_consumes_is_summed_up_for_it_alone(alice: User, bob: User) -> None:
    other = threading.Thread(target=lambda: services.create_todo(user_id=bob.sub, title="Passport"))
    with consumption_measured() as consumed:
        todo_id = services.create_todo(user_id=alice.sub, title="Passport")["todoID"]["S"]
        lists.list_todos(user_id=alice.sub)
        services.trash_todo(user_id=alice.sub, todo_id=todo_id)
        other.start()
        other.join()
    assert consumed == Consumption(calls=4, read_units=2, write_units=6)
