"""Runs pytest in copies of the project, one after the other, by one process of tests/long/forks.py."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from deploy.local.standins import ROOT
from tests.long.forks import LOG

# What runs pytest on some files in a folder. Gives its exit code and what it printed.
PytestIn = Callable[..., tuple[int, str]]


@contextmanager
def forking(*given: str, options: Sequence[str], env: Mapping[str, str]) -> Iterator[PytestIn]:
    """`given` are the arguments of tests/long/forks.py, `options` those of each pytest."""
    command = [sys.executable, "-m", "tests.long.forks", *given]
    with subprocess.Popen(
        command, cwd=ROOT, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin
        assert process.stdout
        stdin, stdout = process.stdin, process.stdout

        def pytest_in(folder: Path, *files: str) -> tuple[int, str]:
            print(json.dumps([str(folder), *options, *files]), file=stdin, flush=True)
            return int(stdout.readline()), (folder / LOG).read_text()

        yield pytest_in
        stdin.close()
