"""`make bench`: this service beside its alternatives. Linux only; under 15 minutes on two cores.

`make bench ROUNDS=1` for a try, whose figures go to the terminal only.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from deploy.local.standins import ROOT, StandIns
from tests.bench import alike, dataset, report
from tests.bench.measure import Results, measure_rounds
from tests.bench.profile import profile
from tests.bench.servers import CONTENDERS, FLOOR, OURS, PRELOADING, SERVICES, VARIANTS
from tests.bench.service import measure_load, measure_starts
from tests.bench.stage import Servers, environment, fast_database
from tests.bench.tap import tapped
from tests.bench.work import CREATE, GET, LIST, PAGES, WORK

_FOLDER = Path(__file__).parent
# What a call of DynamoDB takes in one region, about.
_MILLISECONDS = 3.0
_ROUNDS = 5
_WITH_UNITS = tuple(work for work in WORK if not work.name.startswith("first-1000") or work.name == "first-1000")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=_ROUNDS, help="fewer than 5 are a try: nothing is written")
    arguments = parser.parse_args()
    started = time.time()
    results = _measure(arguments.rounds)
    results["machine"]["minutes"] = round((time.time() - started) / 60, 1)
    sys.stdout.write(report.as_text(results) + "\n")
    if arguments.rounds >= _ROUNDS:
        report.write(results, _FOLDER)
        subprocess.run([ROOT / ".venv-bench/bin/python", "-m", "tests.bench.plot"], cwd=ROOT, check=True)


def _measure(rounds: int) -> dict[str, Any]:
    load_before = os.getloadavg()
    with ExitStack() as stack:
        logs = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        _say("filling tables …")
        port = stack.enter_context(fast_database(logs, milliseconds=_MILLISECONDS, sizes=dataset.SIZES))
        env, visitors = stack.enter_context(environment(f"http://127.0.0.1:{port}"))
        _say("starts and memory …")
        starts = measure_starts(env, visitors, logs, (*SERVICES, FLOOR, PRELOADING), rounds=rounds)
        with Servers(env, visitors, logs, CONTENDERS) as servers:
            _say(f"{alike.check_answers(servers, visitors, CONTENDERS)} answers are alike; CPU, {rounds} rounds …")
            cpu = measure_rounds(servers, visitors, CONTENDERS, rounds=rounds)
            _say("under load …")
            under_load = measure_load(servers, visitors, SERVICES, rounds=rounds, seconds=4)
        _say("without each of its savings …")
        with Servers(env, visitors, logs, (OURS, *VARIANTS)) as servers:
            alike.check_answers(servers, visitors, VARIANTS)
            # Differences are smaller than distances between contenders.
            more = 2 * rounds - 1
            pages = measure_rounds(servers, visitors, (OURS,), rounds=more, works=PAGES)
            savings = measure_rounds(servers, visitors, (OURS, *VARIANTS), rounds=more, works=(GET, LIST, CREATE))
        _say("where the time goes …")
        shares = profile(env, visitors)
    _say("on DynamoDB Local: units, and CPU again …")
    units, local = _measure_local(rounds=min(rounds, 3))
    return {
        "machine": report.machine(load_before, rounds=rounds, milliseconds=_MILLISECONDS),
        "cpu": cpu,
        "cpu_on_dynamodb_local": local,
        "pages": pages,
        "savings": savings,
        "profile": shares,
        "starts": starts,
        "load": under_load,
        "units": units,
    }


def _measure_local(rounds: int) -> tuple[dict[str, dict[str, dict[str, float]]], Results]:
    with ExitStack() as stack:
        logs = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        standins = stack.enter_context(StandIns(logs=logs))
        dataset.fill(standins.dynamodb_port, alike.SIZES)
        tap = stack.enter_context(tapped(standins.dynamodb_port))
        env, visitors = stack.enter_context(environment(tap.url))
        with Servers(env, visitors, logs, SERVICES) as servers:
            units: dict[str, dict[str, dict[str, float]]] = {}
            for work in _WITH_UNITS:
                for contender in work.contenders:
                    if contender in SERVICES:
                        tap.take()
                        measure_rounds(servers, visitors, (contender,), rounds=0, share=0, works=(work,))
                        units.setdefault(work.name, {})[contender.name] = tap.take()
            return units, measure_rounds(
                servers, visitors, SERVICES, rounds=rounds, share=0.5, works=(GET, LIST, CREATE)
            )


def _say(what: str) -> None:
    sys.stderr.write(f"{time.strftime('%H:%M:%S')}  {what}\n")


if __name__ == "__main__":
    main()
