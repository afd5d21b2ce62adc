"""A stage in moto: small templates with the names, parameters and outputs that the real ones have."""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from moto import mock_aws
from moto.cloudformation.models import ChangeSet, CloudFormationBackend, Event, Stack, cloudformation_backends

from deploy.release.consent import Consent
from deploy.release.deploy import Deployment
from deploy.release.stage import STACKS, Stage

TAG = "0" * 40
_IMAGE = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json"}
_PARAMETERS: dict[str, dict[str, str | None]] = {
    "data": {"WebsiteOrigin": ""},
    "api": {"WebsiteOrigin": "", "DomainName": ""},
    "service": {"ApiOrigin": "", "TodosImageTag": None, "FilesImageTag": None, "MinTasks": "3"},
    "maintenance": {"MaintenanceImageTag": None},
    "website": {"ApiDomainName": "", "DomainName": ""},
}
_TABLE = {
    "Type": "AWS::DynamoDB::Table",
    "DeletionPolicy": "Retain",
    "Properties": {
        "TableName": "todos",
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": "userID", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "userID", "KeyType": "HASH"}],
    },
}
_RESOURCES: dict[str, dict[str, Any]] = {
    "pipeline": {
        "Repository": {
            "Type": "AWS::ECR::Repository",
            "DeletionPolicy": "RetainExceptOnCreate",
            "Properties": {"RepositoryName": "todo-staging"},
        }
    },
    "data": {"TodosTable": _TABLE},
    "api": {
        "AccessLog": {
            "Type": "AWS::Logs::LogGroup",
            "DeletionPolicy": "Retain",
            "Properties": {"LogGroupName": "todo-staging-api"},
        }
    },
    "website": {"WebsiteBucket": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "todo-staging-website"}}},
}
_OUTPUTS: dict[str, dict[str, Any]] = {
    "pipeline": {
        "RepositoryName": {"Ref": "Repository"},
        "RepositoryUri": "111122223333.dkr.ecr.eu-west-1.amazonaws.com/todo-staging",
    },
    "data": {"TodosTable": {"Ref": "TodosTable"}, "FilesBucket": "todo-staging-files"},
    "auth": {"UserPoolId": "eu-west-1_pool", "WebsiteClientId": "client"},
    "cluster": {"ClusterName": "todo-staging"},
    "service": {"ServiceName": "todo-staging-service"},
    "api": {"ApiUrl": "https://abc.execute-api.eu-west-1.amazonaws.com"},
    "website": {
        "WebsiteUrl": "https://d111.cloudfront.net",
        "WebsiteBucket": {"Ref": "WebsiteBucket"},
        "SecurityContact": "mailto:security@example.com",
    },
}


def template(name: str) -> dict[str, Any]:
    parameters = {"Stage": None} | _PARAMETERS.get(name, {})
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Parameters": {
            key: {"Type": "String"} | ({} if default is None else {"Default": default})
            for key, default in parameters.items()
        },
        "Resources": _RESOURCES.get(name, {}) | {"Topic": {"Type": "AWS::SNS::Topic"}},
        "Outputs": {key: {"Value": value} for key, value in _OUTPUTS.get(name, {}).items()},
    }


_moto_apply, _moto_create = ChangeSet.apply, CloudFormationBackend.create_change_set


def _apply(change_set: Any) -> None:
    """moto leaves a stack that was made by a change set without outputs."""
    _moto_apply(change_set)
    stack = change_set.stack
    stack.template, stack.parameters = change_set.template, change_set.parameters
    stack._parse_template()
    stack.output_map = stack._create_output_map()


def _create_change_set(backend: Any, stack_name: str, *args: Any, **kwargs: Any) -> Any:
    """moto makes a second stack beside one that waits for a first change set; AWS takes the one that is there."""
    for stack in [each for each in backend.stacks.values() if each.name == stack_name]:
        if stack.status == "REVIEW_IN_PROGRESS":
            del backend.stacks[stack.stack_id]
    return _moto_create(backend, stack_name, *args, **kwargs)


