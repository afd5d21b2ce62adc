"""`make soak MINUTES=30`: people use both roles for a long time, with a fault now and then, and memory stays flat."""

import asyncio
import os
import random
import signal
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest
from django.conf import settings

from tests.clients import User
from tests.faults.fault import DROPPED, ERROR, ERROR_AFTER, HUNG, RESET_AFTER, THROTTLED, UNAVAILABLE
from tests.faults.proxy import Proxy
from tests.faults.server import Server, serving
from tests.load.figures import milliseconds, report, slope
from tests.load.generator import Connections, percentile
from tests.load.limits import ANY_RATE
from tests.load.person import Person, Tally
from tests.load.processes import MIB, descriptors, memory, threads, workers
from tests.maintenance.commands import assert_nothing_wrong

MINUTES = float(os.environ.get("MINUTES", "30"))
PEOPLE = 16
# Seconds: the mean pause of one person between two things done, between two samples, and from fault to fault.
PAUSE = 0.25
SAMPLE = 5
CALM = float(os.environ.get("CALM", "40"))
FAULT = 3
# Bytes an hour, per worker. 300 bytes a request would be that much; what short runs find is the end of the warming up.
MOST_GROWTH = 24 * MIB
# Seconds: a shorter run sees caches and threads being filled, and says nothing about memory.
LONG_ENOUGH = 10 * 60
# A sample may find connections that are being opened; a leak would go on.
MOST_MORE_DESCRIPTORS = 20


@dataclass(frozen=True)
class Sample:
    at: float
    memory: int
    descriptors: int
    threads: int


Samples = dict[tuple[str, int], list[Sample]]
Fault = Callable[[], None]


@dataclass(frozen=True)
class Stage:
    todos: Server
    files: Server
    dynamodb: Proxy
    s3: Proxy

    def faults(self) -> dict[str, Fault]:
        """What may happen. Each is over after FAULT seconds; nothing of it may be seen by whoever tries again."""
        return {
            "answers of DynamoDB dropped": lambda: self.dynamodb.inject(DROPPED, times=6),
            "answers of DynamoDB reset": lambda: self.dynamodb.inject(RESET_AFTER, times=6),
            "DynamoDB fails after the work": lambda: self.dynamodb.inject(ERROR_AFTER, times=12),
            "DynamoDB throttles": lambda: self.dynamodb.inject(THROTTLED),
            "DynamoDB hangs": lambda: self.dynamodb.inject(HUNG),
            "DynamoDB refuses": self.dynamodb.refuse,
            "DynamoDB answers 503": lambda: self.dynamodb.inject(UNAVAILABLE),
            "S3 fails": lambda: self.s3.inject(ERROR, "HEAD"),
            "a worker of todos is killed": lambda: os.kill(workers(self.todos)[-1], signal.SIGKILL),
            "a worker of files is killed": lambda: os.kill(workers(self.files)[-1], signal.SIGKILL),
        }

    def sample(self, samples: Samples) -> None:
        for name, server in (("todos", self.todos), ("files", self.files)):
            for pid in workers(server):
                taken = Sample(time.monotonic(), memory(pid), descriptors(pid), threads(pid))
                samples.setdefault((name, pid), []).append(taken)


@pytest.fixture
def stage() -> Iterator[Stage]:
    with (
        Proxy(os.environ["AWS_ENDPOINT_URL_DYNAMODB"]) as dynamodb,
        Proxy(os.environ["AWS_ENDPOINT_URL_S3"]) as s3,
        serving("todos", "files", **ANY_RATE, AWS_ENDPOINT_URL_DYNAMODB=dynamodb.url, AWS_ENDPOINT_URL_S3=s3.url) as (
            todos,
            files,
        ),
    ):
        yield Stage(todos, files, dynamodb, s3)


def test_nothing_is_lost_doubled_or_leaked_in_a_long_run(stage: Stage) -> None:
    asyncio.run(soak(stage, MINUTES * 60))


