"""A stage from nothing, and from there on: what is deployed, in which order, and what is left alone."""

import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from deploy.release import service
from deploy.release.consent import Consent
from deploy.release.errors import ReleaseError
from deploy.release.stage import STACKS, Stage
from tests.release.conftest import TAG, parameters_of, push, statuses, template, write_parameters

Deploy = Callable[..., Stage]


class Terminal(io.StringIO):
    """Standard input at which somebody types."""

    def isatty(self) -> bool:
        return True


@pytest.mark.usefixtures("image")
def test_a_stage_comes_up_from_nothing_and_learns_its_addresses_last(deploy: Deploy) -> None:
    stage = deploy()

    assert statuses() == {
        stage.stack(name): "UPDATE_COMPLETE" if name in ("data", "service", "api") else "CREATE_COMPLETE"
        for name in STACKS
    }
    assert parameters_of(stage, "data") == {"Stage": "staging", "WebsiteOrigin": "https://d111.cloudfront.net"}
    assert parameters_of(stage, "service") == {
        "Stage": "staging",
        "ApiOrigin": "https://abc.execute-api.eu-west-1.amazonaws.com",
        "TodosImageTag": TAG,
        "FilesImageTag": TAG,
        "MinTasks": "3",
    }


@pytest.mark.usefixtures("image")
def test_with_domains_of_its_own_every_address_is_known_before(deploy: Deploy, templates: Path) -> None:
    domains = {"api": {"DomainName": "api.example.com"}, "website": {"DomainName": "todo.example.com"}}
    write_parameters(templates, domains)
    stage = deploy()

    assert set(statuses().values()) == {"CREATE_COMPLETE"}
    assert parameters_of(stage, "data")["WebsiteOrigin"] == "https://todo.example.com"
    assert parameters_of(stage, "service")["ApiOrigin"] == "https://api.example.com"
    assert parameters_of(stage, "website")["ApiDomainName"] == "api.example.com"


@pytest.mark.usefixtures("image")
def test_deploying_again_changes_nothing(deploy: Deploy, capsys: pytest.CaptureFixture[str]) -> None:
    deploy()
    capsys.readouterr()
    deploy()
    assert capsys.readouterr().out == "".join(f"todo-staging-{name}: nothing to change\n" for name in STACKS)


def test_a_dry_run_of_nothing_leaves_nothing(deploy: Deploy, capsys: pytest.CaptureFixture[str]) -> None:
    deploy(dry_run=True, yes=False)
    assert statuses() == {}
    assert "todo-staging-data: would be created, with AWS::DynamoDB::Table, AWS::SNS::Topic" in capsys.readouterr().out


def _change_sets(stage: Stage) -> list[str]:
    """moto, unlike AWS, lists those that were carried out too."""
    listed = stage.cloudformation.list_change_sets(StackName="todo-staging-network")["Summaries"]
    return [each["ChangeSetName"] for each in listed]


