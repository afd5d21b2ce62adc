"""The templates and their parameters as files: the short forms of functions spelled out, SAM translated."""

import json
import os
from typing import Any
from unittest import mock

import yaml
from samtranslator.translator.transform import transform

from deploy.local.standins import ROOT

FOLDER = ROOT / "cloudformation"
# In the order in which they are deployed: a stack imports only from those before it.
STACKS = ("pipeline", "network", "data", "auth", "cluster", "service", "maintenance", "api", "website", "watch")
STAGES = tuple(sorted(path.stem for path in (FOLDER / "parameters").glob("*.json")))
REGION = "eu-west-1"
"""moto knows the zones and images of this one only."""

IMAGE_TAGS = {
    "service": {"TodosImageTag": "1a2b3c4", "FilesImageTag": "5d6e7f8"},
    "maintenance": {"MaintenanceImageTag": "1a2b3c4"},
}
"""Parameters that no file holds: the pipelines of the services set them, each its own."""

Template = dict[str, Any]


class _Loader(yaml.CSafeLoader):
    """YAML with CloudFormation's tags; a date such as a policy's Version stays text."""

    yaml_implicit_resolvers = {
        first: [each for each in resolvers if each[0] != "tag:yaml.org,2002:timestamp"]
        for first, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
    }


def _spelled_out(loader: _Loader, name: str, node: yaml.Node) -> dict[str, Any]:
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        assert isinstance(node, yaml.MappingNode)
        value = loader.construct_mapping(node, deep=True)
    if name == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {name if name in ("Ref", "Condition") else f"Fn::{name}": value}


_Loader.add_multi_constructor("!", _spelled_out)


def read(stack: str) -> Template:
    """The template as it is written."""
    template: Template = yaml.load((FOLDER / f"{stack}.yaml").read_text(), _Loader)  # noqa: S506  # a SafeLoader
    return template


def parameters(stage: str, stack: str) -> dict[str, str]:
    """What the stack is deployed with: the stage's file, what deploy/release derives from it, image tags."""
    given: dict[str, dict[str, str]] = json.loads((FOLDER / "parameters" / f"{stage}.json").read_text())
    website, api = (given[each].get("DomainName") for each in ("website", "api"))
    derived = {
        "data": {"WebsiteOrigin": f"https://{website}"} if website else {},
        "api": {"WebsiteOrigin": f"https://{website}"} if website else {},
        "service": {"ApiOrigin": f"https://{api}"} if api else {},
        "website": {"ApiDomainName": api} if api else {},
    }
    return derived.get(stack, {}) | given[stack] | IMAGE_TAGS.get(stack, {})


def translated(template: Template, given: dict[str, str]) -> Template:
    """What CloudFormation makes of a SAM template; another one unchanged."""
    if "Transform" not in template:
        return template
    defaults = {name: each["Default"] for name, each in template["Parameters"].items() if "Default" in each}
    # The translator asks boto3 for the region, and for nothing else.
    with mock.patch.dict(os.environ, AWS_DEFAULT_REGION=REGION):
        plain: Template = transform(template, defaults | given, mock.Mock(load=dict))
    return plain
