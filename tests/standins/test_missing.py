"""A machine that lacks something gets one clear sentence, or the next best thing and a line that says so."""

import os
import subprocess
from pathlib import Path

import pytest
import requests

from deploy.local import resources
from deploy.local.standins import ROOT, StandIns


@pytest.fixture
def path_without(tmp_path: Path) -> "PathWithout":
    return PathWithout(tmp_path / "programs")


class PathWithout:
    """A PATH that holds every program of the real one but for some."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __call__(self, *missing: str) -> str:
        self._folder.mkdir()
        for folder in map(Path, os.environ["PATH"].split(os.pathsep)):
            for program in folder.iterdir() if folder.is_dir() else ():
                link = self._folder / program.name
                if program.name not in missing and not link.is_symlink():
                    link.symlink_to(program)
        return str(self._folder)


def test_without_java_motos_dynamodb_takes_its_place_and_a_line_says_so(
    path_without: PathWithout, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", path_without("java"))
    with StandIns() as standins:
        assert standins.notice == (
            "Java is missing: moto's DynamoDB takes the place of DynamoDB Local (slower, and rough about capacity)."
        )
        assert resources.client("dynamodb", standins.env).list_tables()["TableNames"] == []
        assert requests.get(f"{standins.aws_url}/_standin/health", timeout=5).status_code == 200


@pytest.mark.parametrize(
    ("missing", "target", "sentence"),
    [
        ("npm", "deploy/local/node_modules/installed", "Node.js 20 or newer with npm is needed; install it first."),
        ("python3", ".venv/installed", "Python 3.11 or newer is needed; install it, or name it: make PYTHON=…"),
    ],
)
def test_set_up_says_in_a_sentence_what_is_missing(
    path_without: PathWithout, missing: str, target: str, sentence: str
) -> None:
    done = subprocess.run(
        ["make", "--always-make", "--no-print-directory", target],
        cwd=ROOT,
        env={**os.environ, "PATH": path_without(missing)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert done.stderr.splitlines()[0] == sentence
