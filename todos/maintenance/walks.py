"""Every user that TodosTable knows, every item of a user, everything that is due on a day."""

from collections.abc import Iterator
from datetime import date, timedelta

from todoproject.aws import partitions
from todoproject.aws.dynamodb import Item
from todoproject.aws.partitions import Segment
from todos.models import ERASE_REQUEST_ID, TodoModel


def user_ids(segment: Segment, after: str | None) -> Iterator[str]:
    return partitions.user_ids(TodoModel, range_name="todoID", segment=segment, after=after)


def walk_todos(user_id: str) -> Iterator[Item]:
    """Everything TodosTable holds of the user, by `todoID`: a request to erase comes first. Strongly consistent."""
    start = None
    while True:
        page = TodoModel.connection().query(user_id, consistent_read=True, exclusive_start_key=start)
        yield from page["Items"]
        start = page.get("LastEvaluatedKey")
        if not start:
            return


def read_todo(user_id: str, todo_id: str) -> Item | None:
    """Trashed ones too. Strongly consistent."""
    return TodoModel.connection().get_item(user_id, range_key=todo_id, consistent_read=True).get("Item")


def is_erase_request(item: Item) -> bool:
    return item["todoID"] == {"S": ERASE_REQUEST_ID}


def walk_due(day: str) -> Iterator[Item]:
    """The keys of the todos and the requests to erase that have this `purgeDay`, as the index knows them."""
    start = None
    while True:
        page = TodoModel.connection().query(
            day, index_name=TodoModel.by_purge_day.Meta.index_name, exclusive_start_key=start
        )
        yield from page["Items"]
        start = page.get("LastEvaluatedKey")
        if not start:
            return


def days_before(today: date, count: int) -> list[date]:
    """The last `count` days before today, the earliest first."""
    return [today - timedelta(days=back) for back in range(count, 0, -1)]


def read_one(user_id: str) -> Item | None:
    """Any item of the user. Strongly consistent."""
    items = TodoModel.connection().query(user_id, consistent_read=True, limit=1)["Items"]
    return items[0] if items else None
