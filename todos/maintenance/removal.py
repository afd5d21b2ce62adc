"""The end of todos: the purge of the trash, and the erasure of a person."""

from datetime import date, datetime

from pynamodb.exceptions import DeleteError, UpdateError
from pynamodb.expressions.condition import Condition

from todoproject.api.problems import Problem
from todoproject.aws.dynamodb import Item, Table, written_time
from todoproject.aws.failures import condition_failed
from todoproject.maintenance.faults import ChangedMeanwhile, is_time, text_of
from todos.maintenance.walks import is_erase_request, read_todo, walk_todos
from todos.models import ERASE_REQUEST_ID, EraseRequestModel, TodoModel
from todos.services import purge_day_of


class NotDue(Exception):
    """Nobody's mistake: the index that named the todo is a moment behind the table, or another run was faster."""


class Inconsistent(Problem):
    detail = "Its purge day does not follow from its deletion. Run check_data --repair first."


def require_due(*, user_id: str, todo_id: str, today: date) -> Item:
    """The todo, read now, whose purge may begin: from its purge day on nothing restores it, whatever the index says.

    Raises NotDue, or Inconsistent.
    """
    item = read_todo(user_id, todo_id)
    if item is None or not "" < text_of(item, "purgeDay") < today.isoformat():
        raise NotDue
    date_deleted = text_of(item, "dateDeleted")
    if not is_time(date_deleted) or purge_day_of(date_deleted) != text_of(item, "purgeDay"):
        raise Inconsistent
    return item


def purge_todo(item: Item) -> None:
    """The last step: the todo itself, if it is still as `require_due` found it. Raises ChangedMeanwhile."""
    condition = (TodoModel.purge_day == item["purgeDay"]["S"]) & (TodoModel.version == int(item["version"]["N"]))
    if not _delete(TodoModel(item["userID"]["S"], item["todoID"]["S"]), condition):
        raise ChangedMeanwhile


def erase_todos(user_id: str) -> int:
    """Everything but the request to erase. Returns how many."""
    todo_ids = (item["todoID"]["S"] for item in walk_todos(user_id) if not is_erase_request(item))
    return sum(_delete(TodoModel(user_id, todo_id)) for todo_id in todo_ids)


def read_request(user_id: str) -> EraseRequestModel | None:
    item = read_todo(user_id, ERASE_REQUEST_ID)
    if item is None:
        return None
    request = EraseRequestModel()
    request.deserialize(item)
    return request


def note_erased(user_id: str, *, now: datetime) -> None:
    """Say on the request that everything was erased; once said it stays."""
    request = EraseRequestModel(user_id)
    first = EraseRequestModel.purge_day.exists() & EraseRequestModel.date_erased.does_not_exist()
    try:
        request.update([EraseRequestModel.date_erased.set(written_time(now))], first)
    except UpdateError as exc:
        if not condition_failed(exc):
            raise


def remove_request(user_id: str) -> None:
    _delete(EraseRequestModel(user_id))


def _delete(item: Table, condition: Condition | None = None) -> bool:
    """Whether it is gone now, be it by us, or by another run, or by a first attempt whose answer was lost."""
    try:
        item.delete(condition)
    except DeleteError as exc:
        if not condition_failed(exc):
            raise
        try:
            item.refresh(consistent_read=True)
        except item.DoesNotExist:
            return True
        return False
    return True
