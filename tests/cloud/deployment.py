"""Every stack of a stage, created in moto's CloudFormation."""

import functools
import ipaddress
import json
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from moto.cloudformation import parsing
from moto.cloudformation.exceptions import UnformattedGetAttTemplateException
from moto.cloudformation.models import cloudformation_backends
from moto.elbv2.models import FakeLoadBalancer, FakeTargetGroup

from tests.cloud.recorded import MODELS
from tests.cloud.templates import FOLDER, REGION, STACKS, Template, parameters, read, translated

_accounts = iter(range(100_000_000_000, 1_000_000_000_000))


@dataclass(frozen=True)
class Resource:
    """`properties` with every function resolved, as the service behind the type would get them."""

    stack: str
    logical_id: str
    type: str
    physical_id: str
    properties: dict[str, Any]
    source: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.stack}.{self.logical_id}"


class Deployment:
    """A stage. `changed` holds parameters that differ from the stage's file, by stack."""

    def __init__(
        self,
        stage: str,
        *,
        changed: dict[str, dict[str, str]] | None = None,
    ) -> None:
        _complete_moto()
        self.stage = stage
        # An account of its own keeps what moto remembers of one deployment from the next.
        self.account = str(next(_accounts))
        self._backend = cloudformation_backends[self.account][REGION]
        self.templates: dict[str, Template] = {}
        self.resources: list[Resource] = []
        self.exports: dict[str, str] = {}
        self.outputs: dict[str, dict[str, str]] = {}
        for stack in STACKS:
            if (FOLDER / f"{stack}.yaml").exists():
                given = {**parameters(stage, stack), **(changed or {}).get(stack, {})}
                self._create(stack, given)

    def _create(self, stack: str, given: dict[str, str]) -> None:
        template = translated(read(stack), given)
        self.templates[stack] = template
        # Indented by tabs, which YAML refuses at once: moto then reads JSON, which takes a hundredth of the time.
        with warnings.catch_warnings():
            # A skipped type is a warning of moto's.
            warnings.simplefilter("error")
            created = self._backend.create_stack(f"todo-{self.stage}-{stack}", json.dumps(template, indent="\t"), given)
        resource_map = created.resource_map
        for logical_id, source in template["Resources"].items():
            condition = source.get("Condition")
            if condition and not resource_map.lazy_condition_map[condition]:
                continue
            self.resources.append(
                Resource(
                    stack,
                    logical_id,
                    source["Type"],
                    _physical_id(resource_map, logical_id),
                    parsing.clean_json(source.get("Properties", {}), resource_map),
                    source,
                )
            )
        self.exports |= {export.name: export.value for export in created.exports}
        self.outputs[stack] = {each.key: each.value for each in created.output_map.values() if each}

    def of_type(self, *types: str) -> Iterator[Resource]:
        return (each for each in self.resources if each.type in types)

    def __getitem__(self, name: str) -> Resource:
        """By its name, `stack.LogicalId`."""
        return next(each for each in self.resources if str(each) == name)


def _physical_id(resource_map: parsing.ResourceMap, logical_id: str) -> str:
    """What `Ref` gives; the logical id where moto has none, as for the rules of a security group."""
    found = parsing.clean_json({"Ref": logical_id}, resource_map)
    return found if isinstance(found, str) else logical_id


@functools.cache
def _complete_moto() -> None:
    """Give moto the types and functions that it lacks."""
    parsing.get_model_map().update(MODELS)
    parsing.get_name_type_map().update({name: model.cloudformation_name_type() for name, model in MODELS.items()})
    resolve = parsing.clean_json

    def clean_json(value: Any, resources: parsing.ResourceMap) -> Any:
        if isinstance(value, dict) and "Fn::Cidr" in value:
            network, count, bits = (clean_json(each, resources) for each in value["Fn::Cidr"])
            blocks = ipaddress.ip_network(network).subnets(new_prefix=32 - int(bits))
            return [str(block) for block, _ in zip(blocks, range(int(count)), strict=False)]
        if isinstance(value, dict) and "Fn::GetAZs" in value:
            return [REGION + letter for letter in "abcd"]
        if isinstance(value, list):
            # moto would leave a null where AWS leaves out AWS::NoValue.
            return [each for each in (clean_json(each, resources) for each in value) if each is not None]
        return resolve(value, resources)

    parsing.clean_json = clean_json
    _add_attribute(FakeLoadBalancer, "LoadBalancerFullName", lambda made: made.arn.partition("loadbalancer/")[2])
    _add_attribute(FakeTargetGroup, "TargetGroupFullName", lambda made: made.arn.rpartition(":")[2])


def _add_attribute(model: Any, attribute: str, value: Callable[[Any], str]) -> None:
    """Let `Fn::GetAtt` find one more attribute of a model of moto's."""
    known, get = model.has_cfn_attr, getattr(model, "get_cfn_attribute", _refuse)
    model.has_cfn_attr = classmethod(lambda cls, attr: attr == attribute or known(attr))
    model.get_cfn_attribute = lambda self, name: value(self) if name == attribute else get(self, name)


def _refuse(_: Any, name: str) -> str:
    raise UnformattedGetAttTemplateException(name)
