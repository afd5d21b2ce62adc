"""A stage is taken down only where no data would be lost sight of, by somebody who types its name, and to the end."""

import io
import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import boto3
import pytest

from deploy.release import progress
from deploy.release.consent import Consent
from deploy.release.errors import ReleaseError
from deploy.release.stage import Stage
from deploy.release.teardown import Teardown
from tests.release.conftest import Answers, answered, leave, statuses, template
from tests.release.test_deploy import Terminal


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "PAUSE", 0)


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", Terminal("todo-staging\n"))


@pytest.mark.parametrize("policy", ["Retain", "Delete"])
def test_a_stage_that_holds_data_is_not_taken_down(deploy: Callable[..., Stage], templates: Path, policy: str) -> None:
    file = templates / "data.yaml"
    file.write_text(file.read_text().replace('"DeletionPolicy": "Retain"', f'"DeletionPolicy": "{policy}"'))
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


@pytest.mark.usefixtures("typed")
def test_what_protects_the_cluster_is_taken_off_before_it_is_deleted(
    deploy: Callable[..., Stage], templates: Path, answers: Answers
) -> None:
    (templates / "cluster.yaml").write_text(json.dumps(_protected_cluster()))
    deploy("network", "cluster")
    calls: list[str] = []
    for operation in (
        "elastic-load-balancing-v2.ModifyLoadBalancerAttributes",
        "auto-scaling.UpdateAutoScalingGroup",
        "auto-scaling.SetInstanceProtection",
        "cloudformation.DeleteStack",
    ):
        answers(operation, partial(calls.append, operation))

    Teardown(Stage.read("staging", templates), Consent()).run(keep_data=False)
    assert calls == [
        "elastic-load-balancing-v2.ModifyLoadBalancerAttributes",
        "auto-scaling.UpdateAutoScalingGroup",
        "auto-scaling.SetInstanceProtection",
        "cloudformation.DeleteStack",
        "cloudformation.DeleteStack",
    ]
    assert statuses() == {}


def _protected_cluster() -> dict[str, Any]:
    subnets = boto3.client("ec2", region_name="eu-west-1").describe_subnets()["Subnets"]
    return template("cluster") | {
        "Resources": {
            "LoadBalancer": {
                "Type": "AWS::ElasticLoadBalancingV2::LoadBalancer",
                "Properties": {
                    "Name": "todo-staging",
                    "Subnets": [each["SubnetId"] for each in subnets],
                    "LoadBalancerAttributes": [{"Key": "deletion_protection.enabled", "Value": "true"}],
                },
            },
            "Launch": {
                "Type": "AWS::AutoScaling::LaunchConfiguration",
                "Properties": {"InstanceType": "t4g.small", "ImageId": "ami-12c6146b"},
            },
            "AutoScalingGroup": {
                "Type": "AWS::AutoScaling::AutoScalingGroup",
                "Properties": {
                    "MinSize": "1",
                    "MaxSize": "1",
                    "AvailabilityZones": [subnets[0]["AvailabilityZone"]],
                    "LaunchConfigurationName": {"Ref": "Launch"},
                    "NewInstancesProtectedFromScaleIn": True,
                },
            },
        }
    }


@pytest.mark.usefixtures("typed")
def test_what_stays_is_named_and_what_stands_in_the_way_of_a_new_stage(
    deploy: Callable[..., Stage], capsys: pytest.CaptureFixture[str]
) -> None:
    stage = deploy("pipeline", "data", "api")
    capsys.readouterr()
    Teardown(stage, Consent()).run(keep_data=False)
    assert capsys.readouterr().out == (
        "To be deleted: todo-staging-api, todo-staging-data, todo-staging-pipeline\n"
        "To stay, until you delete it by hand:\n"
        "  AWS::Logs::LogGroup todo-staging-api\n"
        "  AWS::DynamoDB::Table todos\n"
        "  AWS::ECR::Repository todo-staging\n"
        "Type todo-staging to go on: "
        "todo-staging-api: deleting\n"
        "todo-staging-data: deleting\n"
        "todo-staging-pipeline: deleting\n"
        "A new pipeline stack cannot be made while todo-staging is there. Delete it with its images (aws ecr "
        "delete-repository --force --repository-name todo-staging), or import it into the new stack.\n"
    )


@pytest.mark.usefixtures("typed")
def test_a_deletion_that_fails_says_why_and_the_same_command_goes_on(
    deploy: Callable[..., Stage], answers: Answers
) -> None:
    stage = deploy("network", "auth")

    def fail() -> Any:
        leave("todo-staging-auth", "DELETE_FAILED", ("UserPool", "AWS::Cognito::UserPool", "In use"))
        return answered()

    answers("cloudformation.DeleteStack", fail)
    with pytest.raises(ReleaseError) as failed:
        Teardown(Stage.read("staging", stage.templates), Consent()).run(keep_data=False)
    assert str(failed.value) == (
        "todo-staging-auth could not be deleted (DELETE_FAILED). What failed: \n"
        "  UserPool (AWS::Cognito::UserPool): In use\nMend that; the same command goes on."
    )
    assert statuses() == {"todo-staging-network": "CREATE_COMPLETE", "todo-staging-auth": "DELETE_FAILED"}


def test_a_dry_run_deletes_nothing(deploy: Callable[..., Stage]) -> None:
    stage = deploy("network")
    Teardown(stage, Consent(dry_run=True)).run(keep_data=False)
    assert statuses() == {"todo-staging-network": "CREATE_COMPLETE"}


def test_a_stage_that_is_not_there_has_nothing_to_take_down(templates: Path) -> None:
    with pytest.raises(ReleaseError, match="has no stack in this account and region"):
        Teardown(Stage.read("staging", templates), Consent()).run(keep_data=False)
