"""One subject under one fault: the answer is as in calm weather or a clear refusal, what is stored is as before or as
after, and to ask again ends in exactly one effect."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.clients import User
from tests.faults.kinds import Kind
from tests.faults.subjects import State, Subject
from tests.faults.world import Site, World
from tests.figures import Figures

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
        """`find_faults` fails where maintenance would find something that is not due."""
        subject, calm = self.subject, self.calm
        user = subject.user()
        act = subject.prepare(user)
        before = subject.state(user)
        with self.world.broken(site, kind, lasting=lasting):
            started = time.monotonic()
            answer = act()
            seconds = time.monotonic() - started
        state = subject.state(user)

        story = f"{subject}: {kind} {'from' if lasting else 'at'} {site}"
        acknowledged = subject.seen(answer, user) == calm.seen
        self.figures.add(faults=1, requests=1, acknowledged=acknowledged, refused=not acknowledged)
        assert acknowledged or subject.is_refusal(answer), (story, subject.seen(answer, user), calm.seen)
        assert acknowledged or not kind.passes, story
        assert seconds < BOUND, (story, seconds)
        allowed = [calm.after] if acknowledged else [before, calm.after, *subject.between(before, calm.after)]
        # Seen by somebody else: then the answer were not as in calm weather.
        self.figures.add(lost=acknowledged and state == before != calm.after, leaked=0)
        assert state in allowed, (story, state, allowed)
        if subject.repeated:
            again = subject.seen(act(), user)
            final = subject.state(user)
            self.figures.add(requests=1, acknowledged=1, doubled=final != calm.after)
            assert again[0] in subject.repeated, (story, again)
            assert final == calm.after, (story, final, calm.after)
        if not acknowledged:
            find_faults(user)
