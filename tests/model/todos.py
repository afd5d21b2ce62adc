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


def read(known: int | None = None) -> Effect:
    """`known` is the version in If-None-Match."""
    return lambda todo: (404 if todo.trashed else 304 if todo.version == known else 200, todo)


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
class Key:
    """An Idempotency-Key: what was sent with it last, of which todos `may_be` the one that it has made, and the id of
    that one once it is told. `is_used`: it surely has made one."""

    sent: Todo
    may_be: set[Todo] = field(default_factory=set)
    todo_id: str = ""
    is_used: bool = False


@dataclass
class KnownTodos:
    """`known` are those whose id was told; `unsure` are titles of creates that may or may not have been done.

    No two creates have the same title.
    """

    known: dict[str, Belief] = field(default_factory=dict)
    unsure: dict[str, Todo] = field(default_factory=dict)
    keys: dict[str, Key] = field(default_factory=dict)

    def answered(self, todo: Todo, name: str | None, status: int, wire: dict[str, Any]) -> None:
        """A create, with an Idempotency-Key of this name or without. `wire` is the todo, or only says its id."""
        shown = wire if "title" in wire else None
        key = self.keys.setdefault(name, Key(todo)) if name else Key(todo)
        if key.todo_id:
            assert status in (503, 201 if todo == key.sent else 422), f"answered {status} to {key}"
            if status == 201:
                assert wire["todoID"] == key.todo_id, "one key has made two todos"
                self.known[key.todo_id].answered(lambda any_state: (201, any_state), 201, shown)
            return
        key.sent = todo
        if status == 422:
            key.is_used = True
            self._was_not_made(todo)
            assert key.may_be, "refused as used before, and nothing else was sent with it"
        elif todo in key.may_be or not key.is_used:
            key.may_be.add(todo)
            self.unsure[todo.title] = todo
            if status == 201:
                assert shown is None or Todo.shown(shown) == todo
                assert wire["todoID"] not in self.known
                self.created(wire["todoID"], todo)
        else:
            assert status == 503, f"{key} has made two todos"

    def created(self, todo_id: str, todo: Todo) -> None:
        del self.unsure[todo.title]
        self.known[todo_id] = Belief({todo})
        for key in self.keys.values():
            if todo in key.may_be:
                key.sent, key.todo_id = todo, todo_id
                for other in key.may_be - {todo}:
                    self._was_not_made(other)

    def _was_not_made(self, todo: Todo) -> None:
        """With a key it may still be: by a request with the same one."""
        self.unsure.pop(todo.title, None)
        for name, key in self.keys.items():
            key.may_be.discard(todo)
            assert key.may_be or key.todo_id or not key.is_used, f"what {name} has made is not there"

    def listed(self, status: str, search: str, rows: list[dict[str, Any]]) -> None:
        shown = {row["todoID"]: Todo.shown(row) for row in rows}
        assert len(shown) == len(rows), "listed twice"
        for todo_id, todo in shown.items():
            if todo_id not in self.known:
                assert self.unsure.get(todo.title) == todo, f"nobody has created {todo}"
                self.created(todo_id, todo)
        for todo_id, belief in self.known.items():
            belief.listed(status, search, shown.get(todo_id))
        for todo in [todo for todo in self.unsure.values() if todo.is_in(status, search)]:
            self._was_not_made(todo)

    def __iter__(self) -> Iterator[tuple[str, Belief]]:
        return iter(self.known.items())
