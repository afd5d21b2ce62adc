"""Rounds: each kind of request on each contender in turn, so that whatever else the machine does meets all alike."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median, quantiles

from tests.bench import load
from tests.bench.servers import Contender, Server
from tests.bench.stage import Servers
from tests.bench.work import CREATE, WORK, Visitor, Work

# At once: enough for the threads to get in each other's way, as in service, not enough to be turned away.
CONNECTIONS = 4


class WrongAnswer(Exception):
    """A contender did not answer as its work wants it; nothing that it measures then means anything."""


@dataclass
class Figures:
    """One contender's at one kind of work, a figure for each round."""

    cpu_milliseconds: list[float] = field(default_factory=list)
    median_milliseconds: list[float] = field(default_factory=list)

    @property
    def cpu(self) -> float:
        return median(self.cpu_milliseconds)

    @property
    def spread(self) -> float:
        """Half of the distance between the quartiles, as a share of the median."""
        if len(self.cpu_milliseconds) < 2:
            return 0
        low, _, high = quantiles(self.cpu_milliseconds, n=4, method="inclusive")
        return (high - low) / 2 / self.cpu


Results = dict[str, dict[str, Figures]]


def measure_rounds(
    servers: Servers,
    visitors: Mapping[str, Visitor],
    contenders: Sequence[Contender],
    *,
    rounds: int,
    share: float = 1,
    works: Sequence[Work] = WORK,
) -> Results:
    """By the names of work and contender. `share` of each work's requests; a round before the first warms up."""
    results: Results = {}
    for number in range(rounds + 1):
        for work in works:
            measured = [contender for contender in contenders if work.is_done_by(contender)]
            # Another order each time: nobody is always the first after somebody else.
            shift = number % len(measured)
            # … and last, who takes so long that the next one would find nothing of its own in the processor's caches.
            order = sorted(measured[shift:] + measured[:shift], key=lambda contender: contender in work.counts)
            for contender in order:
                count = work.count_for(contender, share)
                cpu, latency = _measure(servers.of(contender, work.role), work, visitors[contender.name], count)
                if number:
                    figures = results.setdefault(work.name, {}).setdefault(contender.name, Figures())
                    figures.cpu_milliseconds.append(cpu)
                    figures.median_milliseconds.append(latency)
    return results


def _measure(server: Server, work: Work, visitor: Visitor, count: int) -> tuple[float, float]:
    """CPU a request, and the median latency; milliseconds."""
    requests = work.requests(visitor, count)
    before = server.cpu_seconds()
    run = load.closed_loop(server.port, requests, connections=CONNECTIONS)
    used = server.cpu_seconds() - before
    check(run, work, server.contender)
    if work is CREATE:
        visitor.created += [json.loads(answer.body)["todoID"] for answer in run.answers if answer]
    return used * 1000 / len(requests), median(run.latencies(work.status)) * 1000


def check(run: load.Run, work: Work, contender: Contender) -> None:
    if set(run.statuses()) != {work.status}:
        example = next((answer.body[:300] for answer in run.answers if answer and answer.status != work.status), b"")
        raise WrongAnswer(f"{contender.name}, {work.title}: {run.statuses()} {run.problems[:1]} {example!r}")
