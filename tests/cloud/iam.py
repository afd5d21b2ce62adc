"""Whether a role's policies allow a call, as AWS decides it: an explicit Deny beats an Allow, which beats nothing."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.cloud.deployment import Deployment, Resource


@dataclass(frozen=True)
class Call:
    action: str
    resource: str
    conditions: tuple[tuple[str, str], ...] = ()
    """The context that AWS would fill in, by condition key."""

    def __str__(self) -> str:
        return f"{self.action} on {self.resource}"


@dataclass(frozen=True)
class Statement:
    effect: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    conditions: Mapping[str, Mapping[str, Any]]

    def covers(self, call: Call) -> bool:
        return (
            any(is_like(call.action, pattern, ignore_case=True) for pattern in self.actions)
            and any(is_like(call.resource, pattern) for pattern in self.resources)
            and all(_holds(operator, keys, dict(call.conditions)) for operator, keys in self.conditions.items())
        )


def allows(statements: Iterable[Statement], call: Call) -> bool:
    effects = {each.effect for each in statements if each.covers(call)}
    return effects == {"Allow"}


def statements_of(role: Resource) -> list[Statement]:
    """The role's own policies; managed ones have to be looked at by whoever allows them."""
    documents = [policy["PolicyDocument"] for policy in role.properties.get("Policies", [])]
    return [statement for document in documents for statement in read(document)]


def read(document: Mapping[str, Any]) -> Iterator[Statement]:
    for each in _listed(document["Statement"]):
        assert not {"NotAction", "NotResource", "NotPrincipal"} & set(each), "name what is meant, not what is not"
        resources = tuple(_listed(each.get("Resource", ())))
        yield Statement(each["Effect"], tuple(_listed(each["Action"])), resources, each.get("Condition", {}))


def role_of(deployment: Deployment, arn: str) -> Resource:
    """The role that something refers to by its ARN."""
    return next(each for each in deployment.of_type("AWS::IAM::Role") if arn.endswith(f"/{each.physical_id}"))


def is_like(value: str, pattern: str, *, ignore_case: bool = False) -> bool:
    expression = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(expression, value, re.IGNORECASE if ignore_case else 0) is not None


def _holds(operator: str, keys: Mapping[str, Any], context: Mapping[str, str]) -> bool:
    """Raises KeyError for an operator that nothing here uses yet."""
    compare = {
        "StringEquals": lambda value, wanted: value == wanted,
        "StringNotEquals": lambda value, wanted: value != wanted,
        "StringLike": is_like,
        "ArnLike": is_like,
        "ArnEquals": is_like,
        "Bool": lambda value, wanted: value == str(wanted).lower(),
        "NumericLessThan": lambda value, wanted: float(value) < float(wanted),
    }[operator]
    negative = operator.startswith("StringNot")
    return all(
        (negative if key not in context else any(compare(context[key], each) for each in _listed(wanted)))
        for key, wanted in keys.items()
    )


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]
