"""The README's commands, run as they stand there, give the answers that stand there."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from deploy.local.standins import ROOT, without_aws
from tests.ports import free_block

README = (ROOT / "README.md").read_text()
_TOUR = re.compile(r"```bash\n(?P<commands>.*?)```(?:\n```(?:json)?\n(?P<answers>.*?)```)?", re.DOTALL)
_VARYING = {
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}": "ID",
    # By the gateway of a stage.
    r"gateway-1": "ID",
    r"\d{4}-\d\d-\d\dT[\d:.]+Z": "TIME",
    r"\s+": "",
}


@pytest.fixture
def first_port(tmp_path: Path) -> Iterator[int]:
    """`make run` without its set-up, on ports of its own."""
    port = free_block(5) + 1
    command = [sys.executable, "-m", "deploy.local.run", "--first-port", str(port), "--logs", str(tmp_path)]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=without_aws(os.environ)
    ) as run:
        assert run.stdout
        shown = ""
        for line in run.stdout:
            shown += line
            if line.startswith("Ready"):
                break
        else:
            pytest.fail(f"It never got ready:\n{shown}")
        yield port
        run.send_signal(signal.SIGINT)
        rest, _ = run.communicate(timeout=30)
        assert (run.returncode, rest.split()) == (0, ["Stopping", "…", "Stopped."])


def test_the_tour_gives_the_answers_that_the_readme_shows(first_port: int, tmp_path: Path) -> None:
    command = f"cd {ROOT} && {sys.executable} -m deploy.local.token --url http://localhost:{first_port + 2} "
    places = {f"localhost:{port}": f"localhost:{first_port + port - 8081}" for port in (8081, 8082)}
    follow_the_tour(tmp_path, {**places, "make -s token USER=": command})


def follow_the_tour(folder: Path, replaced: Mapping[str, str]) -> None:
    """Run the README's commands, something in them replaced, and compare what they print with what stands there."""
    steps = list(_TOUR.finditer(README))
    assert len(steps) == 5
    script = "\nprintf '\\f'\n".join(step["commands"] for step in steps)
    for old, new in replaced.items():
        assert old in script
        script = script.replace(old, new)
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    given = [_normalised(part) for part in done.stdout.split("\f")]
    assert given == [_normalised(step["answers"] or "") for step in steps]


def _normalised(text: str) -> str:
    for pattern, replacement in _VARYING.items():
        text = re.sub(pattern, replacement, text)
    return text
