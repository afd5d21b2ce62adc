"""Somebody else at the same service, who asks where a user's calls have just met a fault: neither of the two is shown
anything of the other."""

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.clients import User
from tests.faults import stored
from tests.faults.visitor import InProcess, Visitor


def marks_of(user: User) -> frozenset[str]:
    """What only this user's answers may hold."""
    ids = [todo["todoID"] for todo in stored.todos(user)] + [file["fileID"] for file in stored.files(user)]
    return frozenset((user.sub, user.email, *ids))


def shows(answer: Any, marks: frozenset[str]) -> bool:
    seen = answer.content.decode() + str(dict(answer.headers))
    return any(mark in seen for mark in marks)


@dataclass(frozen=True)
class Neighbour:
    user: User
    marks: frozenset[str]

    @classmethod
    @functools.cache
    def settled(cls) -> "Neighbour":
        """One for all tests of a process; to be called before anything is broken."""
        visitor = Visitor(User.sign_up(), InProcess(), InProcess())
        visitor.stored_file()
        return cls(visitor.user, marks_of(visitor.user))

    def look_around(self, user: User) -> Iterator[Any]:
        """The answers: to their own list, which comes by the connections that are there, and to what is the user's."""
        paths = ["/me/todos", f"/{user.sub}/todos", *(f"/{todo['todoID']}/files" for todo in stored.todos(user)[:1])]
        for path in paths:
            yield self.user.api.get(path)
