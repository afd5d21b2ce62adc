"""Each planted fault is caught by a test or a linter, and without a plant nothing is."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local.standins import without_aws
from tests.long.plant import Plant
from tests.long.plants_of_data import PLANTS_OF_DATA
from tests.long.plants_of_project import PLANTS_OF_PROJECT
from tests.long.plants_of_requests import PLANTS_OF_REQUESTS
from tests.long.plants_of_tasks import PLANTS_OF_TASKS
from tests.long.plants_of_watch import PLANTS_OF_WATCH
from tests.long.runner import PytestIn, forking

ALL = [*PLANTS_OF_DATA, *PLANTS_OF_PROJECT, *PLANTS_OF_REQUESTS, *PLANTS_OF_TASKS, *PLANTS_OF_WATCH]

LIBRARIES = (
    "cfnlint.api",
    "django.test",
    "drf_spectacular",
    "moto.cloudformation.models",
    "moto.elbv2.models",
    "pynamodb.models",
    "rest_framework.request",
    "samtranslator.translator.transform",
    "storages.backends.s3",
)
# Enough for the settings to be read; FILE_BUCKET is what one plant renames a setting to.
NAMES = [
    "AWS_REGION",
    "TODOS_TABLE",
    "FILES_TABLE",
    "FILES_BUCKET",
    "FILE_BUCKET",
    "COGNITO_USER_POOL_ID",
    "COGNITO_CLIENT_IDS",
    "STAFF_TABLE",
    "AUDIT_TABLE",
    "STAFF_USER_POOL_ID",
    "STAFF_CLIENT_ID",
    "DJANGO_SECRET_KEY",
]
ENVIRONMENT = dict.fromkeys(NAMES, "of-a-plant") | {"SERVICE_ROLE": "all"}
# What runs in a stage or needs the stand-ins, or takes a linter of many seconds; none of the plants is left to these.
SLOW = (
    "test_the_service_may or test_the_service_does or test_maintenance or test_what_an_answer or checkov or sam_makes"
)
OPTIONS = (
    "-c",
    "tests/long/plants.ini",
    "--rootdir",
    ".",
    "-p",
    "pytest_django.plugin",
    "-x",
    "-q",
    "-k",
    f"not ({SLOW})",
)


@pytest.fixture(scope="session")
def pytest_in() -> Iterator[PytestIn]:
    env = {**without_aws(os.environ), **ENVIRONMENT, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    with forking(*LIBRARIES, options=OPTIONS, env=env) as run:
        yield run


@pytest.mark.parametrize("plant", ALL, ids=lambda plant: plant.name)
def test_a_planted_fault_is_caught(project: Path, pytest_in: PytestIn, plant: Plant) -> None:
    plant.apply(project)
    code, printed = pytest_in(project, plant.caught_by)
    assert code == pytest.ExitCode.TESTS_FAILED, printed[-3000:]


def test_without_a_plant_nothing_is_caught(project: Path, pytest_in: PytestIn) -> None:
    code, printed = pytest_in(project, *sorted({plant.caught_by for plant in ALL}))
    assert code == pytest.ExitCode.OK, printed[-3000:]
