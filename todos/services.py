"""What can be done with a todo; `todos.lists` reads many. The API, the admin and the commands all enter here; the owner
comes first.

An item is returned as DynamoDB has it (`Item`); `todos.serializers.to_wire` turns it into JSON.
"""

import uuid
from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.utils import timezone
from pynamodb.exceptions import PutError, TransactWriteError, UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from todoproject.api.problems import NotFound, Problem
from todoproject.aws.dynamodb import Alongside, Changes, Item, written_time
from todoproject.aws.failures import Contended, attempts, condition_failed, transaction_refused
from todos.models import ERASE_REQUEST_ID, EraseRequestModel, TodoModel, create_hash_of, fold, list_order_of

DAYS_IN_TRASH = 30
_IDEMPOTENCY_NAMESPACE = uuid.UUID("0d3f9b62-6a0e-4c58-9a55-1f9f6b6f0c1e")


class Stale(Problem):
    status = 412
    detail = "The todo has changed since you read it. Read it again, then decide."


class KeyReused(Problem):
    status = 422
    detail = "This Idempotency-Key was used before, with another body. Use a new key for a new todo."


class PurgeDue(Problem):
    status = 409
    detail = f"The todo has been in the trash for {DAYS_IN_TRASH} days and is about to be purged."


class _Change(NamedTuple):
    new: Mapping[str, Any]
    condition: Condition | None = None


def get_todo(*, user_id: str, todo_id: str) -> Item:
    """Strongly consistent. Raises NotFound, for a trashed todo too."""
    item = _read(user_id, todo_id)
    if item is None or "dateDeleted" in item:
        raise NotFound
    return item


def create_todo(
    *,
    user_id: str,
    title: str,
    description: str = "",
    notes: str = "",
    date_due: str = "",
    idempotency_key: str | None = None,
) -> Item:
    """The new todo; with an `idempotency_key` used before for the same texts, that todo as it is now.

    Raises KeyReused.
    """
    now = written_time(timezone.now())
    todo = TodoModel(
        user_id,
        str(uuid.uuid5(_IDEMPOTENCY_NAMESPACE, f"{user_id}:{idempotency_key}") if idempotency_key else uuid.uuid4()),
        title=title,
        title_folded=fold(title),
        description=description or None,
        notes=notes or None,
        date_due=date_due or None,
        date_created=now,
        date_updated=now,
        list_order=list_order_of(date_due=date_due, date_created=now, date_completed=None, date_deleted=None),
        create_hash=create_hash_of(title=title, description=description, notes=notes, date_due=date_due),
    )
    try:
        todo.save(TodoModel.todo_id.does_not_exist())
    except PutError as exc:
        if not condition_failed(exc):
            raise
        return _created_before(todo)
    return todo.serialize()


def update_todo(
    *,
    user_id: str,
    todo_id: str,
    changes: Mapping[str, Any],
    expected: Collection[int] | None = None,
    alongside: Alongside | None = None,
) -> Item:
    """Set any of title, description, notes, date_due and completed; without a real change nothing is written.

    `expected` holds the versions the caller would overwrite; None means any. `alongside`, here and below, takes part
    in the change's transaction, and is not asked where nothing changes. Raises NotFound or Stale.
    """

    def plan(todo: TodoModel, now: str) -> _Change | None:
        if todo.date_deleted:
            raise NotFound
        _require_version(todo, expected)
        new = {name: value for name, value in changes.items() if (getattr(todo, name) or "") != (value or "")}
        if not new:
            return None
        if "title" in new:
            new["title_folded"] = fold(new["title"])
        if "completed" in new:
            new["date_completed"] = now if new["completed"] else ""
        return _Change(new)

    return _write(user_id, todo_id, plan, alongside)


def trash_todo(
    *, user_id: str, todo_id: str, expected: Collection[int] | None = None, alongside: Alongside | None = None
) -> Item:
    """Into the trash: a single write, repeatable. Raises NotFound or Stale."""

    def plan(todo: TodoModel, now: str) -> _Change | None:
        if todo.date_deleted:
            return None
        _require_version(todo, expected)
        return _Change({"date_deleted": now, "purge_day": purge_day_of(now)})

    return _write(user_id, todo_id, plan, alongside)


def restore_todo(
    *, user_id: str, todo_id: str, expected: Collection[int] | None = None, alongside: Alongside | None = None
) -> Item:
    """Out of the trash, repeatable. Raises NotFound, Stale, or PurgeDue from the purge day on.

    The purge takes only days before its own today, so the two cannot meet, whichever side of midnight a write lands.
    """

    def plan(todo: TodoModel, now: str) -> _Change | None:
        if not todo.date_deleted:
            return None
        _require_version(todo, expected)
        today = now[:10]
        if not todo.purge_day or todo.purge_day <= today:
            raise PurgeDue
        return _Change({"date_deleted": "", "purge_day": ""}, TodoModel.purge_day > today)

    return _write(user_id, todo_id, plan, alongside)


