"""One subject under one fault: the answer is as in calm weather or a clear refusal, what is stored is as before or as
after, and to ask again ends in exactly one effect."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.clients import User
from tests.faults.kinds import Kind
from tests.faults.neighbour import Neighbour, marks_of, shows
from tests.faults.subjects import State, Subject
from tests.faults.world import MetNothing, Site, World
from tests.figures import Figures

TRIES = 10
# Seconds, with the tests' time-outs: two attempts of each of a few calls, and botocore's pauses between them.
BOUND = 8


@dataclass(frozen=True)
class Calm:
    """How it goes when nothing is broken."""

    seen: Any
    after: State
    sites: list[Site]

    @classmethod
    def of(cls, subject: Subject, world: World, find_faults: Callable[[User], None]) -> "Calm":
        user = subject.user()
        Neighbour.settled()
        act = subject.prepare(user)
        world.clear()
        answer = act()
        sites = world.sites()
        find_faults(user)
        return cls(subject.seen(answer, user), subject.state(user), sites)


@dataclass(frozen=True)
class Trial:
    subject: Subject
    world: World
    calm: Calm
    figures: Figures

    def under(self, kind: Kind, site: Site, *, lasting: bool, find_faults: Callable[[User], None]) -> None:
        """`find_faults` fails where maintenance would find something that is not due.

        Tried again where the fault met nothing, because a sound call before it was too late for an impatient service.
        """
        for tries_left in reversed(range(TRIES if kind.is_silent else 1)):
            try:
                self._under(kind, site, lasting=lasting, find_faults=find_faults)
                return
            except MetNothing:
                if not tries_left:
                    raise

    def _under(self, kind: Kind, site: Site, *, lasting: bool, find_faults: Callable[[User], None]) -> None:
        subject, calm = self.subject, self.calm
        user, neighbour = subject.user(), Neighbour.settled()
        act = subject.prepare(user)
        before = subject.state(user)
        with self.world.broken(site, kind, lasting=lasting):
            started = time.monotonic()
            answer = act()
            seconds = time.monotonic() - started
            self.world.clear()
            leaked = self._leaked(user, neighbour, answer)
        state = subject.state(user)

        story = f"{subject}: {kind} {'from' if lasting else 'at'} {site}"
        acknowledged = subject.seen(answer, user) == calm.seen
        self.figures.add(faults=1, requests=1, acknowledged=acknowledged, refused=not acknowledged, leaked=leaked)
        allowed = [calm.after] if acknowledged else [before, calm.after, *subject.between(before, calm.after)]
        self._count(state, before, allowed)
        assert not leaked, (story, answer.content)
        assert acknowledged or subject.is_refusal(answer), (story, subject.seen(answer, user), calm.seen)
        assert acknowledged or not kind.passes, story
        assert seconds < BOUND, (story, seconds)
        assert state in allowed, (story, state, allowed)
        if subject.repeated:
            again = subject.seen(act(), user)
            final = subject.state(user)
            done = again[0] in subject.repeated
            self.figures.add(requests=1, acknowledged=done, refused=not done)
            self._count(final, before, [calm.after])
            assert done, (story, again)
            assert final == calm.after, (story, final, calm.after)
        if not acknowledged:
            find_faults(user)

    def _count(self, state: State, before: State, allowed: list[State]) -> None:
        wrong, nothing_done = state not in allowed, state == before
        self.figures.add(lost=wrong and nothing_done, doubled=wrong and not nothing_done)

    def _leaked(self, user: User, neighbour: Neighbour, answer: Any) -> int:
        """Answers in which the user or their neighbour sees something of the other, just after the fault."""
        marks = marks_of(user)
        seen_by_user = self.subject.is_private and shows(answer, neighbour.marks)
        return seen_by_user + sum(shows(each, marks) for each in neighbour.look_around(user))
