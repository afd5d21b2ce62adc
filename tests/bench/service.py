"""What a server is like as a whole: how soon it answers, its memory, how much it bears and how it waits under load."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median

from tests.bench import load
from tests.bench.measure import check
from tests.bench.servers import ARTICLE, Contender, Server
from tests.bench.stage import Servers
from tests.bench.work import GET, LIST, Visitor, Work

_WORKERS = 2
_WARMING = 100
# More than one worker can serve at once, less than it turns away (settings.MAX_IN_FLIGHT).
_CONNECTIONS = 8
_OPEN_CONNECTIONS = 64
_SHARE_OF_CAPACITY = 0.7

Figures = dict[str, dict[str, list[float]]]


def measure_starts(
    env: Mapping[str, str], visitors: Mapping[str, Visitor], logs: Path, contenders: Sequence[Contender], *, rounds: int
) -> Figures:
    """By contender: seconds from the start to the first todo, and bytes (PSS) a worker once it has worked."""
    figures: Figures = {contender.name: {"start_seconds": [], "worker_bytes": []} for contender in contenders}
    for _ in range(rounds):
        for contender in contenders:
            visitor = visitors[contender.name]
            with Server(contender, env, logs, workers=_WORKERS) as server:
                answer = server.first_answer(GET.requests(visitor, 1)[0])
                figures[contender.name]["start_seconds"].append(answer.seconds)
                for work in (GET, LIST):
                    run = load.closed_loop(server.port, work.requests(visitor, _WARMING), connections=_CONNECTIONS)
                    check(run, work, contender)
                figures[contender.name]["worker_bytes"].append(server.memory_bytes() / _WORKERS)
    return figures


def measure_load(
    servers: Servers, visitors: Mapping[str, Visitor], contenders: Sequence[Contender], *, rounds: int, seconds: float
) -> dict[str, Figures]:
    """By work and contender, of one worker: requests a second, and at 70 % of that, and at 70 % of what the article's
    design bears, latencies in milliseconds of what is served, and the share of what is not."""
    results: dict[str, Figures] = {}
    for work in (GET, LIST):
        figures: Figures = {contender.name: {} for contender in contenders}
        for number in range(rounds):
            for contender in contenders:
                _note(figures[contender.name], per_second=_capacity(servers, visitors, contender, work, seconds))
            same = _SHARE_OF_CAPACITY * median(figures[ARTICLE.name]["per_second"])
            for contender in contenders:
                own = _SHARE_OF_CAPACITY * median(figures[contender.name]["per_second"])
                for rate, where in ((own, ""), (same, "_at_same_rate")):
                    borne = _bear(servers, visitors, contender, work, rate=rate, seconds=seconds, seed=number)
                    _note(figures[contender.name], **{name + where: value for name, value in borne.items()})
        results[work.name] = figures
    return results


def _capacity(
    servers: Servers, visitors: Mapping[str, Visitor], contender: Contender, work: Work, seconds: float
) -> float:
    server, visitor = servers.of(contender, work.role), visitors[contender.name]
    first = load.closed_loop(server.port, work.requests(visitor, 100), connections=_CONNECTIONS)
    count = max(100, round(seconds * 100 / first.seconds))
    run = load.closed_loop(server.port, work.requests(visitor, count), connections=_CONNECTIONS)
    check(run, work, contender)
    return count / run.seconds


def _bear(
    servers: Servers,
    visitors: Mapping[str, Visitor],
    contender: Contender,
    work: Work,
    *,
    rate: float,
    seconds: float,
    seed: int,
) -> dict[str, float]:
    """Latencies of what is served, and the share of what is `unserved`: turned away, or never answered."""
    server = servers.of(contender, work.role)
    requests = work.requests(visitors[contender.name], max(100, round(rate * seconds)))
    run = load.open_loop(server.port, requests, rate=rate, connections=_OPEN_CONNECTIONS, seed=seed)
    latencies = run.latencies(work.status)
    return {
        "p50": _percentile(latencies, 50),
        "p99": _percentile(latencies, 99),
        "unserved": 1 - len(latencies) / len(requests),
    }


def _percentile(latencies: Sequence[float], percent: int) -> float:
    return latencies[min(len(latencies) - 1, len(latencies) * percent // 100)] * 1000


def _note(figures: dict[str, list[float]], **values: float) -> None:
    for name, value in values.items():
        figures.setdefault(name, []).append(value)
