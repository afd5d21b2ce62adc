"""What is said where a stage's file, the credentials or the terminal are not as they must be."""

import io
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from deploy.release.consent import Consent
from deploy.release.errors import ReleaseError
from deploy.release.stage import ROOT, TEMPLATES, Stage
from deploy.release.teardown import Teardown
from tests.release.conftest import statuses, write_parameters


@pytest.mark.parametrize("name", ["nowhere", "", "../staging"])
def test_an_unknown_stage_is_answered_with_the_known_ones(templates: Path, name: str) -> None:
    with pytest.raises(ReleaseError, match=r"There is no stage .*name one of staging"):
        Stage.read(name, templates)


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ({"netwrok": {}}, "names what is no stack: netwrok. Stacks: pipeline, network"),
        ([], "must be of the form"),
        ({"network": {"NatGateways": 1}}, "must be of the form"),
    ],
)
def test_a_file_of_another_form_is_refused(templates: Path, parameters: object, sentence: str) -> None:
    write_parameters(templates, parameters)
    with pytest.raises(ReleaseError, match=sentence):
        Stage.read("staging", templates)


def test_a_file_that_is_not_json_is_refused_with_the_place(templates: Path) -> None:
    (templates / "parameters" / "staging.json").write_text('{"network": {},}')
    with pytest.raises(ReleaseError, match=r"staging.json is not JSON: .*line 1 column"):
        Stage.read("staging", templates)


def test_a_parameter_that_the_template_does_not_have_is_refused(deploy: Callable[..., Stage], templates: Path) -> None:
    write_parameters(templates, {"network": {"NatGatways": "one"}})
    with pytest.raises(ReleaseError, match=r"NatGatways: no parameter of cloudformation/network.yaml"):
        deploy("network")
    assert statuses() == {}


def test_a_parameter_without_a_value_is_named(deploy: Callable[..., Stage], templates: Path) -> None:
    body = (templates / "network.yaml").read_text()
    (templates / "network.yaml").write_text(body.replace('"Stage": {', '"VpcCidr": {"Type": "String"}, "Stage": {'))
    with pytest.raises(ReleaseError, match=r"todo-staging-network needs VpcCidr: write it under 'network'"):
        deploy("network")
    assert statuses() == {}


@pytest.mark.parametrize("stage", sorted(file.stem for file in (TEMPLATES / "parameters").glob("*.json")))
@pytest.mark.parametrize("command", ["deploy", "status", "smoke", "image"])
def test_without_credentials_it_says_so(command: str, stage: str) -> None:
    env = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    env |= {"AWS_REGION": "eu-west-1", "AWS_EC2_METADATA_DISABLED": "true", "HOME": "/nonexistent"}
    done = subprocess.run(
        [sys.executable, "-m", f"deploy.release.{command}", "--stage", stage],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    expected = "No credentials for AWS. Sign in first (aws sso login, or AWS_PROFILE=…), then try again.\n"
    committed = "There are changes that no commit holds."
    assert done.returncode == 1
    assert done.stderr == expected or (command == "image" and done.stderr.startswith(committed))


def test_a_stage_that_holds_data_is_not_taken_down(deploy: Callable[..., Stage]) -> None:
    stage = deploy("network", "data")
    stage.client("dynamodb").put_item(TableName="todos", Item={"userID": {"S": "somebody"}})
    before = statuses()
    with pytest.raises(ReleaseError, match="Nothing was deleted, since there is data:\n  Table todos: has items"):
        Teardown(stage, Consent()).run(keep_data=False)
    assert statuses() == before


def test_no_stage_is_taken_down_without_a_terminal(
    deploy: Callable[..., Stage], monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = deploy("network")
    monkeypatch.setattr("sys.stdin", io.StringIO("todo-staging\n"))
    with pytest.raises(ReleaseError, match="there is no terminal to ask at"):
        Teardown(stage, Consent(yes=True)).run(keep_data=True)
    assert statuses() == {"todo-staging-network": "CREATE_COMPLETE"}


def test_a_stage_that_is_not_there_has_nothing_to_take_down(templates: Path) -> None:
    with pytest.raises(ReleaseError, match="has no stack in this account and region"):
        Teardown(Stage.read("staging", templates), Consent()).run(keep_data=False)
