"""A todo as a record that can leave the table and come back."""

from collections.abc import Mapping
from typing import Any

from pynamodb.exceptions import PutError

from todoproject.aws.dynamodb import Item
from todoproject.aws.failures import condition_failed
from todoproject.maintenance.faults import Conflict, plain_of, raw_of, text_of
from todos.maintenance.checks import DERIVED, derived_attributes, faults_of, faults_of_fields
from todos.maintenance.walks import is_erase_request, read_todo
from todos.models import EraseRequestModel, TodoModel

# The owner stands once, above the records; a mark of the last write is of no use to the next one.
_NOT_COPIED = {"userID", "writeID", *DERIVED}


def record_of(item: Item) -> dict[str, Any]:
    """Every attribute but the owner and what follows from others; all of a request to erase but the owner."""
    return plain_of(item, leave_out={"userID"} if is_erase_request(item) else _NOT_COPIED)


def item_of(user_id: str, record: Mapping[str, Any]) -> Item:
    """The item that the record is of. Raises ValueError with all that is wrong."""
    if not isinstance(record.get("todoID"), str):
        raise ValueError("todoID is missing, or not a text")
    item = raw_of(record)
    is_request = is_erase_request(item)
    for name in sorted(record.keys() & ({"userID"} if is_request else _NOT_COPIED)):
        raise ValueError(f"{name} does not belong here: it follows from the rest")
    item["userID"] = {"S": user_id}
    faults = faults_of_fields(item)
    if not faults and not is_request:
        derived = derived_attributes(item, date_completed=text_of(item, "dateCompleted"))
        item |= raw_of({name: value for name, value in derived.items() if value})
        faults = faults_of(item)
    if faults:
        raise ValueError("; ".join(fault.reason for fault in faults))
    return item


def require_fit(item: Item) -> None:
    """Raises ValueError where the copy could not come back."""
    item_of(item["userID"]["S"], record_of(item))


def state_of_copy(item: Item) -> bool:
    """Whether the item is there already, the same. Raises Conflict where another one is."""
    stored = read_todo(item["userID"]["S"], item["todoID"]["S"])
    if stored is None:
        return False
    if record_of(stored) != record_of(item):
        raise Conflict
    return True


def add_copy(item: Item) -> bool:
    """Put the item where there is none. Whether it was there already, the same. Raises Conflict."""
    model = EraseRequestModel() if is_erase_request(item) else TodoModel()
    model.deserialize(item)
    try:
        model.save(type(model).todo_id.does_not_exist())
    except PutError as exc:
        if not condition_failed(exc):
            raise
        return state_of_copy(item)
    return False
