"""What is said where a stage's file, the credentials or the terminal are not as they must be."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from botocore.exceptions import BotoCoreError, EndpointConnectionError

from deploy.release.errors import ReleaseError, explain
from deploy.release.stage import ROOT, TEMPLATES, Stage
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


def test_without_a_region_it_says_so(monkeypatch: pytest.MonkeyPatch, templates: Path) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    with pytest.raises(ReleaseError, match=r"No region\. Set AWS_REGION, or a region in the AWS profile\."):
        Stage.read("staging", templates)


def test_a_profile_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch, templates: Path) -> None:
    monkeypatch.delenv("AWS_REGION", raising=False)
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    with pytest.raises(BotoCoreError) as error:
        Stage.read("staging", templates)
    assert explain(error.value) == "The config profile (nobody) could not be found"


def test_an_aws_that_does_not_answer_is_named(templates: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    error = EndpointConnectionError(endpoint_url="https://sts.eu-west-1.amazonaws.com/")
    assert explain(error) == (
        'AWS could not be reached: Could not connect to the endpoint URL: "https://sts.eu-west-1.amazonaws.com/". '
        "Try again; what is done stays."
    )


def test_every_output_that_a_command_reads_is_one_of_the_template() -> None:
    sources = "".join(file.read_text() for file in (ROOT / "deploy" / "release").glob("*.py"))
    read = set(re.findall(r'outputs?\("(\w+)"(?:, |\)\.get\(|\)\[)"(\w+)"', sources))
    assert len(read) > 10
    written = {
        (file.stem, name)
        for file in TEMPLATES.glob("*.yaml")
        for name in re.findall(r"^  (\w+):$", file.read_text().partition("\nOutputs:\n")[2], re.MULTILINE)
    }
    assert read - written == set()
