"""The stacks fit together: parameters, imports, exports, the order in which they are deployed."""

import json
import re
from typing import Any

import pytest
import yaml

from tests.cloud.deployment import Deployment
from tests.cloud.templates import FOLDER, STACKS, STAGES, Template, parameters, read

# Read by people and by deploy/release, not by another stack.
FOR_PEOPLE: dict[str, str] = {}


def _nodes(node: Any) -> Any:
    """Every mapping in the template."""
    if isinstance(node, dict):
        yield node
    for child in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from _nodes(child)


def _name(node: Any) -> str:
    """The name of an export or import, the stage left as it is written."""
    return node if isinstance(node, str) else node["Fn::Sub"]


def _imports(template: Template) -> set[str]:
    return {_name(node["Fn::ImportValue"]) for node in _nodes(template) if "Fn::ImportValue" in node}


def _exports(template: Template) -> set[str]:
    return {_name(each["Export"]["Name"]) for each in template.get("Outputs", {}).values() if "Export" in each}


def test_every_template_is_a_stack() -> None:
    assert {path.stem for path in FOLDER.glob("*.yaml")} == set(STACKS)


@pytest.mark.parametrize("stack", STACKS)
def test_a_stack_imports_only_what_one_before_it_exports(stack: str) -> None:
    before = STACKS[: STACKS.index(stack)]
    exported = {name for each in before for name in _exports(read(each))}
    assert _imports(read(stack)) - exported == set()


def test_every_export_is_imported_or_somebody_needs_it() -> None:
    imported = {name for stack in STACKS for name in _imports(read(stack))}
    exported = {name for stack in STACKS for name in _exports(read(stack))}
    assert exported - imported == {f"todo-${{Stage}}-{name}" for name in FOR_PEOPLE}


def test_an_export_is_called_as_its_output() -> None:
    for stack in STACKS:
        for name, output in read(stack).get("Outputs", {}).items():
            if "Export" in output:
                assert _name(output["Export"]["Name"]) == f"todo-${{Stage}}-{name}", (stack, name)
            assert output["Description"], (stack, name)


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("stack", STACKS)
def test_the_parameters_of_a_stage_fit_the_template(stage: str, stack: str) -> None:
    declared, given = read(stack)["Parameters"], parameters(stage, stack)
    assert given.keys() - declared.keys() == set(), "given, but not declared"
    assert {name for name, each in declared.items() if "Default" not in each} - given.keys() == set(), (
        "needed, but not given"
    )
    for name, value in given.items():
        assert isinstance(value, str), name
        each = declared[name]
        assert re.fullmatch(each.get("AllowedPattern", "[^\n]*"), value), (name, value)
        assert value in map(str, each.get("AllowedValues", [value])), (name, value)
        if each["Type"] == "Number":
            assert each.get("MinValue", float(value)) <= float(value) <= each.get("MaxValue", float(value)), (
                name,
                value,
            )


@pytest.mark.parametrize("stage", STAGES)
def test_the_file_of_a_stage_names_every_stack_and_no_other(stage: str) -> None:
    given = json.loads((FOLDER / "parameters" / f"{stage}.json").read_text())
    assert list(given) == list(STACKS)
    assert {stack: each["Stage"] for stack, each in given.items()} == dict.fromkeys(STACKS, stage)


@pytest.mark.parametrize("stack", STACKS)
def test_a_template_has_few_parameters_each_described(stack: str) -> None:
    declared = read(stack)["Parameters"]
    assert len(declared) <= 10
    assert [name for name, each in declared.items() if not each.get("Description")] == []
    assert declared["Stage"]["AllowedPattern"] == read("network")["Parameters"]["Stage"]["AllowedPattern"]


@pytest.mark.parametrize("stack", STACKS)
def test_a_template_has_no_yaml_alias(stack: str) -> None:
    """Which CloudFormation does not support, though every tool here reads them."""
    events = yaml.parse((FOLDER / f"{stack}.yaml").read_text(), yaml.CSafeLoader)
    assert [event.start_mark.line + 1 for event in events if isinstance(event, yaml.AliasEvent)] == []


@pytest.mark.parametrize("stack", STACKS)
def test_a_template_can_be_sent_as_it_is(stack: str) -> None:
    """Above 51,200 bytes it would have to go by way of a bucket."""
    assert len((FOLDER / f"{stack}.yaml").read_bytes()) <= 51_200


def test_a_stage_can_be_created_in_order(deployment: Deployment) -> None:
    assert {each.stack for each in deployment.resources} == set(STACKS)
    unresolved = [str(each) for each in deployment.resources for node in _nodes(each.properties) if _is_function(node)]
    assert unresolved == []


def test_nothing_of_one_stage_is_in_another() -> None:
    """No name is fixed to a stage, and no stage to the account."""
    for stack in STACKS:
        text = re.sub("#.*", "", (FOLDER / f"{stack}.yaml").read_text())
        assert (
            re.findall(r"\b(?:staging)\b|\b\d{12}\b", re.sub("(?m)^.*(Description|Pattern|Assert).*$", "", text)) == []
        )


def _is_function(node: dict[str, Any]) -> bool:
    return any(name == "Ref" or name.startswith("Fn::") for name in node)


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("stack", STACKS)
def test_the_rules_of_a_template_hold_for_the_stage(stage: str, stack: str) -> None:
    template = read(stack)
    known = {name: each.get("Default", "") for name, each in template["Parameters"].items()} | parameters(stage, stack)
    for name, rule in template.get("Rules", {}).items():
        if _evaluated(rule.get("RuleCondition", True), known):
            assert all(_evaluated(each["Assert"], known) for each in rule["Assertions"]), name


def _evaluated(node: Any, known: dict[str, Any]) -> Any:
    """A rule's function. Raises KeyError for one that no template uses."""
    if not isinstance(node, dict):
        return node
    ((name, arguments),) = node.items()
    if name == "Ref":
        return known[arguments]
    values = [_evaluated(each, known) for each in arguments]
    return {
        "Fn::Equals": lambda: values[0] == values[1],
        "Fn::Not": lambda: not values[0],
        "Fn::And": lambda: all(values),
        "Fn::Or": lambda: any(values),
        "Fn::Contains": lambda: values[1] in values[0],
    }[name]()
