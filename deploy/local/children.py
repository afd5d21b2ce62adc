"""Processes that end with the one that started them."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self


class ChildError(Exception):
    """A child did not start, or ended by itself; the message says which and shows its last lines."""


class Child:
    """One child in a session of its own, its output in a file.

    Of its own, because Ctrl-C in a terminal reaches every process of the session at once, and the services must be
    stopped before the stand-ins they are still talking to.
    """

    def __init__(
        self, name: str, command: list[str], *, log: Path, env: Mapping[str, str] | None = None, cwd: Path | None = None
    ) -> None:
        self.name = name
        self.log = log
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                _on_leash(command),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=dict(env) if env is not None else None,
                cwd=cwd,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        return self._process.poll()

    def check(self) -> None:
        """Raise ChildError if the child has ended."""
        if self.exit_code is not None:
            how = (
                f"ended with exit code {self.exit_code}"
                if self.exit_code >= 0
                else f"was ended by signal {-self.exit_code}"
            )
            raise ChildError(f"{self.name} {how}. Its last lines:\n{self.last_lines()}")

    def last_lines(self, count: int = 15) -> str:
        lines = self.log.read_text(errors="replace").splitlines()[-count:]
        return "\n".join(f"    {line}" for line in lines) or "    (it printed nothing)"

    def terminate(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self._process.terminate()

    def stop(self, seconds: float = 10) -> None:
        """Ask the child to end, wait, then kill what is left of its session, grandchildren included."""
        self.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        self._process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def _on_leash(command: list[str]) -> list[str]:
    """The command, ended by SIGTERM when the thread that starts it ends, even by kill -9.

    Only Linux has this. Elsewhere a parent killed with -9 leaves its children running.
    """
    if sys.platform != "linux":
        return command
    return [sys.executable, "-I", "-S", str(Path(__file__).with_name("leash.py")), str(os.getpid()), *command]


def wait_for_http(url: str, child: Child, *, seconds: float = 30, any_status: bool = False) -> None:
    """Poll `url` until it answers 200, or anything at all with `any_status`; ChildError if it does not in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        child.check()
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except urllib.error.HTTPError:
            if any_status:
                return
        except OSError:
            pass
        time.sleep(0.05)
    raise ChildError(
        f"{child.name} did not answer at {url} within {seconds:.0f} s. Its last lines:\n{child.last_lines()}"
    )


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def port_is_taken(port: int) -> bool:
    with socket.socket() as probe:
        # As servers do: a port whose last connections are still in TIME_WAIT is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("0.0.0.0", port))
        except OSError:
            return True
    # A listener on ::1 only would get the calls to `localhost` before ours does.
    with contextlib.suppress(OSError), socket.create_connection(("localhost", port), timeout=1):
        return True
    return False
