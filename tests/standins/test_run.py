"""The runner of `make run`, whole: with the services, on ports of its own."""

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from deploy.local import website
from deploy.local.children import port_is_taken
from deploy.local.standins import ROOT, without_aws
from tests.ports import free_block
from tests.standins.support import send

TIMEOUT = 60
# The stand-ins, the services, and the website where it has been built.
PARTS = 5 if website.is_built() else 4


class Runner:
    def __init__(self, folder: Path, first_port: int) -> None:
        self.ports = range(first_port, first_port + 4)
        self._output = folder / "output"
        self.logs = folder / "logs"
        self.env = folder / "private" / "env"
        command = [sys.executable, "-m", "deploy.local.run", "--first-port", str(first_port), "--logs", str(self.logs)]
        command += ["--env", str(self.env)]
        # What this process was given for its own tests must not reach it.
        own = {name: value for name, value in without_aws(os.environ).items() if name not in {"SERVICE_ROLE", "PORT"}}
        with self._output.open("wb") as output:
            self.process = subprocess.Popen(command, cwd=ROOT, env=own, stdout=output, stderr=output)

    @property
    def output(self) -> str:
        return self._output.read_text()

    def wait_for(self, text: str) -> None:
        self._poll(lambda: text in self.output, text)

    def children(self) -> list[int]:
        found = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [int(pid) for pid in found.split()]

    def assert_nothing_left(self, children: list[int]) -> None:
        def ended() -> bool:
            return not any(Path(f"/proc/{pid}").exists() for pid in children)

        self._poll(ended, "the children's end")
        assert not [port for port in self.ports if port_is_taken(port)]

    def _poll(self, condition: object, what: str) -> None:
        deadline = time.monotonic() + TIMEOUT
        while not condition():  # type: ignore[operator]
            assert time.monotonic() < deadline, f"no {what!r} in:\n{self.output}"
            time.sleep(0.02)


@contextmanager
def running(folder: Path) -> Iterator[Runner]:
    runner = Runner(folder, free_block(5) + 1)
    try:
        yield runner
    finally:
        runner.process.terminate()
        runner.process.wait(TIMEOUT)


linux = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc; ending with the parent is Linux's")


@linux
def test_it_runs_until_ctrl_c_and_leaves_nothing(tmp_path: Path) -> None:
    with running(tmp_path) as runner:
        runner.wait_for("\nReady")
        todos, _, aws, _ = runner.ports
        for said in ("alice@example.com", "bob@example.com", "fresh at each start", f"http://localhost:{todos}"):
            assert said in runner.output
        command = [sys.executable, "-m", "deploy.local.token", "alice@example.com", "--url", f"http://localhost:{aws}"]
        asked = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        token = {"Authorization": f"Bearer {asked.stdout.strip()}"}
        listed = send("GET", f"http://localhost:{todos}/me/todos?limit=200", headers=token).json["todos"]
        assert len(listed) == 28  # thirty, two of them in the trash

        sign_up = f'{{"ClientId": "{_client(runner)}", "Username": "new@example.com", "Password": "Wonderland-2026"}}'
        target = {"X-Amz-Target": "AWSCognitoIdentityProviderService.SignUp"}
        assert send("POST", f"http://localhost:{aws}", headers=target, body=sign_up).status == 200
        runner.wait_for("Code for new@example.com: ")

        manage = 'set -a; . "$0"; exec "$1" manage.py check_data --json'
        checked = subprocess.run(["bash", "-c", manage, runner.env, sys.executable], cwd=ROOT, capture_output=True)
        assert (checked.returncode, json.loads(checked.stdout)["counts"]["users"]) == (0, 2)
        assert stat.S_IMODE(runner.env.stat().st_mode) == 0o600

        children = runner.children()
        assert len(children) == PARTS
        for _ in range(3):
            runner.process.send_signal(signal.SIGINT)
        assert runner.process.wait(TIMEOUT) == 0
        runner.assert_nothing_left(children)
        assert not runner.env.exists()


def _client(runner: Runner) -> str:
    return runner.output.partition(", client ")[2].split()[0]


@linux
def test_children_end_with_a_runner_that_was_killed(tmp_path: Path) -> None:
    with running(tmp_path) as runner:
        runner._poll(lambda: len(runner.children()) == PARTS, "children")
        children = runner.children()
        runner.process.kill()
        runner.process.wait()
        runner.assert_nothing_left(children)


@linux
def test_a_child_that_ends_ends_everything_and_is_named(tmp_path: Path) -> None:
    with running(tmp_path) as runner:
        runner._poll(lambda: len(runner.children()) >= 2, "children")
        children = runner.children()
        os.kill(children[1], signal.SIGKILL)
        assert runner.process.wait(TIMEOUT) == 1
        assert "Cognito and S3" in runner.output
        runner.assert_nothing_left(children)


def test_a_taken_port_is_one_sentence_before_anything_is_started(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, running_on(tmp_path, taken.getsockname()[1] - 2) as runner:
        assert runner.process.wait(TIMEOUT) == 1
        assert runner.output.count("\n") == 1
        assert f"{taken.getsockname()[1]}" in runner.output
        assert not runner.logs.exists()


@contextmanager
def running_on(folder: Path, first_port: int) -> Iterator[Runner]:
    runner = Runner(folder, first_port)
    yield runner
    runner.process.wait(TIMEOUT)


def test_a_token_needs_something_that_runs_and_somebody_known() -> None:
    url = f"http://localhost:{free_block(1)}"
    command = [sys.executable, "-m", "deploy.local.token", "alice@example.com", "--url", url]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (answer.returncode, answer.stdout) == (1, "")
    assert answer.stderr == f"Nothing answers at {url}: start `make run` first.\n"
