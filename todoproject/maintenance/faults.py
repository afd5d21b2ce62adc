"""What is wrong with an item, and what would mend it."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from todoproject.api.problems import Problem
from todoproject.aws.dynamodb import Item, Table, written_time

_UUID = re.compile("[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_TYPE_NAMES = {"S": "a text", "N": "a number", "BOOL": "true or false"}
# What may stand in a path, an S3 key and the name of a file; Cognito's `sub` is a UUID.
_USER_ID = re.compile("[0-9A-Za-z][0-9A-Za-z_-]{1,127}")


class ChangedMeanwhile(Problem):
    detail = "Somebody changed it in the middle. Run the command again."


class Conflict(Problem):
    detail = "Something else is there already, and stays."


@dataclass(frozen=True)
class Fault:
    """`change` maps attributes of the model to the values that follow from the rest of the item, "" where the
    attribute should go; it is empty where nothing follows."""

    reason: str
    change: Mapping[str, Any] = field(default_factory=dict)


def shape_faults(model: type[Table], item: Item, *, derived: Collection[str] = ()) -> Iterator[Fault]:
    """Attributes that are missing, unknown, of another type, or empty. `derived` ones may be missing."""
    attributes = {attribute.attr_name: attribute for attribute in model.get_attributes().values()}
    for name, attribute in attributes.items():
        if name not in item:
            if not attribute.null and name not in derived:
                yield Fault(f"{name} is missing")
        elif list(item[name]) != [attribute.attr_type]:
            yield Fault(f"{name} is not {_TYPE_NAMES[attribute.attr_type]}")
        elif item[name] == {"S": ""}:
            yield Fault(f"{name} is empty, and should be left out")
    for name in sorted(item.keys() - attributes.keys()):
        yield Fault(f"{name!r} is no attribute of it")


def is_uuid(text: str) -> bool:
    """Lower case, with hyphens: what services make, and what can stand in a path or an S3 key."""
    return _UUID.fullmatch(text) is not None


def is_time(text: str) -> bool:
    """As the services write it, so that times sort as text."""
    try:
        return written_time(datetime.fromisoformat(text)) == text
    except (ValueError, OverflowError):
        return False


def is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def is_count(number: str, *, least: int = 0) -> bool:
    return re.fullmatch("0|[1-9][0-9]{0,17}", number) is not None and int(number) >= least


def is_user_id(text: str) -> bool:
    return _USER_ID.fullmatch(text) is not None


def text_of(item: Item, name: str) -> str:
    """ "" where the attribute is left out."""
    return str(item[name]["S"]) if name in item else ""


def plain_of(item: Item, *, leave_out: Collection[str]) -> dict[str, Any]:
    """The attributes by name, sorted, as JSON has them."""
    return {
        name: int(value["N"]) if "N" in value else next(iter(value.values()))
        for name, value in sorted(item.items())
        if name not in leave_out
    }


def raw_of(plain: Mapping[str, Any]) -> Item:
    """The opposite of `plain_of`. Raises ValueError for what no attribute of ours can be."""
    item: Item = {}
    for name, value in plain.items():
        if isinstance(value, bool):
            item[name] = {"BOOL": value}
        elif isinstance(value, int):
            item[name] = {"N": str(value)}
        elif isinstance(value, str):
            item[name] = {"S": value}
        else:
            raise ValueError(f"{name!r} is neither a text, nor a whole number, nor true or false")
    return item
