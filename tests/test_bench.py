"""The bench compares like with like and can measure it; without FastAPI, which has an environment of its own."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bench import alike
from tests.bench.load import Answer, Run
from tests.bench.measure import measure_rounds
from tests.bench.servers import VARIANTS
from tests.bench.servers import WITHOUT_BENCH_ENVIRONMENT as CONTENDERS
from tests.bench.stage import Servers, environment, fast_database
from tests.bench.work import WORK, Visitor
from tests.faults.server import MALLOC

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the bench reads /proc")

_WORKS = [work for work in WORK if work.name not in ("first-10000", "first-100000")]
Stage = tuple[Servers, dict[str, Visitor]]


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    logs: Path = tmp_path_factory.mktemp("bench")
    with (
        fast_database(logs, milliseconds=0, sizes=alike.SIZES) as port,
        environment(f"http://127.0.0.1:{port}") as (env, visitors),
        Servers(env, visitors, logs, (*CONTENDERS, *VARIANTS)) as servers,
    ):
        yield servers, visitors


def test_who_is_turned_away_counts_for_no_latency() -> None:
    run = Run([Answer(200, b"", 0.2), Answer(503, b"", 0.001), None])
    assert run.latencies(200) == [0.2]


def test_all_contenders_have_the_heap_that_the_image_gives_ours(stage: Stage) -> None:
    servers, _ = stage
    assert MALLOC
    for contender in (*CONTENDERS, *VARIANTS):
        given = Path(f"/proc/{servers.of(contender, 'todos').child.pid}/environ").read_bytes().decode().split("\0")
        assert {f"{name}={value}" for name, value in MALLOC.items()} <= set(given), contender.name


def test_all_contenders_answer_alike(stage: Stage) -> None:
    assert alike.check_answers(*stage, (*CONTENDERS, *VARIANTS)) == 11 + 6 * len(VARIANTS)


def test_a_round_gives_a_figure_for_every_contender_at_every_work(stage: Stage) -> None:
    results = measure_rounds(*stage, CONTENDERS, rounds=1, share=0.05, works=_WORKS)
    assert {work: set(by_contender) for work, by_contender in results.items()} == {
        work.name: {contender.name for contender in CONTENDERS if work.is_done_by(contender)} for work in _WORKS
    }
    assert all(figures.cpu > 0 for by_contender in results.values() for figures in by_contender.values())