def request_erasure(*, user_id: str) -> str:
    """Note that everything of the user is to be erased by the next maintenance run. Returns since when it is noted."""
    now = timezone.now()
    request = EraseRequestModel(
        user_id,
        date_created=written_time(now),
        # Yesterday: the maintenance run takes what was due before today, and is to take this the next time.
        purge_day=(now.date() - timedelta(days=1)).isoformat(),
    )
    try:
        request.save(EraseRequestModel.todo_id.does_not_exist())
    except PutError as exc:
        if not condition_failed(exc):
            raise
        stored = _read(user_id, ERASE_REQUEST_ID)
        if stored is None:
            raise Contended from exc
        return str(stored["dateCreated"]["S"])
    return request.date_created


def purge_day_of(date_deleted: str) -> str:
    return (datetime.fromisoformat(date_deleted) + timedelta(days=DAYS_IN_TRASH)).date().isoformat()


def _read(user_id: str, todo_id: str) -> Item | None:
    return TodoModel.connection().get_item(user_id, range_key=todo_id, consistent_read=True).get("Item")


def _created_before(todo: TodoModel) -> Item:
    """What stands where `todo` was to be created: the same todo, from an earlier request or a write of this one
    whose answer was lost; or another one."""
    stored = _read(todo.user_id, todo.todo_id)
    if stored is None:
        raise Contended("The todo was purged while it was being created again.")
    if stored["createHash"]["S"] != todo.create_hash:
        raise KeyReused
    return stored


def _write(
    user_id: str, todo_id: str, plan: Callable[[TodoModel, str], _Change | None], alongside: Alongside | None
) -> Item:
    """Read the todo, plan the change, write it on condition that nobody else wrote in between; or begin again.

    The condition also fails where botocore repeats a write whose answer was lost: the todo then bears our own mark.
    """
    marks: set[str] = set()
    for _ in attempts():
        item = _read(user_id, todo_id)
        if item is None:
            raise NotFound
        todo = TodoModel()
        todo.deserialize(item)
        if todo.write_id in marks:
            return item
        now = written_time(timezone.now())
        change = plan(todo, now)
        if change is None:
            return item
        mark = uuid.uuid4().hex
        marks.add(mark)
        try:
            return _apply(todo, change, now, mark, alongside)
        except UpdateError as exc:
            if not condition_failed(exc):
                raise
        except TransactWriteError as exc:
            if not transaction_refused(exc):
                raise
    raise Contended("Others kept changing the todo.")


def _apply(todo: TodoModel, change: _Change, now: str, mark: str, alongside: Alongside | None) -> Item:
    actions = [
        *_assign(todo, change.new),
        TodoModel.version.set(todo.version + 1),
        TodoModel.date_updated.set(now),
        TodoModel.write_id.set(mark),
    ]
    condition = TodoModel.version == todo.version
    if change.condition is not None:
        condition = condition & change.condition
    if alongside is None:
        attributes: Item = todo.update(actions, condition)["Attributes"]
        return attributes
    with TodoModel.transaction() as transaction:
        transaction.update(todo, actions, condition)
        alongside(transaction, _changes(todo, change.new))
    # A transaction does not answer with what it has written.
    item = _read(todo.user_id, todo.todo_id)
    if item is None:
        raise NotFound
    return item


def _changes(todo: TodoModel, new: Mapping[str, Any]) -> Changes:
    """Without `titleFolded`, which only repeats the title."""
    return {
        getattr(TodoModel, name).attr_name: (getattr(todo, name) or "", value)
        for name, value in new.items()
        if name != "title_folded"
    }


def _assign(todo: TodoModel, new: Mapping[str, Any]) -> list[Action]:
    """The actions that give the todo these values (an empty one is removed) and move it in the list to fit them."""
    order = list_order_of(
        **{
            name: new.get(name, getattr(todo, name))
            for name in ("date_due", "date_created", "date_completed", "date_deleted")
        }
    )
    values = {**new, "list_order": order} if order != todo.list_order else new
    return [
        getattr(TodoModel, name).remove() if value == "" else getattr(TodoModel, name).set(value)
        for name, value in values.items()
    ]


def _require_version(todo: TodoModel, expected: Collection[int] | None) -> None:
    if expected is not None and int(todo.version) not in expected:
        raise Stale