async def soak(stage: Stage, seconds: float) -> None:
    tally, samples, faults = Tally(), {}, list[str]()
    began = time.monotonic()
    async with people_of(stage, tally) as people:
        ends = asyncio.Event()
        lives = [asyncio.create_task(person.live(ends, PAUSE)) for person in people]
        troubles = asyncio.create_task(trouble(stage, faults, ends, began + seconds - CALM))
        while time.monotonic() < began + seconds and not any(life.done() for life in lives):
            await asyncio.sleep(SAMPLE)
            await asyncio.to_thread(stage.sample, samples)
        ends.set()
        ended = await asyncio.gather(*lives, troubles, return_exceptions=True)
        unexpected = [end for end in ended if end is not None]
        differences = [await person.differences() for person in people]
    lost, doubled = (sum(each) for each in zip(*differences, strict=True))
    growths = _growths(samples)
    report("soak", [*_rows(tally, faults, samples, growths, seconds), ("lost", lost), ("doubled", doubled)])
    assert unexpected == []
    assert (lost, doubled) == (0, 0)
    for person in people:
        await asyncio.to_thread(assert_nothing_wrong, person.user)
    if seconds >= LONG_ENOUGH:
        assert_flat(samples, growths)


def assert_flat(samples: Samples, growths: dict[tuple[str, int], float]) -> None:
    assert max(growths.values()) < MOST_GROWTH, growths
    for worker in growths:
        first, last = samples[worker][len(samples[worker]) // 2], samples[worker][-1]
        assert last.descriptors <= first.descriptors + MOST_MORE_DESCRIPTORS, worker
        # The pool starts them one by one, when it has none that is free; and there is the main one.
        assert last.threads <= settings.THREADS + 1, worker


@asynccontextmanager
async def people_of(stage: Stage, tally: Tally) -> AsyncIterator[list[Person]]:
    todos, files = Connections(stage.todos.url), Connections(stage.files.url)
    try:
        yield [Person(User.sign_up(), todos, files, tally) for _ in range(PEOPLE)]
    finally:
        await todos.close()
        await files.close()


async def trouble(stage: Stage, happened: list[str], ends: asyncio.Event, until: float) -> None:
    """Every fault in turn, in an order drawn at random."""
    while True:
        for name, fault in random.sample(list(stage.faults().items()), len(stage.faults())):
            if time.monotonic() + CALM > until:
                return
            await asyncio.sleep(CALM)
            if ends.is_set():
                return
            await asyncio.to_thread(fault)
            happened.append(name)
            await asyncio.sleep(FAULT)
            for proxy in (stage.dynamodb, stage.s3):
                await asyncio.to_thread(proxy.clear)


def _growths(samples: Samples) -> dict[tuple[str, int], float]:
    """Bytes an hour of each worker that lived through the run, without its first half, in which it fills its
    caches and its threads."""
    longest = max(len(taken) for taken in samples.values())
    return {
        worker: 3600 * slope([(sample.at, sample.memory) for sample in taken[len(taken) // 2 :]])
        for worker, taken in samples.items()
        if len(taken) > 0.9 * longest
    }


def _rows(
    tally: Tally, faults: list[str], samples: Samples, growths: dict[tuple[str, int], float], seconds: float
) -> list[tuple[str, object]]:
    third = len(tally.seconds) // 3
    rows: list[tuple[str, object]] = [
        ("minutes", f"{seconds / 60:.0f}"),
        ("requests", tally.statuses.total()),
        ("of them 503 or without an answer", sum(tally.statuses[status] for status in (0, 503))),
        ("writes acknowledged", tally.acknowledged),
        ("faults", len(faults)),
        ("kinds of operations", len(tally.operations)),
        ("p99 in the first third", milliseconds(percentile(tally.seconds[:third], 99))),
        ("p99 in the last third", milliseconds(percentile(tally.seconds[-third:], 99))),
    ]
    for worker, growth in growths.items():
        taken = samples[worker]
        first, last = taken[len(taken) // 2], taken[-1]
        rows.append(
            (
                f"worker {worker[1]} of {worker[0]}",
                f"{first.memory / MIB:.1f} → {last.memory / MIB:.1f} MiB, {growth / MIB:+.1f} MiB an hour; "
                f"{first.descriptors} → {last.descriptors} descriptors; {first.threads} → {last.threads} threads",
            )
        )
    return rows
