"""Each fault planted in the service's code fails a test, and without a plant none fails."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local.standins import without_aws
from tests.long.plant import Plant
from tests.long.runner import PytestIn, forking
from tests.long.service_plants import SERVICE_PLANTS
from tests.long.service_plants_of_callers import SERVICE_PLANTS_OF_CALLERS

ALL = [*SERVICE_PLANTS_OF_CALLERS, *SERVICE_PLANTS]

LIBRARIES = (
    "botocore.session",
    "django.test",
    "drf_spectacular",
    "jwt",
    "pynamodb.models",
    "requests",
    "rest_framework",
    "storages.backends.s3",
)
OPTIONS = ("-x", "-q", "-p", "no:cacheprovider", "--show-capture=no")


@pytest.fixture(scope="session")
def pytest_in() -> Iterator[PytestIn]:
    with forking("--standins", *LIBRARIES, options=OPTIONS, env=without_aws(os.environ)) as run:
        yield run


@pytest.mark.parametrize("plant", ALL, ids=lambda plant: plant.name)
def test_a_planted_fault_is_caught(project: Path, pytest_in: PytestIn, plant: Plant) -> None:
    plant.apply(project)
    code, printed = pytest_in(project, plant.caught_by)
    assert (code, "\nFAILED " in printed) == (pytest.ExitCode.TESTS_FAILED, True), printed[-3000:]


def test_without_a_plant_nothing_is_caught(project: Path, pytest_in: PytestIn) -> None:
    code, printed = pytest_in(project, *sorted({plant.caught_by for plant in ALL}))
    assert code == pytest.ExitCode.OK, printed[-3000:]
