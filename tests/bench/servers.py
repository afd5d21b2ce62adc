"""The contenders' servers: how each is started, with the same settings."""

import os
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from deploy.local.children import Child, ChildError, free_port
from deploy.local.standins import ROOT, without_aws
from tests.bench import load, processes
from tests.faults.server import MALLOC

_SERVICE_PYTHON = sys.executable
# `make bench` makes it. Without it, Flask is there all the same: the stand-ins bring it along.
_BENCH_ENVIRONMENT = ROOT / ".venv-bench/bin/python"
_BENCH_PYTHON = str(_BENCH_ENVIRONMENT) if _BENCH_ENVIRONMENT.exists() else sys.executable

_CONTENDERS = "tests.bench.contenders"
_FOLDER = "tests/bench/contenders"
_GUNICORN = ("-m", "gunicorn", "--config", f"{_FOLDER}/gunicorn.conf.py")
_OURS = ("-m", "gunicorn", "--config", "deploy/gunicorn.conf.py", "todoproject.wsgi")


@dataclass(frozen=True)
class Contender:
    """`env` is on top of what every contender is given; PORT and WEB_CONCURRENCY are filled into `command`."""

    name: str
    title: str
    command: tuple[str, ...]
    env: tuple[tuple[str, str], ...] = ()
    is_variant: bool = False
    """Ours, without one of its savings."""


def _without(name: str, title: str) -> Contender:
    command = (_SERVICE_PYTHON, "-m", "gunicorn", "--config", f"{_FOLDER}/without.conf.py", f"{_CONTENDERS}.without")
    return Contender(f"without-{name}", title, command, (("BENCH_WITHOUT", name),), is_variant=True)


OURS = Contender("ours", "this service", (_SERVICE_PYTHON, *_OURS))
ARTICLE = Contender(
    "article",
    "Flask + boto3",
    (_BENCH_PYTHON, *_GUNICORN, f"{_CONTENDERS}.article:app"),
    (("ACCESS_LOG", "-"),),
)
FASTAPI = Contender(
    "fastapi",
    "FastAPI + aiobotocore",
    (
        *(_BENCH_PYTHON, "-m", "uvicorn", f"{_CONTENDERS}.fastapi_service:app"),
        *("--host", "127.0.0.1", "--port", "{PORT}", "--workers", "{WEB_CONCURRENCY}"),
    ),
)
FLOOR = Contender("floor", "floor", (_SERVICE_PYTHON, *_GUNICORN, f"{_CONTENDERS}.floor:app"))
CONTENDERS = (OURS, ARTICLE, FASTAPI, FLOOR)
PRELOADING = _without("preloading", "imports before the fork, only the role's own, and kept from the garbage collector")
VARIANTS = (
    _without("orjson", "JSON by orjson, DynamoDB's and ours"),
    _without("sockets", "DynamoDB's calls over plain sockets"),
    _without("memory", "what is the same in every request made once"),
    PRELOADING,
)
# Those that serve files too.
SERVICES = (OURS, ARTICLE, FASTAPI)
# Those that need nothing but the development environment.
WITHOUT_BENCH_ENVIRONMENT = (OURS, ARTICLE, FLOOR)


class Server:
    """One contender's server; ours in one role."""

    def __init__(
        self, contender: Contender, env: Mapping[str, str], logs: Path, *, role: str = "todos", workers: int = 1
    ) -> None:
        self.contender = contender
        self.port = free_port()
        place = {"PORT": str(self.port), "WEB_CONCURRENCY": str(workers)}
        self._started = time.perf_counter()
        self.child = Child(
            f"{contender.name} ({role})",
            [word.format_map(place) for word in contender.command],
            log=logs / f"{contender.name}-{role}-{self.port}.log",
            env={**without_aws(os.environ), **MALLOC, **env, **dict(contender.env), **place, "SERVICE_ROLE": role},
            cwd=ROOT,
        )

    def first_answer(self, request: bytes, *, seconds: float = 60) -> load.Answer:
        """Ask until it is answered; the answer's `seconds` count from the start. Raises ChildError."""
        while (passed := time.perf_counter() - self._started) < seconds:
            self.child.check()
            try:
                status, body = load.ask(self.port, request)
                return load.Answer(status, body, time.perf_counter() - self._started)
            except OSError:
                time.sleep(0.005)
        raise ChildError(f"{self.child.name} is silent for {passed:.0f} s. Its last lines:\n{self.child.last_lines()}")

    def cpu_seconds(self) -> float:
        return processes.cpu_seconds(self.child.pid)

    def memory_bytes(self) -> int:
        return processes.memory_bytes(self.child.pid)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.child.stop()
