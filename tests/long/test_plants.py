"""Each planted fault is caught by a test or a linter, and without a plant nothing is."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from deploy.local.standins import ROOT, without_aws
from tests.long.plants import PLANTS, Plant
from tests.long.plants_of_watch import PLANTS_OF_WATCH

ALL = [*PLANTS, *PLANTS_OF_WATCH]

# Enough for the settings to be read; FILE_BUCKET is what one plant renames a setting to.
NAMES = [
    "AWS_REGION",
    "TODOS_TABLE",
    "FILES_TABLE",
    "FILES_BUCKET",
    "FILE_BUCKET",
    "COGNITO_USER_POOL_ID",
    "COGNITO_CLIENT_IDS",
    "STAFF_TABLE",
    "AUDIT_TABLE",
    "STAFF_USER_POOL_ID",
    "STAFF_CLIENT_ID",
    "DJANGO_SECRET_KEY",
]
ENVIRONMENT = dict.fromkeys(NAMES, "of-a-plant") | {"SERVICE_ROLE": "all"}
# What runs in a stage or needs the stand-ins, or takes a linter of many seconds; none of the plants is left to these.
SLOW = (
    "test_the_service_may or test_the_service_does or test_maintenance or test_what_an_answer or checkov or sam_makes"
)
OPTIONS = (
    "-c",
    "tests/long/plants.ini",
    "--rootdir",
    ".",
    "-p",
    "pytest_django.plugin",
    "-x",
    "-q",
    "-k",
    f"not ({SLOW})",
)


@pytest.fixture(scope="session")
def pytest_in() -> Iterator[Callable[..., tuple[int, str]]]:
    """Runs pytest on some files in a folder; gives its exit code and what it printed."""
    env = {**without_aws(os.environ), **ENVIRONMENT, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    env.pop("PYTEST_XDIST_WORKER", None)
    runner = subprocess.Popen(
        [sys.executable, ROOT / "tests" / "long" / "planted.py"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=env,
    )
    assert runner.stdin
    assert runner.stdout
    stdin, stdout = runner.stdin, runner.stdout

    def run(folder: Path, *files: str) -> tuple[int, str]:
        print(json.dumps([str(folder), *OPTIONS, *files]), file=stdin, flush=True)
        return int(stdout.readline()), (folder / "planted.log").read_text()

    with runner:
        yield run
        stdin.close()


@pytest.mark.parametrize("plant", ALL, ids=lambda plant: plant.name)
def test_a_planted_fault_is_caught(project: Path, pytest_in: Callable[..., tuple[int, str]], plant: Plant) -> None:
    plant.apply(project)
    code, printed = pytest_in(project, plant.caught_by)
    assert code == pytest.ExitCode.TESTS_FAILED, printed[-3000:]


def test_without_a_plant_nothing_is_caught(project: Path, pytest_in: Callable[..., tuple[int, str]]) -> None:
    code, printed = pytest_in(project, *sorted({plant.caught_by for plant in ALL}))
    assert code == pytest.ExitCode.OK, printed[-3000:]
