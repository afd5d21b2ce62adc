"""How containers and instances run: what linters do not see, and what the image test runs the image with."""

import re
from typing import Any

import pytest

from tests.cloud.balancer import containers_of
from tests.cloud.deployment import Deployment
from tests.image.engine import HARDENED

TASKS = ["service.ServiceTaskDefinition", "maintenance.MaintenanceTaskDefinition"]


@pytest.mark.parametrize("task", TASKS)
def test_a_container_is_hardened_as_the_image_is_tested(deployment: Deployment, task: str) -> None:
    assert HARDENED == ("--read-only", "--cap-drop", "all", "--security-opt", "no-new-privileges")
    for container in containers_of(deployment, task).values():
        told = container.definition
        assert (told["ReadonlyRootFilesystem"], told["Privileged"]) == (True, False), container.name
        assert told["LinuxParameters"] == {"InitProcessEnabled": True, "Capabilities": {"Drop": ["ALL"]}}
        assert told["DockerSecurityOptions"] == ["no-new-privileges"]
        assert told["User"] == "10001:10001"
        assert "MountPoints" not in told


@pytest.mark.parametrize("task", TASKS)
def test_a_container_has_memory_a_log_and_an_image_of_the_repository(deployment: Deployment, task: str) -> None:
    repository = deployment.exports[f"todo-{deployment.stage}-RepositoryUri"]
    logs = [each.physical_id for each in deployment.of_type("AWS::Logs::LogGroup")]
    for container in containers_of(deployment, task).values():
        told = container.definition
        assert 0 < told["MemoryReservation"] <= told["Memory"], container.name
        assert told["Cpu"] > 0
        assert told["Essential"] is True
        assert told["Image"].rpartition(":")[0] == repository
        assert told["LogConfiguration"]["Options"]["awslogs-group"] in logs


def test_one_crash_does_not_take_the_other_container_along(deployment: Deployment) -> None:
    for container in containers_of(deployment).values():
        assert container.definition["RestartPolicy"]["Enabled"] is True


def test_the_two_containers_have_image_tags_of_their_own(deployment: Deployment) -> None:
    tags = {name: each.definition["Image"].rpartition(":")[2] for name, each in containers_of(deployment).items()}
    moved = Deployment(deployment.stage, changed={"service": {"TodosImageTag": "moved"}})
    after = {name: each.definition["Image"].rpartition(":")[2] for name, each in containers_of(moved).items()}
    assert after == tags | {"todos": "moved"}


def test_the_service_has_no_count_and_runs_where_the_capacity_provider_says(deployment: Deployment) -> None:
    (service,) = deployment.of_type("AWS::ECS::Service")
    told = service.properties
    assert {"DesiredCount", "LaunchType"} & set(told) == set()
    (strategy,) = told["CapacityProviderStrategy"]
    assert strategy["CapacityProvider"] == deployment["cluster.CapacityProvider"].physical_id
    assert told["TaskDefinition"] == deployment["service.ServiceTaskDefinition"].physical_id
    assert told["Cluster"] == deployment["cluster.Cluster"].physical_id
    assert told["PlacementStrategies"] == [
        {"Type": "spread", "Field": "attribute:ecs.availability-zone"},
        {"Type": "binpack", "Field": "memory"},
    ]


def test_instances_machine_image_and_containers_are_of_one_kind(deployment: Deployment) -> None:
    """Arm: what Graviton's types have a g for behind their generation."""
    types = deployment.templates["cluster"]["Parameters"]["InstanceType"]["AllowedValues"]
    assert [each for each in types if not re.fullmatch(r"[a-z]\dg\.\w+", each)] == []
    assert "/arm64/" in deployment.templates["cluster"]["Parameters"]["ImageId"]["Default"]
    platforms = [deployment[task].properties["RuntimePlatform"] for task in TASKS]
    assert platforms == [{"CpuArchitecture": "ARM64", "OperatingSystemFamily": "LINUX"}] * 2


def test_a_failed_deployment_is_taken_back_and_costs_no_task(deployment: Deployment) -> None:
    told = deployment["service.Service"].properties["DeploymentConfiguration"]
    assert told["DeploymentCircuitBreaker"] == {"Enable": True, "Rollback": True}
    assert (told["MinimumHealthyPercent"], told["MaximumPercent"]) == (100, 200)


def test_instances_follow_the_tasks_and_drain(deployment: Deployment) -> None:
    told = deployment["cluster.CapacityProvider"].properties["AutoScalingGroupProvider"]
    assert told["AutoScalingGroupArn"] == deployment["cluster.AutoScalingGroup"].physical_id
    assert (told["ManagedScaling"]["Status"], told["ManagedDraining"]) == ("ENABLED", "ENABLED")
    (association,) = deployment.of_type("AWS::ECS::ClusterCapacityProviderAssociations")
    assert association.properties["CapacityProviders"] == [deployment["cluster.CapacityProvider"].physical_id]
    group = deployment["cluster.AutoScalingGroup"].properties
    assert "DesiredCapacity" not in group
    protected = told["ManagedTerminationProtection"] == "ENABLED"
    assert group["NewInstancesProtectedFromScaleIn"] is protected


def test_there_is_room_for_the_tasks_of_the_stage(deployment: Deployment) -> None:
    """A two-core instance has 2,048 units of CPU; the least tasks must fit on the least instances."""
    units = sum(each.definition["Cpu"] for each in containers_of(deployment).values())
    group, target = deployment["cluster.AutoScalingGroup"].properties, deployment["service.ScalableTarget"].properties
    per_instance = 2048 // units
    for tasks, instances in (("MinCapacity", "MinSize"), ("MaxCapacity", "MaxSize")):
        assert int(target[tasks]) <= int(group[instances]) * per_instance, (tasks, instances)


@pytest.mark.parametrize("changed", [{"NatGateways": "one"}, {"NatGateways": "per-zone"}])
def test_either_number_of_nat_gateways_can_be_created(deployment: Deployment, changed: dict[str, Any]) -> None:
    made = Deployment(deployment.stage, changed={"network": changed})
    assert len(list(made.of_type("AWS::EC2::NatGateway"))) == (1 if changed["NatGateways"] == "one" else 3)
