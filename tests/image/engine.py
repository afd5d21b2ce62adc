"""What builds and runs the image: Docker where its daemon answers, else buildah and podman."""

import json
import os
import secrets
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.image.packages import PackageSource

ROOT = Path(__file__).parents[2]
# As in the task definition: nothing can be written, no capability is left and none can be won.
HARDENED = ("--read-only", "--cap-drop", "all", "--security-opt", "no-new-privileges")

DOCKER_RUN = ("docker", "run")
PODMAN_RUN = (
    "podman",
    "--runtime=runc",
    "run",
    # podman's own limits are higher than it can set where this machine is a container itself.
    "--ulimit=nofile=1024:1024",
    "--ulimit=nproc=1024:1024",
    # podman would mount a writable /tmp and /run over the read-only root; ECS does not.
    "--read-only-tmpfs=false",
    # Its default is the system's journal, which need not be running.
    "--log-driver=k8s-file",
)


class EngineError(Exception):
    """A program failed or is missing; the text says which, and what it said."""


def run(*command: str, timeout: float = 900, check: bool = True, cwd: Path | None = None) -> str:
    """The standard output. Raises EngineError with the end of both outputs unless the command succeeds."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=timeout, check=False, cwd=cwd)
    if check and done.returncode:
        raise EngineError(f"{' '.join(command)}\nexit status {done.returncode}\n{(done.stdout + done.stderr)[-4000:]}")
    return done.stdout


@dataclass(frozen=True)
class Finished:
    exit_status: int
    output: str


def finish(*command: str, timeout: float = 60) -> Finished:
    """Whatever its exit status; the output is both streams, in the order in which they came."""
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=timeout, check=False
    )
    return Finished(done.returncode, done.stdout)


@dataclass(frozen=True)
class Engine:
    cli: str

    @property
    def is_docker(self) -> bool:
        return self.cli == "docker"

    def build(self, image: str, *, base: str | None, arguments: Mapping[str, str], packages: PackageSource) -> None:
        """Build the Dockerfile as it is. `base` replaces the Python image, for a machine that has no registry."""
        options = [f"--secret=id={name},src={path}" for name, path in packages.secrets.items()]
        options += [f"--build-arg={name}={value}" for name, value in arguments.items()]
        if base:
            options.append(f"--build-arg=PYTHON_IMAGE={base}")
        if self.is_docker:
            if packages.folders:
                raise EngineError(f"docker build cannot see the package folders {', '.join(packages.folders)}.")
            command = ["docker", "build", "--network=host"]
        else:
            # chroot: needs neither a user namespace nor a network of its own, which a container may not have.
            # Without --layers: its cache takes a LABEL for the same whose ARG has changed, and labels with old values.
            command = ["buildah", "bud", "--isolation=chroot", "--pull-never"]
            options += [f"--volume={folder}:{folder}:ro" for folder in packages.folders]
        # Else each build would leave its predecessor behind, without a name.
        run(self.cli, "image", "rm", "--force", image, check=False)
        run(*command, *options, f"--tag={image}", str(ROOT))

    def has(self, image: str) -> bool:
        return bool(run(self.cli, "image", "ls", "--quiet", image))

    def inspect(self, image: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(run(self.cli, "image", "inspect", image))[0]
        return found

    def history(self, image: str) -> str:
        return run(self.cli, "image", "history", "--no-trunc", "--format={{.CreatedBy}}", image)

    def run_once(self, image: str, *command: str, env: Mapping[str, str], timeout: float = 60) -> Finished:
        """The command's end, hardened as a service is. Without a command, the image's own."""
        return finish(*self._run(env), "--rm", image, *command, timeout=timeout)

    @contextmanager
    def started(self, image: str, *, port: int, env: Mapping[str, str]) -> Iterator["Container"]:
        """A service on a port of this machine, removed at the end of the block."""
        name = f"todo-image-test-{secrets.token_hex(4)}"
        try:
            run(*self._run({**env, "PORT": str(port)}), "--detach", f"--name={name}", image)
            yield Container(self, name, port)
        finally:
            run(self.cli, "rm", "--force", name, check=False)

    def _run(self, env: Mapping[str, str]) -> list[str]:
        variables = [f"--env={name}={value}" for name, value in env.items()]
        # The machine's own network: the stand-ins listen on its loopback interface only.
        return [*(DOCKER_RUN if self.is_docker else PODMAN_RUN), "--network=host", *HARDENED, *variables]


@dataclass(frozen=True)
class Container:
    engine: Engine
    name: str
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def logs(self) -> str:
        return finish(self.engine.cli, "logs", self.name).output

    @property
    def is_running(self) -> bool:
        # podman's `Running` is false from the stop signal on, although the process lives.
        status = run(self.engine.cli, "inspect", "--format={{.State.Status}}", self.name).strip()
        return status in {"running", "stopping"}

    @property
    def exit_status(self) -> int:
        return int(run(self.engine.cli, "inspect", "--format={{.State.ExitCode}}", self.name))

    def execute(self, *command: str) -> Finished:
        return finish(self.engine.cli, "exec", self.name, *command)

    def stop(self, *, timeout: int) -> "subprocess.Popen[bytes]":
        """Begin what ECS does: the image's stop signal, then SIGKILL after `timeout` seconds."""
        return subprocess.Popen([self.engine.cli, "stop", "-t", str(timeout), self.name], stdout=subprocess.DEVNULL)


def find_engine() -> Engine:
    """Install buildah, podman and runc where that is possible and no Docker daemon answers. Raises EngineError."""
    if shutil.which("docker") and not subprocess.run(["docker", "info"], capture_output=True, check=False).returncode:
        return Engine("docker")
    install("buildah", "podman", "runc")
    return Engine("podman")


def install(*programs: str) -> None:
    """Install Debian packages named like the programs they bring. Raises EngineError where that cannot be done."""
    missing = [program for program in programs if not shutil.which(program)]
    if not missing:
        return
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise EngineError(
            f"The image test needs a running Docker, or {', '.join(programs)}; missing here: {', '.join(missing)}. "
            "As root on Debian it installs them by itself."
        )
    run("apt-get", "update", "--quiet")
    run("apt-get", "install", "--yes", "--quiet", "--no-install-recommends", *missing)


def wait_until(is_so: Callable[[], bool], *, seconds: float, what: str) -> None:
    end = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > end:
            raise TimeoutError(f"Not within {seconds} s: {what}")
        time.sleep(0.02)
