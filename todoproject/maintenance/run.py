"""One run of a maintenance command: its stages, walked in segments, and what has come of them."""

import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Generic, TypeVar

from todoproject.api.problems import Problem
from todoproject.aws.capacity import Meter
from todoproject.aws.failures import is_unavailable
from todoproject.aws.partitions import Segment
from todoproject.maintenance.progress import Progress

# The summary is one document, held in memory: it names so many of the errors and counts the others.
MOST_ERRORS_NAMED = 1000
# Seconds before another try when AWS does not answer, or not so fast: a minute in all.
_PAUSES = (0.5, 1, 2, 4, 8, 15, 30)

T = TypeVar("T")
Walk = Callable[[Segment, str | None], Iterator[tuple[str, T]]]


class Stopped(Exception):
    """The run is to end here; what is done stays done, and a later run can go on. The text says why."""


class Unfit(Exception):
    """What the run was to work on is not as it must be: nothing was written. The errors say where."""


@dataclass(frozen=True)
class Stage(Generic[T]):
    """Things of one kind to be looked at, one after the other.

    `walk` yields them in an order that stays the same, each with the position that is reached once it is done, from
    which a later walk of the same segment can go on. `work` may be done again for a thing that is done already.
    """

    name: str
    walk: Walk[T]
    work: Callable[[T], None]
    label: Callable[[T], str] = str
    end: Callable[[], None] = lambda: None
    """Called once all segments are at their end, before the next stage begins."""
    adds_up: bool = False
    """What comes of it is known only once everything was looked at: a resumed run begins it anew."""
    total: int | None = None
    """About how often `Run.advance` will be called, where that is known."""


@dataclass
class Bookmark:
    """How far a run has got: all stages before `stage`, and in that one so far in each segment."""

    segments: int
    stage: int = 0
    reached: dict[int, str] = field(default_factory=dict)
    finished: set[int] = field(default_factory=set)
    errors: int = 0
    """Named for things that are passed: a resumed run does not look at them again."""

    def to_json(self) -> list[Any]:
        return [self.segments, self.stage, sorted(self.reached.items()), sorted(self.finished), self.errors]

    @classmethod
    def from_json(cls, document: Any) -> "Bookmark":
        segments, stage, reached, finished, errors = document
        return cls(segments, stage, dict(reached), set(finished), errors)


class Run:
    def __init__(
        self, *, applies: bool, bookmark: Bookmark, meter: Meter, stop: threading.Event, progress: Progress
    ) -> None:
        self.applies = applies
        self.bookmark = bookmark
        self.meter = meter
        self.counts: Counter[str] = Counter()
        self.errors: list[dict[str, str]] = []
        self.error_count = 0
        self.earlier_errors = bookmark.errors
        """Of the parts of this run before it was resumed."""
        self.receipts: list[dict[str, Any]] = []
        self._stop = stop
        self._progress = progress
        self._lock = threading.Lock()
        # How many errors the thing has that this thread is at.
        self._here = threading.local()
        self._gave_up = False

    def count(self, what: str, number: int = 1) -> None:
        with self._lock:
            self.counts[what] += number

    @contextmanager
    def alone(self) -> Iterator[None]:
        """For what the segments share, and a command keeps."""
        with self._lock:
            yield

    def advance(self, steps: int = 1) -> None:
        """One more is looked at. Raises Stopped between two of them when the run is to end."""
        self._progress.advance(steps)
        self.check()

    def check(self) -> None:
        if self._stop.is_set():
            raise Stopped("Stopped before the end.")

    def error(self, item: str, reason: str) -> None:
        """Something that stays wrong, or undone, after this run."""
        with self._lock:
            self.error_count += 1
            self._here.errors = getattr(self._here, "errors", 0) + 1
            if len(self.errors) < MOST_ERRORS_NAMED:
                self.errors.append({"item": item, "error": reason})
        self._progress.say(f"{item}: {reason}")

    def mend(self, item: str, reason: str, counted_as: str, action: Callable[[], object]) -> None:
        """Do it and count it; in a dry run, or where it fails, what is wrong stays so and is an error."""
        if not self.applies:
            self.error(item, reason)
            return
        try:
            action()
        except Problem as exc:
            self.error(item, f"{reason}. {exc}")
        else:
            self.count(counted_as)

    def walk(self, stages: list[Stage[Any]]) -> None:
        """Raises Stopped or Unfit."""
        while self.bookmark.stage < len(stages):
            stage = stages[self.bookmark.stage]
            self._progress.begin(stage.name, stage.total)
            if stage.adds_up:
                self.bookmark.reached.clear()
                self.bookmark.finished.clear()
                self.bookmark.errors = self.earlier_errors = 0
            with ThreadPoolExecutor(self.bookmark.segments) as threads:
                segments = [Segment(number, self.bookmark.segments) for number in range(self.bookmark.segments)]
                walks = [threads.submit(self._walk_segment, stage, segment) for segment in segments]
                done, _ = wait(walks, return_when=FIRST_EXCEPTION)
                # The first to fail says why; the others are only told to stop.
                if failure := next(filter(None, (each.exception() for each in done)), None):
                    self._stop.set()
            if failure:
                raise failure
            stage.end()
            self.bookmark.stage += 1
            self.bookmark.reached.clear()
            self.bookmark.finished.clear()

    def _walk_segment(self, stage: Stage[Any], segment: Segment) -> None:
        if segment.number in self.bookmark.finished:
            return
        failures = 0
        while True:
            before = self.bookmark.reached.get(segment.number)
            try:
                for position, item in stage.walk(segment, before):
                    self.check()
                    self._here.errors = 0
                    self._do(stage, item)
                    with self._lock:
                        self.bookmark.reached[segment.number] = position
                        self.bookmark.errors += self._here.errors
                    failures = 0
            except Exception as exc:
                if not is_unavailable(exc):
                    raise
                self._pause(failures, exc)
                failures += 1
            else:
                self.bookmark.finished.add(segment.number)
                return

    def _do(self, stage: Stage[Any], item: Any) -> None:
        """One item that cannot be done must not keep a thousand others waiting: it is named, and the exit code tells.

        Two in a row for which AWS does not answer end the run: it is AWS, then, and not the item. Raises Stopped.
        """
        for failures in count():
            try:
                stage.work(item)
            except (Stopped, Unfit):
                raise
            except Problem as exc:
                self.error(stage.label(item), str(exc))
            except Exception as exc:
                if is_unavailable(exc) and (failures < len(_PAUSES) or self._gave_up):
                    self._pause(failures, exc)
                    continue
                self._gave_up = is_unavailable(exc)
                self.error(stage.label(item), f"{type(exc).__name__}: {exc}")
            else:
                self._gave_up = False
            return

    def _pause(self, failures: int, exc: Exception) -> None:
        if failures >= len(_PAUSES):
            raise Stopped(f"AWS did not answer as it should for a minute: {exc}") from exc
        self._stop.wait(_PAUSES[failures] * random.uniform(0.5, 1))  # noqa: S311 - nothing secret about it
        self.check()


def each(things: Callable[[Segment, str | None], Iterator[str]]) -> Walk[str]:
    """A walk over texts that are their own positions."""
    return lambda segment, after: ((thing, thing) for thing in things(segment, after))


def only(thing: str) -> Walk[str]:
    return lambda segment, after: iter([] if segment.number else [(thing, thing)])
