"""Each fault planted in the service's code fails a test, and without a plant none fails."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from deploy.local.standins import ROOT, without_aws
from tests.long.plants import Plant
from tests.long.service_plants import SERVICE_PLANTS
from tests.long.service_plants_of_callers import SERVICE_PLANTS_OF_CALLERS

ALL = [*SERVICE_PLANTS_OF_CALLERS, *SERVICE_PLANTS]

OPTIONS = ("-x", "-q", "-p", "no:cacheprovider", "--show-capture=no")


@pytest.fixture(scope="session")
def pytest_in() -> Iterator[Callable[..., tuple[int, str]]]:
    """Runs pytest on some files in a copy of the project; gives its exit code and what it printed."""
    runner = subprocess.Popen(
        [sys.executable, ROOT / "tests/long/planted_service.py"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=without_aws(os.environ),
    )
    assert runner.stdin
    assert runner.stdout
    stdin, stdout = runner.stdin, runner.stdout

    def run(folder: Path, *files: str) -> tuple[int, str]:
        (folder / "deploy/local/node_modules").symlink_to(ROOT / "deploy/local/node_modules")
        print(json.dumps([str(folder), *OPTIONS, *files]), file=stdin, flush=True)
        return int(stdout.readline()), (folder / "planted.log").read_text()

    with runner:
        yield run
        stdin.close()


@pytest.mark.parametrize("plant", ALL, ids=lambda plant: plant.name)
def test_a_planted_fault_is_caught(project: Path, pytest_in: Callable[..., tuple[int, str]], plant: Plant) -> None:
    plant.apply(project)
    code, printed = pytest_in(project, plant.caught_by)
    assert (code, "\nFAILED " in printed) == (pytest.ExitCode.TESTS_FAILED, True), printed[-3000:]


def test_without_a_plant_nothing_is_caught(project: Path, pytest_in: Callable[..., tuple[int, str]]) -> None:
    code, printed = pytest_in(project, *sorted({plant.caught_by for plant in ALL}))
    assert code == pytest.ExitCode.OK, printed[-3000:]
