import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from deploy.local.children import free_port
from deploy.local.resources import client, create_resources, create_user
from deploy.local.standins import StandIns
from tests.image.base import make_base
from tests.image.engine import ROOT, Container, Engine, find_engine, run, wait_until
from tests.image.packages import PackageSource, package_source

IMAGE = "localhost/todo-service:image-test"
VERSION = "0.0.0-image-test"
EMAIL, PASSWORD = "carol@example.com", "Image-Test-2026"
FIGURES = pytest.StashKey[dict[str, str]]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[FIGURES] = {}


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for name, value in config.stash[FIGURES].items():
        terminalreporter.write_line(f"{name}: {value}")


@pytest.fixture(scope="session")
def figures(request: pytest.FixtureRequest) -> dict[str, str]:
    """What was measured, printed at the end."""
    return request.config.stash[FIGURES]


@pytest.fixture(scope="session")
def engine() -> Engine:
    return find_engine()


@pytest.fixture(scope="session")
def packages() -> Iterator[PackageSource]:
    # Not pytest's tmp_path, which stays: an index's address may hold a password.
    with tempfile.TemporaryDirectory(prefix="build-secrets-") as folder:
        yield package_source(Path(folder))


@pytest.fixture(scope="session")
def revision() -> str:
    return run("git", "describe", "--always", "--dirty", "--abbrev=40", cwd=ROOT, check=False).strip() or "none"


@pytest.fixture(scope="session")
def base(engine: Engine, figures: dict[str, str]) -> str | None:
    """What to use for the official Python image: with Docker, itself."""
    given = os.environ.get("PYTHON_IMAGE")
    if given or engine.is_docker:
        return given
    began = time.monotonic()
    made = make_base(engine)
    figures["base image"] = f"{_megabytes(engine, made)}, made or found in {time.monotonic() - began:.1f} s"
    return made


@pytest.fixture(scope="session")
def image(engine: Engine, base: str | None, packages: PackageSource, revision: str, figures: dict[str, str]) -> str:
    began = time.monotonic()
    engine.build(IMAGE, base=base, arguments={"VERSION": VERSION, "REVISION": revision}, packages=packages)
    figures["build"] = f"{time.monotonic() - began:.1f} s"
    figures["image, with its base"] = _megabytes(engine, IMAGE)
    return IMAGE


def _megabytes(engine: Engine, image: str) -> str:
    return f"{engine.inspect(image)['Size'] / 1e6:.0f} MB"


@pytest.fixture(scope="session")
def env() -> Iterator[dict[str, str]]:
    """Stand-ins with everything that the service needs in them, and the variables that lead there."""
    with StandIns() as standins:
        found = {**standins.env, **create_resources(standins.env, name="image")}
        create_user(found, found["COGNITO_USER_POOL_ID"], email=EMAIL, password=PASSWORD)
        # In a process of its own, because Django's settings can be read but once, and from the environment.
        make = "import django, os; django.setup(); from deploy.local import resources as r; r.create_tables(os.environ)"
        subprocess.run(
            [sys.executable, "-c", make],
            env={**os.environ, **found, "SERVICE_ROLE": "all", "DJANGO_SETTINGS_MODULE": "todoproject.settings"},
            cwd=ROOT,
            check=True,
        )
        yield found


@contextmanager
def serving(engine: Engine, image: str, env: dict[str, str], role: str) -> Iterator[tuple[Container, float]]:
    """A container that has answered its first health check, and the seconds from `run` to that answer."""
    began = time.monotonic()
    with engine.started(image, port=free_port(), env={**env, "SERVICE_ROLE": role}) as container:

        def answers() -> bool:
            try:
                return requests.get(f"{container.url}/healthz", timeout=2).status_code == 200
            except requests.RequestException:
                assert container.is_running, container.logs
                return False

        try:
            wait_until(answers, seconds=30, what=f"/healthz of the role {role}")
        except TimeoutError as error:
            error.add_note(container.logs[-4000:])
            raise
        yield container, time.monotonic() - began


@pytest.fixture(scope="session")
def todos(engine: Engine, image: str, env: dict[str, str], figures: dict[str, str]) -> Iterator[Container]:
    with serving(engine, image, env, "todos") as (container, seconds):
        figures["start of todos, from run to the first 200"] = f"{seconds:.2f} s"
        yield container


@pytest.fixture(scope="session")
def files(engine: Engine, image: str, env: dict[str, str], figures: dict[str, str]) -> Iterator[Container]:
    with serving(engine, image, env, "files") as (container, seconds):
        figures["start of files, from run to the first 200"] = f"{seconds:.2f} s"
        yield container


@pytest.fixture(scope="session")
def token(env: dict[str, str]) -> str:
    """An ID token, as the website gets it."""
    answer = client("cognito-idp", env).initiate_auth(
        ClientId=env["COGNITO_CLIENT_IDS"],
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": EMAIL, "PASSWORD": PASSWORD},
    )
    issued: str = answer["AuthenticationResult"]["IdToken"]
    return issued
