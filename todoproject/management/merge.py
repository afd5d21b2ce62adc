"""A user's todos beside their files: both come by the id of the todo, so that neither is ever held in memory."""

from collections.abc import Iterator
from itertools import groupby
from typing import NamedTuple

from files.maintenance.walks import walk_files
from todoproject.aws.dynamodb import Item
from todos.maintenance.walks import is_erase_request, walk_todos


class Entry(NamedTuple):
    """A todo and the records of its files, whatever their status; `todo` is None where it is missing."""

    todo: Item | None
    files: Iterator[Item]
    """To be read before the next entry is asked for."""


def entries_of(user_id: str) -> Iterator[Entry]:
    """A request to erase comes first, as an entry of its own.

    The two walks are not of the same moment: a todo, or a file, that comes or goes meanwhile may seem to be alone.
    """
    groups = groupby(walk_files(user_id), lambda item: item["fileKey"]["S"].partition("#")[0])
    group = next(groups, None)
    for todo in walk_todos(user_id):
        todo_id = todo["todoID"]["S"]
        while group and not is_erase_request(todo) and group[0] < todo_id:
            yield Entry(None, group[1])
            group = next(groups, None)
        if group and group[0] == todo_id:
            yield Entry(todo, group[1])
            group = next(groups, None)
        else:
            yield Entry(todo, iter(()))
    while group:
        yield Entry(None, group[1])
        group = next(groups, None)
