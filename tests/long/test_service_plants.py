"""Each fault planted in the service's code fails a test, and without a plant none fails."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.local.standins import without_aws
from tests.long.plants import Plant
from tests.long.service_plants import SERVICE_PLANTS


def run_in(folder: Path, *files: str) -> tuple[int, str]:
    """pytest's exit code for these files of a copy of the project, with stand-ins of its own, and what it printed."""
    (folder / "deploy/local/node_modules").symlink_to(Path("deploy/local/node_modules").resolve())
    env = without_aws(os.environ)
    env.pop("PYTEST_XDIST_WORKER", None)
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "--show-capture=no", *files]
    run = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=600, check=False)
    return run.returncode, run.stdout


@pytest.mark.parametrize("plant", SERVICE_PLANTS, ids=lambda plant: plant.name)
def test_a_planted_fault_is_caught(project: Path, plant: Plant) -> None:
    plant.apply(project)
    code, printed = run_in(project, plant.caught_by)
    assert code == pytest.ExitCode.TESTS_FAILED, printed[-3000:]


def test_without_a_plant_nothing_is_caught(project: Path) -> None:
    code, printed = run_in(project, *sorted({plant.caught_by for plant in SERVICE_PLANTS}))
    assert code == pytest.ExitCode.OK, printed[-3000:]
