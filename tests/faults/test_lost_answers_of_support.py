"""A change by support and its event: both or neither, whatever is lost between the service and DynamoDB."""

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import pytest

from tests.faults import stored
from tests.faults.fault import CONTENDED_TRANSACTION, DROPPED, HUNG, RESET, Fault
from tests.faults.losses import lose_answers_of
from tests.faults.proxy import Proxy
from tests.faults.visitor import Visitor
from tests.faults.world import impatient
from tests.support.staff import Member
from tests.support.trail import events_of


@dataclass(frozen=True)
class Change:
    """`page` is below the todo's page, or the list's where it is empty; `before` is what the customer did to it."""

    action: str
    page: str
    form: dict[str, Any]
    holds: Callable[[dict[str, Any]], bool]
    trashed: bool = False


CHANGES = {
    "edit": Change(
        "change", "change/", {"title": "Oat milk", "notes": "Two"}, lambda todo: bool(todo["title"] == "Oat milk")
    ),
    "trash": Change("trash", "delete/", {"post": "yes"}, lambda todo: "dateDeleted" in todo),
    "restore": Change("restore", "restore/", {}, lambda todo: "dateDeleted" not in todo, trashed=True),
    "complete": Change("complete", "", {"action": "complete", "index": 0}, lambda todo: bool(todo["completed"])),
}


@dataclass(frozen=True)
class Case:
    visitor: Visitor
    member: Member
    change: Change
    todo_id: str
    version: int

    @classmethod
    def prepare(cls, visitor: Visitor, member: Member, change: Change) -> "Case":
        todo = visitor.new_todo()
        if change.trashed:
            assert visitor.call("DELETE", todo).status_code == 204
        [item] = stored.todos(visitor.user)
        return cls(visitor, member, change, todo.rpartition("/")[2], item["version"])

    def do(self) -> Any:
        key = f"{self.visitor.user.sub}~{self.todo_id}"
        path = f"/admin/todos/todo/{key}/{self.change.page}"
        if not self.change.page:
            path = f"/admin/todos/todo/?customer={self.visitor.user.sub}"
        more = {"read_version": self.version, "select_across": 0, "_selected_action": [key]}
        return self.member.post(path, {**more, **self.change.form})

    def outcome(self) -> tuple[bool, int, int]:
        """Whether the change was made, how many versions later the todo is, and how many events tell of it."""
        [item] = stored.todos(self.visitor.user)
        events = events_of(self.visitor.user.sub, action=self.change.action)
        return self.change.holds(item), item["version"] - self.version, len(events)


@pytest.fixture(scope="module")
def support() -> Member:
    """Signed in before anything goes wrong, by the client that goes to DynamoDB directly."""
    return Member.signed_in("support")


@lose_answers_of(CHANGES)
def test_a_change_whose_answer_is_lost_is_made_once_with_one_event(
    visitor: Visitor, support: Member, dynamodb: Proxy, case: Change, loss: Fault, times: int
) -> None:
    prepared = Case.prepare(visitor, support, case)
    dynamodb.inject(loss, "TransactWriteItems", times=times)

    answer = prepared.do()

    assert answer.status_code == 302, answer.content
    assert prepared.outcome() == (True, 1, 1)
    assert len(dynamodb.calls("TransactWriteItems")) > times


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_change_whose_answers_are_all_lost_is_503_and_has_its_event(
    visitor: Visitor, support: Member, dynamodb: Proxy, change: Change
) -> None:
    prepared = Case.prepare(visitor, support, change)
    dynamodb.inject(DROPPED, "TransactWriteItems")

    assert prepared.do().status_code == 503
    dynamodb.clear()
    assert prepared.outcome() == (True, 1, 1)

    prepared.do()

    assert prepared.outcome() == (True, 1, 1)


@pytest.mark.parametrize("fault", [RESET, HUNG], ids=["reset", "hung"])
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_change_that_never_gets_through_has_no_event(
    visitor: Visitor, support: Member, dynamodb: Proxy, change: Change, fault: Fault
) -> None:
    prepared = Case.prepare(visitor, support, change)
    dynamodb.inject(fault, "TransactWriteItems")

    with impatient("dynamodb") if fault is HUNG else nullcontext():
        assert prepared.do().status_code == 503
    dynamodb.clear()
    assert prepared.outcome() == (False, 0, 0)

    prepared.do()

    assert prepared.outcome() == (True, 1, 1)


def test_a_change_in_the_way_of_another_is_tried_again(visitor: Visitor, support: Member, dynamodb: Proxy) -> None:
    prepared = Case.prepare(visitor, support, CHANGES["trash"])
    dynamodb.inject(CONTENDED_TRANSACTION, "TransactWriteItems", times=2)

    assert prepared.do().status_code == 302

    assert prepared.outcome() == (True, 1, 1)


@pytest.mark.parametrize("times", [1, 2, None])
def test_a_deleted_file_whose_answers_are_lost_has_one_event_of_its_end(
    visitor: Visitor, support: Member, dynamodb: Proxy, times: int | None
) -> None:
    _, todo_id, _, file_id = visitor.stored_file().split("/")
    dynamodb.inject(DROPPED, "TransactWriteItems", times=times)

    path = f"/admin/files/file/{visitor.user.sub}~{todo_id}~{file_id}/delete/"
    answer = support.post(path, {"post": "yes"})

    assert answer.status_code == (302 if times else 503)
    [file] = stored.files(visitor.user)
    assert (file["status"], stored.used_bytes(visitor.user), stored.objects(visitor.user)) == ("deleted", 0, [])
    outcomes = [event["outcome"] for event in events_of(visitor.user.sub, action="delete")]
    assert outcomes == ["attempted", "done"]


@pytest.mark.parametrize("page", ["", "todo", "customer"])
def test_what_cannot_be_put_on_record_is_not_shown(
    visitor: Visitor, support: Member, dynamodb: Proxy, page: str
) -> None:
    todo_id = visitor.new_todo("Nobody else's business").rpartition("/")[2]
    paths = {
        "": f"/admin/todos/todo/?customer={visitor.user.sub}",
        "todo": f"/admin/todos/todo/{visitor.user.sub}~{todo_id}/change/",
        "customer": f"/admin/support/customer/{visitor.user.sub}/change/",
    }
    dynamodb.inject(RESET, "PutItem")

    answer = support.get(paths[page])

    assert answer.status_code == 503
    assert "business" not in answer.content.decode()
    assert visitor.user.email not in answer.content.decode()
