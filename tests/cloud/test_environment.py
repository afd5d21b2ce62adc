"""What the settings read is what the task definitions say, per role."""

import json
import re
import runpy
from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock

import pytest
from django.core.exceptions import ImproperlyConfigured

from deploy.local.standins import ROOT
from tests.cloud.balancer import Container, containers_of
from tests.cloud.deployment import Deployment

# Read by the settings, and right as they are by default; every other variable has to be told.
DEFAULTS = {
    "PORT",
    "WEB_CONCURRENCY",
    "THREADS",
    "MAX_IN_FLIGHT",
    "USER_RATE",
    "ADDRESS_RATE",
    "AWS_CONNECT_TIMEOUT",
    "AWS_READ_TIMEOUT",
    "AWS_ATTEMPTS",
    "MAX_FILE_BYTES",
    "USER_FILE_QUOTA",
    # Only off AWS, or without API Gateway.
    "COGNITO_ISSUER",
    "AWS_ENDPOINT_URL_S3",
    "AWS_ENDPOINT_URL_COGNITO_IDP",
    "CORS_ALLOWED_ORIGINS",
}
# May be told and may be empty.
OPTIONAL = {"CSRF_TRUSTED_ORIGINS"}
HOLDS = {
    "TODOS_TABLE": "data.TodosTable",
    "FILES_TABLE": "data.FilesTable",
    "FILES_BUCKET": "data.FilesBucket",
    "STAFF_TABLE": "data.StaffTable",
    "AUDIT_TABLE": "data.AuditTable",
    "COGNITO_USER_POOL_ID": "auth.UserPool",
    "COGNITO_CLIENT_IDS": "auth.WebsiteClient",
    "STAFF_USER_POOL_ID": "auth.StaffUserPool",
    "STAFF_CLIENT_ID": "auth.StaffClient",
}


class _Noting(dict[str, str]):
    """An environment that notes which variables were asked for."""

    def __init__(self, given: dict[str, str]) -> None:
        super().__init__(given)
        self.read: set[str] = set()

    def get(self, name: str, default: str | None = None) -> str | None:  # type: ignore[override]
        self.read.add(name)
        return super().get(name, default)


@contextmanager
def _settings_with(environment: dict[str, str]) -> Iterator[set[str]]:
    """Read the settings anew; gives the names of the variables that they asked for. Raises ImproperlyConfigured."""
    noting = _Noting(environment)
    with mock.patch("os.environ", noting):
        runpy.run_path(str(ROOT / "todoproject" / "settings.py"))
    yield noting.read


def _told(container: Container) -> dict[str, str]:
    return container.variables | dict.fromkeys(container.secrets, "s" * 50)


@pytest.fixture(params=["todos", "files", "maintenance"])
def container(request: pytest.FixtureRequest, deployment: Deployment) -> Container:
    found = containers_of(deployment) | containers_of(deployment, "maintenance.MaintenanceTaskDefinition")
    return found[request.param]


def test_a_container_is_told_all_that_its_role_reads_and_nothing_else(container: Container) -> None:
    told = _told(container)
    with _settings_with(told) as read:
        assert set(told) - read == set(), "told, but never read"
        assert read - set(told) - DEFAULTS - OPTIONAL == set(), "read, but not told"


def test_a_container_needs_each_variable_that_it_is_told(container: Container) -> None:
    told = _told(container)
    for name in told.keys() - OPTIONAL:
        with pytest.raises(ImproperlyConfigured, match=name), _settings_with({**told, name: ""}):
            pass


def test_secrets_come_from_secrets_manager_and_not_from_the_template(
    container: Container, deployment: Deployment
) -> None:
    assert container.secrets == {"DJANGO_SECRET_KEY": deployment["data.DjangoSecretKey"].physical_id}
    assert not [name for name in container.variables if re.search("SECRET|PASSWORD|ACCESS_KEY", name)]
    assert int(deployment["data.DjangoSecretKey"].properties["GenerateSecretString"]["PasswordLength"]) >= 50


def test_a_container_s_role_is_its_own(container: Container) -> None:
    assert container.variables["SERVICE_ROLE"] == ("all" if container.name == "maintenance" else container.name)


def test_a_variable_holds_what_it_is_named_after(container: Container, deployment: Deployment) -> None:
    named = {name: value for name, value in container.variables.items() if name in HOLDS}
    assert named == {name: deployment[HOLDS[name]].physical_id for name in named}
    assert container.variables.keys() - named.keys() <= {"SERVICE_ROLE", "AWS_REGION", "CSRF_TRUSTED_ORIGINS"}


def test_the_schedules_run_commands_that_the_image_has(deployment: Deployment) -> None:
    commands = {path.stem for path in ROOT.glob("*/management/commands/[a-z]*.py")}
    scheduled = []
    for schedule in deployment.of_type("AWS::Scheduler::Schedule"):
        (override,) = json.loads(schedule.properties["Target"]["Input"])["containerOverrides"]
        assert override["name"] in containers_of(deployment, "maintenance.MaintenanceTaskDefinition")
        program, script, command, *_ = override["command"]
        assert (program, script) == ("python", "manage.py")
        scheduled.append(command)
    assert sorted(scheduled) == ["purge_trash", "reconcile_files"]
    assert set(scheduled) <= commands