def stack_in_moto(name: str) -> Stack:
    stacks = cloudformation_backends["123456789012"]["eu-west-1"].stacks.values()
    return next(stack for stack in stacks if stack.name == name)


def leave(name: str, status: str, *failures: tuple[str, str, str], began: str = "UPDATE_IN_PROGRESS") -> None:
    """As if CloudFormation had left the stack so, which moto never does. A failure: resource, its type, the reason."""
    stack = stack_in_moto(name)
    stack._add_stack_event(began, resource_status_reason="User Initiated")
    for resource, kind, reason in failures:
        stack.events.append(Event(stack.stack_id, name, resource, resource, kind, "UPDATE_FAILED", reason, None))
    stack._add_stack_event(status)
    stack.status = status


@pytest.fixture(autouse=True)
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """moto in the place of AWS; the stand-ins of the other tests are out of reach."""
    for name in os.environ:
        if name.startswith("AWS_ENDPOINT_URL"):
            monkeypatch.delenv(name)
    # boto3's own session keeps moto's keys, which the stand-ins do not know.
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    monkeypatch.setattr(ChangeSet, "apply", _apply)
    monkeypatch.setattr(CloudFormationBackend, "create_change_set", _create_change_set)
    with mock_aws():
        yield


@pytest.fixture
def templates(tmp_path: Path) -> Path:
    (tmp_path / "parameters").mkdir()
    write_parameters(tmp_path, {})
    for name in STACKS:
        (tmp_path / f"{name}.yaml").write_text(json.dumps(template(name)))
    return tmp_path


def write_parameters(templates: Path, parameters: Any) -> None:
    (templates / "parameters" / "staging.json").write_text(json.dumps(parameters))


@pytest.fixture
def deploy(templates: Path) -> Callable[..., Stage]:
    def run(*stacks: str, yes: bool = True, dry_run: bool = False) -> Stage:
        stage = Stage.read("staging", templates)
        Deployment(stage, Consent(yes=yes, dry_run=dry_run), TAG).run(stacks or STACKS)
        return stage

    return run


@pytest.fixture
def image(deploy: Callable[..., Stage]) -> None:
    """The first stack, and the image that the services begin with."""
    deploy("pipeline")
    push(TAG)


def push(tag: str) -> None:
    ecr = boto3.client("ecr", region_name="eu-west-1")
    ecr.put_image(repositoryName="todo-staging", imageManifest=json.dumps(_IMAGE | {"tag": tag}), imageTag=tag)


def statuses() -> dict[str, str]:
    cloudformation = boto3.client("cloudformation", region_name="eu-west-1")
    return {stack["StackName"]: stack["StackStatus"] for stack in cloudformation.describe_stacks()["Stacks"]}


def parameters_of(stage: Stage, name: str) -> dict[str, str]:
    found = stage.describe(name)
    assert found
    return {each["ParameterKey"]: each["ParameterValue"] for each in found["Parameters"]}


class Answers:
    """Answers that come before moto's: an error, after all of botocore's attempts, or whatever else a call does."""

    def __init__(self, events: Any) -> None:
        self._events, self._registered = events, list[tuple[str, Any]]()

    def __call__(self, operation: str, answer: Callable[[], Any]) -> None:
        """`operation` as in cloudformation.DescribeStacks. Where `answer` returns nothing, moto answers."""

        def before_call(**_: object) -> Any:
            return answer()

        self._registered.append((f"before-call.{operation}", before_call))
        self._events.register(*self._registered[-1])

    def end(self) -> None:
        for registered in self._registered:
            self._events.unregister(*registered)


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Answers:
    """For the clients that are made from now on."""
    session = boto3.session.Session()
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", session)
    return Answers(session.events)


def answered(**answer: Any) -> Any:
    return AWSResponse("", 200, {}, None), answer  # type: ignore[arg-type]


def refused(code: str, message: str) -> Any:
    return AWSResponse("", 400, {}, None), {"Error": {"Code": code, "Message": message}}  # type: ignore[arg-type]
