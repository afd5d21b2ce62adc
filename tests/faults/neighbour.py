"""Somebody else at the same service, who asks where a user's calls have just met a fault: neither of the two is shown
anything of the other."""

import functools
import time
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
    def settled(cls) -> "Neighbour":
        """One for all tests of a process, for ten minutes: their token is good for fifteen. To be called before
        anything is broken."""
        return cls._settled(time.monotonic() // 600)

    @classmethod
    @functools.cache
    def _settled(cls, period: float) -> "Neighbour":
        visitor = Visitor(User.sign_up(), InProcess(), InProcess())
        visitor.stored_file()
        return cls(visitor.user, marks_of(visitor.user))

    def look_around(self, user: User) -> Iterator[Any]:
        """The answers: to their own list, which comes by the connections that are there, and to what is the user's."""
        paths = ["/me/todos", f"/{user.sub}/todos", *(f"/{todo['todoID']}/files" for todo in stored.todos(user)[:1])]
        for path in paths:
            answer = self.user.api.get(path)
            assert answer.status_code != 401, "nobody is shown nothing of anybody"
            yield answer
