"""What can be wrong with a todo, and writing what follows from the rest of it."""

import re
import uuid
from collections.abc import Iterator

from pynamodb.exceptions import UpdateError

from todoproject.aws.dynamodb import Item
from todoproject.aws.failures import condition_failed
from todoproject.maintenance.faults import (
    ChangedMeanwhile,
    Fault,
    is_count,
    is_day,
    is_time,
    is_user_id,
    is_uuid,
    shape_faults,
    text_of,
)
from todos.maintenance.walks import is_erase_request, read_todo
from todos.models import MAX_TEXT, MAX_TITLE, EraseRequestModel, TodoModel, create_hash_of, fold, list_order_of
from todos.services import purge_day_of

# Attributes that follow from others, by their names in DynamoDB, and as the model calls them.
DERIVED = {"titleFolded": "title_folded", "listOrder": "list_order", "purgeDay": "purge_day"}
_SHA256 = re.compile("[0-9a-f]{64}")
_TEXTS = ("title", "description", "notes")
_TIMES = ("dateCreated", "dateUpdated", "dateCompleted", "dateDeleted")


def faults_of(item: Item) -> list[Fault]:
    """What is wrong with a todo, or with a request to erase.

    What follows from other fields is looked at only once those are right.
    """
    return faults_of_fields(item) or ([] if is_erase_request(item) else list(_derived_faults(item)))


def faults_of_fields(item: Item) -> list[Fault]:
    """Without what follows from other fields, which may be missing."""
    if is_erase_request(item):
        return list(shape_faults(EraseRequestModel, item)) or list(_request_faults(item))
    return list(shape_faults(TodoModel, item, derived=DERIVED)) or list(_field_faults(item))


def _request_faults(item: Item) -> Iterator[Fault]:
    if not is_user_id(item["userID"]["S"]):
        yield Fault("userID is none that could stand in a path")
    for name in ("dateCreated", "dateErased"):
        if name in item and not is_time(item[name]["S"]):
            yield Fault(f"{name} is not a time in UTC with microseconds")
    if not is_day(item["purgeDay"]["S"]):
        yield Fault("purgeDay is not a day as YYYY-MM-DD")


def _field_faults(item: Item) -> Iterator[Fault]:
    if not is_user_id(item["userID"]["S"]):
        yield Fault("userID is none that could stand in a path")
    if not is_uuid(item["todoID"]["S"]):
        yield Fault("todoID is not a UUID")
    for name, most in zip(_TEXTS, (MAX_TITLE, MAX_TEXT, MAX_TEXT), strict=True):
        if len(text_of(item, name)) > most:
            yield Fault(f"{name} has {len(text_of(item, name))} characters; {most} are allowed")
        if "\0" in text_of(item, name):
            yield Fault(f"{name} holds the character NUL")
    if not text_of(item, "title").strip():
        yield Fault("title is blank")
    if "dateDue" in item and not is_day(item["dateDue"]["S"]):
        yield Fault("dateDue is not a day as YYYY-MM-DD")
    for name in _TIMES:
        if name in item and not is_time(item[name]["S"]):
            yield Fault(f"{name} is not a time in UTC with microseconds")
    if not is_count(item["version"]["N"], least=1):
        yield Fault("version is not a whole number from 1")
    if not _SHA256.fullmatch(item["createHash"]["S"]):
        yield Fault("createHash is not a SHA-256 in hexadecimal")


def _derived_faults(item: Item) -> Iterator[Fault]:
    if item["version"] == {"N": "1"} and item["createHash"]["S"] != _create_hash(item):
        yield Fault("createHash does not fit the texts, which nobody has changed")
    completed, date_completed = item["completed"]["BOOL"], text_of(item, "dateCompleted")
    if completed and not date_completed:
        # When, is lost; not later than the last change.
        date_completed = item["dateUpdated"]["S"]
        yield Fault("it is completed and has no dateCompleted", {"date_completed": date_completed})
    elif date_completed and not completed:
        date_completed = ""
        yield Fault("it has a dateCompleted and is not completed", {"date_completed": ""})
    for name, value in derived_attributes(item, date_completed=date_completed).items():
        if text_of(item, name) != value:
            yield Fault(f"{name} does not follow from the other fields", {DERIVED[name]: value})


def derived_attributes(item: Item, *, date_completed: str) -> dict[str, str]:
    """By their names in DynamoDB; "" where there should be none."""
    date_deleted = text_of(item, "dateDeleted")
    return {
        "titleFolded": fold(item["title"]["S"]),
        "purgeDay": purge_day_of(date_deleted) if date_deleted else "",
        "listOrder": list_order_of(
            date_due=text_of(item, "dateDue"),
            date_created=item["dateCreated"]["S"],
            date_completed=date_completed,
            date_deleted=date_deleted,
        ),
    }


def _create_hash(item: Item) -> str:
    description, notes, date_due = (text_of(item, name) for name in ("description", "notes", "dateDue"))
    return create_hash_of(title=item["title"]["S"], description=description, notes=notes, date_due=date_due)


def repair_todo(item: Item, faults: list[Fault]) -> None:
    """Write what follows, unless somebody wrote the todo since it was read. Raises ChangedMeanwhile if they left it so.

    The owner did not edit it: `dateUpdated` stays.
    """
    values = {name: value for fault in faults for name, value in fault.change.items()}
    version = int(item["version"]["N"])
    actions = [
        getattr(TodoModel, name).remove() if value == "" else getattr(TodoModel, name).set(value)
        for name, value in values.items()
    ]
    actions += [TodoModel.version.set(version + 1), TodoModel.write_id.set(uuid.uuid4().hex)]
    todo = TodoModel(item["userID"]["S"], item["todoID"]["S"])
    try:
        todo.update(actions, TodoModel.version == version)
    except UpdateError as exc:
        if not condition_failed(exc):
            raise
        # It may be our own write, whose answer was lost, or that of another run.
        stored = read_todo(todo.user_id, todo.todo_id)
        if stored is not None and any(fault.change for fault in faults_of(stored)):
            raise ChangedMeanwhile from exc
