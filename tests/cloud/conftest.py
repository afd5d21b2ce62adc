from collections.abc import Iterator

import pytest

from tests.cloud.deployment import Deployment
from tests.cloud.running import Stage, running
from tests.cloud.staff import API
from tests.cloud.support import help_customers
from tests.cloud.templates import STAGES
from tests.cloud.visitors import Visitor, sign_up
from tests.cloud.work import work


@pytest.fixture(scope="session", params=STAGES)
def deployment(request: pytest.FixtureRequest) -> Deployment:
    """Every stack of the stage, created."""
    return Deployment(request.param)


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """The stage `staging`, running, with the admin open."""
    deployment = Deployment(
        "staging",
        changed={
            "service": {"ApiOrigin": API},
            "api": {"AdminAccess": "open", "WebsiteOrigin": "https://todo.example.com"},
        },
    )
    with running(deployment, tmp_path_factory.mktemp("stage")) as started:
        yield started


@pytest.fixture(scope="module")
def visitor(stage: Stage) -> Visitor:
    """With tokens that are good for a quarter of an hour: on a slow machine all tests take longer."""
    return sign_up(stage)


@pytest.fixture(scope="session")
def worked_stage(stage: Stage) -> Stage:
    """After customers and staff have done everything that they can do."""
    work(stage)
    help_customers(stage)
    return stage
