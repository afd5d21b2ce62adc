"""Least privilege, proven: what the processes asked of AWS is allowed, and what is allowed was asked for."""

from pathlib import Path

import pytest

from tests.cloud.calls import read_calls
from tests.cloud.deployment import Deployment
from tests.cloud.iam import Call, allows, is_like, read, statements_of
from tests.cloud.running import Stage
from tests.cloud.work import maintain

# Actions for which AWS has nothing narrower than every resource, each with the reason.
EVERY_RESOURCE = {
    "cloudformation:GetTemplateSummary": "a template that is sent along belongs to no stack",
    "cloudformation:ValidateTemplate": "a template that is sent along belongs to no stack",
    "ecr:GetAuthorizationToken": "signs in to the registry of the account",
    "ecs:DiscoverPollEndpoint": "asks where to ask",
    "ssm:UpdateInstanceInformation": "Session Manager",
    "ssmmessages:CreateControlChannel": "Session Manager",
    "ssmmessages:CreateDataChannel": "Session Manager",
    "ssmmessages:OpenControlChannel": "Session Manager",
    "ssmmessages:OpenDataChannel": "Session Manager",
}
# Only where a copy of many megabytes fails half-way.
RARE = {"s3:AbortMultipartUpload"}


def _unused(deployment: Deployment, role: str, calls: set[Call]) -> list[tuple[str, str]]:
    """Action and resource of everything that the role may do and nobody did."""
    return sorted(
        (action, resource)
        for statement in statements_of(deployment[role])
        for action in statement.actions
        for resource in statement.resources
        if not any(is_like(call.action, action) and is_like(call.resource, resource) for call in calls)
    )


def test_the_service_may_do_what_it_does(worked_stage: Stage) -> None:
    calls = read_calls(worked_stage, *worked_stage.calls.values())
    assert {call.action for call in calls} >= {"dynamodb:Query", "s3:PutObject", "s3:GetObject", "s3:ListBucket"}
    statements = statements_of(worked_stage.deployment["service.TaskRole"])
    assert [str(call) for call in calls if not allows(statements, call)] == []


def test_the_service_does_what_it_may_do(worked_stage: Stage) -> None:
    calls = read_calls(worked_stage, *worked_stage.calls.values())
    assert _unused(worked_stage.deployment, "service.TaskRole", calls) == []


@pytest.fixture(scope="session")
def maintenance_calls(stage: Stage, tmp_path_factory: pytest.TempPathFactory) -> set[Call]:
    calls: Path = tmp_path_factory.mktemp("maintenance") / "calls"
    maintain(stage, calls)
    return read_calls(stage, calls)


def test_maintenance_may_do_what_it_does(stage: Stage, maintenance_calls: set[Call]) -> None:
    statements = statements_of(stage.deployment["maintenance.MaintenanceRole"])
    assert [str(call) for call in maintenance_calls if not allows(statements, call)] == []


def test_maintenance_does_what_it_may_do(stage: Stage, maintenance_calls: set[Call]) -> None:
    unused = _unused(stage.deployment, "maintenance.MaintenanceRole", maintenance_calls)
    assert [each for each in unused if each[0] not in RARE] == []


def test_a_task_has_the_role_that_was_looked_at(deployment: Deployment) -> None:
    for task, role in [
        ("service.ServiceTaskDefinition", "service.TaskRole"),
        ("maintenance.MaintenanceTaskDefinition", "maintenance.MaintenanceRole"),
    ]:
        assert deployment[task].properties["TaskRoleArn"].endswith(f"role/{deployment[role].physical_id}")
        assert "ManagedPolicyArns" not in deployment[role].properties
    assert [each for each in deployment.resources if each.type in ("AWS::IAM::Policy", "AWS::IAM::RolePolicy")] == []


def test_no_role_may_do_everything_or_to_everything_but_what_has_nothing_narrower(deployment: Deployment) -> None:
    for role in deployment.of_type("AWS::IAM::Role"):
        for statement in statements_of(role):
            if statement.effect == "Deny" or role.logical_id in POWERFUL:
                continue
            assert not [action for action in statement.actions if "*" in action], role
            for resource in statement.resources:
                assert resource != "*" or set(statement.actions) <= set(EVERY_RESOURCE), (role, statement.actions)
                assert resource == "*" or resource.count(":") >= 5, (role, resource)


# CloudFormation makes all that the templates describe; what it can give away is limited by the boundary.
POWERFUL = {"CloudFormationRole"}


def test_every_role_that_runs_is_bounded_and_assumed_by_one_service_of_this_account(deployment: Deployment) -> None:
    for role in deployment.of_type("AWS::IAM::Role"):
        (statement,) = role.properties["AssumeRolePolicyDocument"]["Statement"]
        (kind,) = statement["Principal"]
        assert kind in ("Service", "Federated"), role
        assert statement["Principal"][kind] != "*", role
        if role.stack != "pipeline":
            assert (
                role.properties["PermissionsBoundary"] == deployment.exports[f"todo-{deployment.stage}-RoleBoundaryArn"]
            )
            # EC2 gives no source to compare.
            assert "aws:SourceAccount" in str(statement.get("Condition")) or role.logical_id == "InstanceRole", role


def test_the_boundary_takes_nothing_away_from_what_a_role_may_do(deployment: Deployment) -> None:
    """Which would be refused on AWS, whatever the role itself allows."""
    boundary = list(read(deployment["pipeline.RoleBoundary"].properties["PolicyDocument"]))
    refused = [
        (str(role), str(call))
        for role in deployment.of_type("AWS::IAM::Role")
        if role.stack != "pipeline"
        for statement in statements_of(role)
        for action in statement.actions
        for resource in statement.resources
        if not allows(
            boundary, call := Call(action, resource, tuple(statement.conditions.get("StringEquals", {}).items()))
        )
    ]
    assert refused == []


def test_github_assumes_a_role_only_for_this_repository_and_stage(deployment: Deployment) -> None:
    federated = 0
    for role in deployment.of_type("AWS::IAM::Role"):
        (statement,) = role.properties["AssumeRolePolicyDocument"]["Statement"]
        if statement["Action"] == "sts:AssumeRoleWithWebIdentity":
            federated += 1
            (condition,) = statement["Condition"].values()
            issuer = "token.actions.githubusercontent.com"
            assert condition == {
                f"{issuer}:aud": "sts.amazonaws.com",
                f"{issuer}:sub": f"repo:example/todo:environment:{deployment.stage}",
            }
    assert federated == 3


@pytest.mark.parametrize(
    ("document", "call", "allowed"),
    [
        ({"Effect": "Allow", "Action": "s3:Get*", "Resource": "arn:b/*"}, Call("s3:GetObject", "arn:b/k"), True),
        ({"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:b"}, Call("s3:GetObject", "arn:b/k"), False),
        ({"Effect": "Allow", "Action": "s3:PutObject", "Resource": "*"}, Call("s3:GetObject", "arn:b/k"), False),
        (
            {"Effect": "Allow", "Action": "a:B", "Resource": "*", "Condition": {"StringLike": {"s3:prefix": "x/*"}}},
            Call("a:B", "r", (("s3:prefix", "y/1"),)),
            False,
        ),
    ],
)
def test_policies_are_read_as_iam_reads_them(document: dict[str, object], call: Call, allowed: bool) -> None:
    assert allows(read({"Statement": document}), call) is allowed
    assert not allows([*read({"Statement": document}), *read({"Statement": {**document, "Effect": "Deny"}})], call)
