"""The tables, made from the definitions that the models are; on AWS CloudFormation makes them."""

from collections.abc import Iterator
from typing import Any

from pynamodb.attributes import Attribute
from pynamodb.indexes import Index

from files.models import FileModel
from todoproject.aws.dynamodb import Table, client
from todoproject.aws.failures import error_code
from todoproject.support.models import EventModel, StaffModel
from todos.models import TodoModel

MODELS: tuple[type[Table], ...] = (TodoModel, FileModel, StaffModel, EventModel)
# By which attribute DynamoDB deletes items by itself.
_EXPIRES_BY: dict[type[Table], str] = {FileModel: "expiresAt", StaffModel: "expiresAt"}


def create(model: type[Table]) -> None:
    """Repeatable; waits until the table is there."""
    model.create_table(wait=True, billing_mode="PAY_PER_REQUEST")
    name = model.Meta.table_name
    attribute = _EXPIRES_BY.get(model)
    if attribute and not _has_ttl(name):
        client().update_time_to_live(
            TableName=name, TimeToLiveSpecification={"Enabled": True, "AttributeName": attribute}
        )


def protect(model: type[Table]) -> bool:
    """Point-in-time recovery; False where the stand-in has none."""
    recovery = {"PointInTimeRecoveryEnabled": True}
    try:
        client().update_continuous_backups(TableName=model.Meta.table_name, PointInTimeRecoverySpecification=recovery)
    except Exception as exc:
        if error_code(exc) != "UnknownOperationException":
            raise
        return False
    return True


def differences(model: type[Table]) -> Iterator[str]:
    """Where a table that is there already is not what the model says. Of these only the time to live can be added."""
    table = client().describe_table(TableName=model.Meta.table_name)["Table"]
    indexes = table.get("LocalSecondaryIndexes", []) + table.get("GlobalSecondaryIndexes", [])
    found = {"keys": _described(table), **{each["IndexName"]: _described(each) for each in indexes}}
    wanted = {"keys": _defined(model), **{each.Meta.index_name: _defined(type(each)) for each in _indexes(model)}}
    for name in sorted(found.keys() | wanted.keys()):
        if found.get(name) != wanted.get(name):
            yield f"{name}: it has {found.get(name)}, the model {wanted.get(name)}"
    if model in _EXPIRES_BY and not _has_ttl(model.Meta.table_name):
        yield f"it has no time to live by {_EXPIRES_BY[model]}"


def _described(part: dict[str, Any]) -> list[str | None]:
    """Hash key, range key, projection: of a table or an index, as DynamoDB describes it."""
    keys = {each["KeyType"]: each["AttributeName"] for each in part["KeySchema"]}
    return [keys["HASH"], keys.get("RANGE"), part.get("Projection", {}).get("ProjectionType")]


def _defined(part: type) -> list[str | None]:
    """The same of a model or an index, as it is written down here."""
    attributes = [each for each in vars(part).values() if isinstance(each, Attribute)]
    (hash_key,) = (each.attr_name for each in attributes if each.is_hash_key)
    range_key = next((each.attr_name for each in attributes if each.is_range_key), None)
    projection = getattr(part.Meta, "projection", None)  # type: ignore[attr-defined]  # both have one
    return [hash_key, range_key, projection and projection.projection_type]


def _indexes(model: type[Table]) -> list[Index[Any]]:
    return [each for each in vars(model).values() if isinstance(each, Index)]


def _has_ttl(table_name: str) -> bool:
    described = client().describe_time_to_live(TableName=table_name)["TimeToLiveDescription"]
    return described["TimeToLiveStatus"] in ("ENABLED", "ENABLING")
