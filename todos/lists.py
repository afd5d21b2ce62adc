"""A user's todos, read by the page.

An item is returned as DynamoDB has it (`Item`); `todos.serializers.to_wire` turns it into JSON.
"""

from collections.abc import Collection, Mapping
from typing import NamedTuple

from pynamodb.expressions.condition import Condition

from todoproject.aws.dynamodb import Item
from todos.models import COMPLETED, OPEN, TRASHED, TodoModel, fold

# What one request for a page may read from DynamoDB, 1 MB each, before it answers with what it has found.
_MAX_QUERIES = 4
# Characters found, after which it asks for no more: fewer than 1 MB has in any alphabet, even where it ends before a
# todo that had no room in it. Another one could add 6 MB of JSON, of which API Gateway passes 10 MB and no more; and a
# worker makes many answers at once.
_ENOUGH = 200_000

_SECTIONS: Mapping[str, Condition] = {
    "open": TodoModel.list_order.startswith(f"{OPEN}#"),
    "completed": TodoModel.list_order.startswith(f"{COMPLETED}#"),
    "all": TodoModel.list_order < TRASHED,
    "trashed": TodoModel.list_order.startswith(f"{TRASHED}#"),
}
STATUSES = tuple(_SECTIONS)


class Position(NamedTuple):
    """Where a list goes on: after this todo."""

    todo_id: str
    list_order: str


def list_todos(
    *,
    user_id: str,
    status: str = "all",
    search: str = "",
    due: tuple[str, str] | None = None,
    backwards: bool = False,
    limit: int = 100,
    after: Position | None = None,
) -> tuple[list[Item], Position | None]:
    """A page of the list, and where it goes on.

    `due`, the first and the last day, is of open todos; `UNDATED` is the day of those without one. May return fewer
    than `limit`, even none, and still go on: a call finds little more than 1 MB and looks through 4 MB at most.
    """
    folded = fold(search)
    section = _SECTIONS[status]
    if due:
        section = TodoModel.list_order.between(f"{OPEN}#{due[0]}", f"{OPEN}#{due[1]}$")  # $ comes after #
    found: list[Item] = []
    start = after and _start_key(user_id, after)
    for _ in range(_MAX_QUERIES):
        page = TodoModel.connection().query(
            user_id,
            range_key_condition=section,
            filter_condition=TodoModel.title_folded.contains(folded) if folded else None,
            # DynamoDB counts before it filters. One more than asked for tells whether the list goes on.
            limit=None if folded else limit + 1 - len(found),
            index_name=TodoModel.by_list.Meta.index_name,
            consistent_read=True,
            exclusive_start_key=start,
            scan_index_forward=False if backwards else None,
        )
        found += page["Items"]
        start = page.get("LastEvaluatedKey")
        if len(found) > limit:
            return found[:limit], _position(found[limit - 1])
        if not start:
            return found, None
        if sum(len(value.get("S", "")) for item in found for value in item.values()) > _ENOUGH:
            break
    return found, _position(start) if start else None


def find_todos(keys: Collection[tuple[str, str]]) -> list[Item]:
    """Those that there are of these users and ids, in no order, trashed ones too. Strongly consistent."""
    return [todo.serialize() for todo in TodoModel.batch_get(keys, consistent_read=True)]


def count_todos(*, user_id: str, most: int = 1000) -> tuple[int, bool]:
    """How many todos the user has, trashed ones included, and whether there are more than that.

    Counts to `most`, or to what 4 MB hold.
    """
    start, count = None, 0
    for _ in range(_MAX_QUERIES):
        page = TodoModel.connection().query(
            user_id,
            index_name=TodoModel.by_list.Meta.index_name,
            select="COUNT",
            limit=most + 1 - count,
            exclusive_start_key=start,
        )
        count += page["Count"]
        start = page.get("LastEvaluatedKey")
        if not start or count > most:
            break
    return min(count, most), bool(start) or count > most


def _position(item: Item) -> Position:
    return Position(todo_id=item["todoID"]["S"], list_order=item["listOrder"]["S"])


def _start_key(user_id: str, position: Position) -> Item:
    return {
        "userID": {"S": user_id},
        "todoID": {"S": position.todo_id},
        "listOrder": {"S": position.list_order},
    }
