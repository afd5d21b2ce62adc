"""Commands in processes of their own, forked from one that has loaded the libraries and nothing of the project.

To start Python and load them takes longer than most commands run. Each has an environment, a working directory and
signals as if it had been started by a shell.
"""

import multiprocessing
import os
import sys
import tempfile
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from django.core.management import execute_from_command_line

_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(
    [
        "boto3",
        "django.contrib.admin",
        "drf_spectacular",
        "pynamodb.models",
        "rest_framework.request",
        "storages.backends.s3",
        __name__,
    ]
)


class Ended(NamedTuple):
    code: int
    """Negative: the signal that ended it."""
    out: str
    err: str


class Running:
    """`run` is a function of a module that can be loaded before the settings are."""

    def __init__(self, run: Callable[..., None], *arguments: Any, env: Mapping[str, str]) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self._files = [Path(self._folder.name) / name for name in ("out", "err")]
        self._process = _FORKS.Process(target=_begin, args=(dict(env), self._files, run, arguments))
        self._process.start()

    def send_signal(self, number: int) -> None:
        assert self._process.pid
        os.kill(self._process.pid, number)

    def has_heard(self, number: int) -> bool:
        """Whether its handler of the signal has run, and left the next one to the kernel. Python runs it in the main
        thread, when that comes to it; other threads go on meanwhile."""
        caught = Path(f"/proc/{self._process.pid}/status").read_text().partition("SigCgt:")[2].split()[0]
        return not int(caught, 16) & 1 << number - 1

    def wait(self, seconds: float = 120) -> Ended:
        """Raises TimeoutError, the process then being killed."""
        self._process.join(seconds)
        if self._process.exitcode is None:
            self._process.kill()
            raise TimeoutError(f"It has not ended within {seconds} s.")
        with self._folder:
            return Ended(self._process.exitcode, *(file.read_text() for file in self._files))


def _begin(env: Mapping[str, str], files: list[Path], run: Callable[..., None], arguments: tuple[Any, ...]) -> None:
    os.environ.clear()
    os.environ.update(env)
    for stream, file in zip((1, 2), files, strict=True):
        os.dup2(os.open(file, os.O_WRONLY | os.O_CREAT), stream)
    warnings.simplefilter("error")
    run(*arguments)


def manage(*arguments: str) -> None:
    """As `python manage.py` does."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "todoproject.settings")
    sys.argv = ["manage.py", *arguments]
    execute_from_command_line(sys.argv)
