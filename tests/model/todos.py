"""What a user knows of their todos: of each, all the states that it may be in after what was answered so far."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any


@dataclass(frozen=True)
class Todo:
    """One state of one todo, as an answer shows it."""

    title: str
    notes: str = ""
    due: str = ""
    completed: bool = False
    trashed: bool = False
    version: int = 1

    @classmethod
    def shown(cls, wire: dict[str, Any]) -> "Todo":
        assert bool(wire["dateCompleted"]) == wire["completed"], wire
        return cls(
            wire["title"], wire["notes"], wire["dateDue"], wire["completed"], bool(wire["dateDeleted"]), wire["version"]
        )

    def changed(self, **new: Any) -> "Todo":
        """A change that changes nothing is not written."""
        after = replace(self, **new)
        return after if after == self else replace(after, version=self.version + 1)

    def is_in(self, status: str, search: str) -> bool:
        if search.casefold() not in self.title.casefold():
            return False
        if status == "trashed" or self.trashed:
            return self.trashed and status == "trashed"
        return status == "all" or self.completed == (status == "completed")


# What a request does to a todo in some state: the status of its answer, and the state afterwards.
Effect = Callable[[Todo], tuple[int, Todo]]


def edit(new: dict[str, Any], if_match: int | None, done: int = 200) -> Effect:
    def effect(todo: Todo) -> tuple[int, Todo]:
        if todo.trashed:
            return 404, todo
        if if_match not in (None, todo.version):
            return 412, todo
        return done, todo.changed(**new)

    return effect


def trash(if_match: int | None = None, done: int = 204) -> Effect:
    def effect(todo: Todo) -> tuple[int, Todo]:
        if not todo.trashed and if_match not in (None, todo.version):
            return 412, todo
        return done, todo.changed(trashed=True)

    return effect


def restore(if_match: int | None) -> Effect:
    def effect(todo: Todo) -> tuple[int, Todo]:
        if todo.trashed and if_match not in (None, todo.version):
            return 412, todo
        return 200, todo.changed(trashed=False)

    return effect


def read() -> Effect:
    return lambda todo: (404 if todo.trashed else 200, todo)


@dataclass
class Belief:
    """`may_be` holds more than one state while nobody knows whether a request was done."""

    may_be: set[Todo]

    def answered(self, effect: Effect, status: int, wire: dict[str, Any] | None) -> None:
        """Fails where no state that the todo may be in explains the answer."""
        outcomes = [effect(todo) for todo in self.may_be]
        shown = Todo.shown(wire) if wire is not None else None
        fitting = {after for expected, after in outcomes if expected == status and shown in (None, after)}
        assert fitting, f"answered {status} {shown}, where only {outcomes} is possible"
        self.may_be = fitting

    def unanswered(self, effect: Effect) -> None:
        self.may_be |= {effect(todo)[1] for todo in self.may_be}

    def listed(self, status: str, search: str, shown: Todo | None) -> None:
        fitting = {todo for todo in self.may_be if (todo == shown if shown else not todo.is_in(status, search))}
        assert fitting, f"listed as {shown} in {status} {search!r}, where only {self.may_be} is possible"
        self.may_be = fitting

    @property
    def version(self) -> int:
        return max(todo.version for todo in self.may_be)


@dataclass
class KnownTodos:
    """`known` are those whose id was told; `unsure` are titles of creates that may or may not have been done.

    No two creates have the same title. `keys` remembers what was sent with an Idempotency-Key, and the id once told.
    """

    known: dict[str, Belief] = field(default_factory=dict)
    unsure: dict[str, Todo] = field(default_factory=dict)
    keys: dict[str, tuple[Todo, str]] = field(default_factory=dict)

    def created(self, todo_id: str, todo: Todo) -> None:
        self.unsure.pop(todo.title, None)
        self.known[todo_id] = Belief({todo})
        for key, (sent, told) in self.keys.items():
            if sent == todo:
                assert told in ("", todo_id), f"{key} has made two todos"
                self.keys[key] = (sent, todo_id)

    def listed(self, status: str, search: str, rows: list[dict[str, Any]]) -> None:
        shown = {row["todoID"]: Todo.shown(row) for row in rows}
        assert len(shown) == len(rows), "listed twice"
        for todo_id, todo in shown.items():
            if todo_id not in self.known:
                assert self.unsure.get(todo.title) == todo, f"nobody has created {todo}"
                self.created(todo_id, todo)
        for todo_id, belief in self.known.items():
            belief.listed(status, search, shown.get(todo_id))
        for title in [title for title, todo in self.unsure.items() if todo.is_in(status, search)]:
            # Never done, then. With a key it may still be: by a request with the same one.
            del self.unsure[title]

    def __iter__(self) -> Iterator[tuple[str, Belief]]:
        return iter(self.known.items())