def test_a_dry_run_shows_what_would_change_and_changes_nothing(
    deploy: Deploy, templates: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = _change_sets(deploy("network"))
    changed = template("network")
    changed["Resources"]["Queue"] = {"Type": "AWS::SQS::Queue"}
    (templates / "network.yaml").write_text(json.dumps(changed))
    capsys.readouterr()

    stage = deploy("network", dry_run=True, yes=False)
    assert "  + Queue                        AWS::SQS::Queue\n" in capsys.readouterr().out
    assert _change_sets(stage) == before
    assert statuses() == {"todo-staging-network": "CREATE_COMPLETE"}


def test_without_an_image_it_stops_before_the_service_and_says_how_to_make_one(deploy: Deploy) -> None:
    with pytest.raises(
        ReleaseError, match=r"There is no image 0{40} in .*: make image STAGE=staging, then deploy again"
    ):
        deploy()
    assert set(statuses()) == {f"todo-staging-{name}" for name in STACKS[:5]}


@pytest.mark.usefixtures("image")
def test_a_deployment_of_the_core_sets_no_image_back(deploy: Deploy, templates: Path) -> None:
    deploy()
    push("files-2")
    service.release(Stage.read("staging", templates), "files", "files-2", Consent(yes=True))
    changed = template("service")
    changed["Parameters"]["MinTasks"]["Default"] = "6"
    (templates / "service.yaml").write_text(json.dumps(changed))

    stage = deploy()
    has = parameters_of(stage, "service")
    assert (has["TodosImageTag"], has["FilesImageTag"], has["MinTasks"]) == (TAG, "files-2", "6")


@pytest.mark.usefixtures("image")
def test_a_release_changes_one_tag_and_maintenance_follows_todos(deploy: Deploy) -> None:
    stage = deploy()
    before = parameters_of(stage, "service")
    push("todos-2")
    service.release(stage, "todos", "todos-2", Consent(yes=True))

    assert parameters_of(stage, "service") == before | {"TodosImageTag": "todos-2"}
    assert parameters_of(stage, "maintenance") == {"Stage": "staging", "MaintenanceImageTag": "todos-2"}


@pytest.mark.usefixtures("image")
def test_an_image_that_is_not_there_is_not_released(deploy: Deploy) -> None:
    stage = deploy()
    before = parameters_of(stage, "service")
    with pytest.raises(ReleaseError, match="There is no image never-pushed"):
        service.release(stage, "files", "never-pushed", Consent(yes=True))
    assert parameters_of(stage, "service") == before


@pytest.mark.parametrize("typed", ["n\n", "\n", ""])
def test_who_does_not_agree_gets_nothing(deploy: Deploy, monkeypatch: pytest.MonkeyPatch, typed: str) -> None:
    monkeypatch.setattr("sys.stdin", Terminal(typed))
    with pytest.raises(ReleaseError, match="todo-staging-network was not changed, nor anything after it"):
        deploy("network", "data", yes=False)
    assert statuses() == {}


def test_who_agrees_at_the_terminal_gets_it(deploy: Deploy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", Terminal("y\n"))
    deploy("network", yes=False)
    assert statuses() == {"todo-staging-network": "CREATE_COMPLETE"}


def test_without_a_terminal_nobody_agrees(deploy: Deploy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    with pytest.raises(ReleaseError, match="no terminal to ask at"):
        deploy("network", yes=False)
    assert statuses() == {}


def test_an_interrupt_at_the_question_leaves_nothing(deploy: Deploy, monkeypatch: pytest.MonkeyPatch) -> None:
    class Interrupted(Terminal):
        def readline(self, *_: object) -> str:
            raise KeyboardInterrupt

    monkeypatch.setattr("sys.stdin", Interrupted())
    with pytest.raises(KeyboardInterrupt):
        deploy("network", yes=False)
    assert statuses() == {}


def test_no_pipeline_removes_a_table(deploy: Deploy, templates: Path) -> None:
    deploy("data")
    changed = template("data")
    del changed["Resources"]["TodosTable"], changed["Outputs"]["TodosTable"]
    (templates / "data.yaml").write_text(json.dumps(changed))
    with pytest.raises(ReleaseError, match="TodosTable would be replaced or removed"):
        deploy("data")
    assert statuses() == {"todo-staging-data": "CREATE_COMPLETE"}


def test_a_table_is_removed_only_by_typing_the_name_of_its_stack(
    deploy: Deploy, templates: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deploy("data")
    changed = template("data")
    del changed["Resources"]["TodosTable"], changed["Outputs"]["TodosTable"]
    (templates / "data.yaml").write_text(json.dumps(changed))
    monkeypatch.setattr("sys.stdin", Terminal("y\n"))
    with pytest.raises(ReleaseError, match="was not changed"):
        deploy("data", yes=False)
    monkeypatch.setattr("sys.stdin", Terminal("todo-staging-data\n"))
    deploy("data", yes=False)
    assert statuses() == {"todo-staging-data": "UPDATE_COMPLETE"}
