"""What the load balancer and ECS are told by the created stacks: which container a request reaches."""

import re
from dataclasses import dataclass
from typing import Any

from moto.elbv2.models import elbv2_backends

from tests.cloud.deployment import Deployment
from tests.cloud.templates import REGION


@dataclass(frozen=True)
class Rule:
    """A rule of the listener, as created: the lowest priority that matches decides."""

    priority: int
    patterns: tuple[str, ...]
    target_group: str

    def matches(self, path: str) -> bool:
        return any(re.fullmatch(_expression(pattern), path) for pattern in self.patterns)


@dataclass(frozen=True)
class Container:
    """A container of the task definition; `port` is what a target group sends requests to."""

    name: str
    port: int
    definition: dict[str, Any]

    @property
    def variables(self) -> dict[str, str]:
        return {each["Name"]: str(each["Value"]) for each in self.definition.get("Environment", [])}

    @property
    def secrets(self) -> dict[str, str]:
        return {each["Name"]: each["ValueFrom"] for each in self.definition.get("Secrets", [])}


@dataclass(frozen=True)
class Balancer:
    rules: list[Rule]
    containers: dict[str, Container]
    """By the target group that leads to them."""

    @classmethod
    def of(cls, deployment: Deployment) -> "Balancer":
        """Raises where the listener, a rule, the service and the task definition do not fit together."""
        backend = elbv2_backends[deployment.account][REGION]
        (listener,) = deployment.of_type("AWS::ElasticLoadBalancingV2::Listener")
        rules = [
            _rule(each) for each in backend.describe_rules(listener.physical_id, None) if each.priority != "default"
        ]
        return cls(sorted(rules, key=lambda rule: rule.priority), _containers(deployment))

    def container(self, path: str) -> Container | None:
        """None is the listener's default: 404."""
        rule = next((rule for rule in self.rules if rule.matches(path)), None)
        return self.containers[rule.target_group] if rule else None


def _rule(created: Any) -> Rule:
    (condition,) = created.conditions
    assert condition["Field"] == "path-pattern"
    (action,) = created.actions
    values = condition.get("PathPatternConfig", condition)["Values"]
    return Rule(int(created.priority), tuple(values), action.data["TargetGroupArn"])


def _expression(pattern: str) -> str:
    """`*` and `?` as the load balancer reads them: `*` takes slashes too, and case counts."""
    return re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")


def containers_of(deployment: Deployment, name: str = "service.ServiceTaskDefinition") -> dict[str, Container]:
    """The containers of a task definition, by name."""
    found = {}
    for definition in deployment[name].properties["ContainerDefinitions"]:
        mappings = definition.get("PortMappings", [])
        port = int(mappings[0]["ContainerPort"]) if mappings else 0
        found[definition["Name"]] = Container(definition["Name"], port, definition)
    return found


def _containers(deployment: Deployment) -> dict[str, Container]:
    (service,) = deployment.of_type("AWS::ECS::Service")
    containers = containers_of(deployment)
    found = {}
    for each in service.properties["LoadBalancers"]:
        container = containers[each["ContainerName"]]
        assert int(each["ContainerPort"]) == container.port, (
            f"{container.name} does not listen on what the service says"
        )
        found[each["TargetGroupArn"]] = container
    return found
