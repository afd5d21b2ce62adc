"""How the tests call the maintenance commands: in this process, or as an operator would, in one of their own."""

import io
import json
import os
import signal
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, NamedTuple
from unittest import mock

from botocore.client import BaseClient
from django.core.management import CommandError, call_command
from django.utils import timezone

from deploy.local import resources
from tests.clients import User
from tests.processes import Running, manage


class Outcome(NamedTuple):
    code: int
    summary: dict[str, Any]
    sentence: str
    """What was said last, to people."""

    @property
    def counts(self) -> dict[str, int]:
        counts: dict[str, int] = self.summary["counts"]
        return counts

    @property
    def errors(self) -> dict[str, str]:
        return {error["item"]: error["error"] for error in self.summary["errors"]}


def call(name: str, *arguments: str) -> Outcome:
    """In this process, with its tables and its clock."""
    out, err = io.StringIO(), io.StringIO()
    code, sentence = 0, ""
    try:
        call_command(name, *arguments, "--json", stdout=out, stderr=err)
    except CommandError as error:
        code, sentence = error.returncode, str(error)
    return Outcome(code, json.loads(out.getvalue() or "{}"), sentence)


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Only the clock of the service and the commands is moved."""
    with mock.patch.object(timezone, "now", return_value=moment):
        yield


def start(name: str, *arguments: str, **env: str) -> Running:
    """In a process of its own. `env` is set on top of the tests' own environment."""
    return Running(manage, name, *arguments, "--json", env={**os.environ, **env})


def finish(process: Running) -> Outcome:
    code, out, err = process.wait()
    last = err.strip().splitlines()[-1:]
    return Outcome(code, json.loads(out or "{}"), last[0] if last else "")


class Site:
    """Tables, bucket and user pool of its own in the stand-ins, for commands that take all users."""

    def __init__(self) -> None:
        self.env = resources.create_resources(os.environ, name=f"site-{uuid.uuid4().hex[:12]}")
        self.run("create_tables", "--apply")

    def run(self, name: str, *arguments: str, **env: str) -> Outcome:
        return finish(start(name, *arguments, **self.env, **env))

    def assert_nothing_wrong(self) -> None:
        for name in ("check_data", "reconcile_files"):
            outcome = self.run(name)
            assert (outcome.code, outcome.errors) == (0, {}), name


def kill_after(calls: int, name: str, *arguments: str) -> bool:
    """As kill -9 would, before the command's next call of AWS but so many. Whether it made that many."""
    code, _, err = Running(_manage_and_die, calls, name, *arguments, env=os.environ).wait()
    assert code in (0, -signal.SIGKILL), err
    return code != 0


def _manage_and_die(calls: int, *arguments: str) -> None:
    whole, left = BaseClient._make_api_call, calls

    def call(self: Any, *arguments: Any) -> Any:
        nonlocal left
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return whole(self, *arguments)

    BaseClient._make_api_call = call
    manage(*arguments)


def assert_nothing_wrong(user: User) -> None:
    for name in ("check_data", "reconcile_files"):
        outcome = call(name, "--user", user.sub)
        assert (outcome.code, outcome.errors) == (0, {}), name
