"""What is really in the tables, read around the proxy."""

import os
from typing import Any

from deploy.local import resources
from tests.clients import User

_dynamodb: Any = None


def _items(table: str, user: User) -> list[dict[str, Any]]:
    global _dynamodb
    if _dynamodb is None:
        _dynamodb = resources.client("dynamodb", os.environ)
    answer = _dynamodb.query(
        TableName=os.environ[table],
        KeyConditionExpression="userID = :user",
        ExpressionAttributeValues={":user": {"S": user.sub}},
        ConsistentRead=True,
    )
    return [{name: _plain(value) for name, value in item.items()} for item in answer["Items"]]


def _plain(value: dict[str, Any]) -> Any:
    ((kind, plain),) = value.items()
    return int(plain) if kind == "N" else plain


def todos(user: User) -> list[dict[str, Any]]:
    return [item for item in _items("TODOS_TABLE", user) if "#" not in item["todoID"]]


def erase_requests(user: User) -> list[dict[str, Any]]:
    return [item for item in _items("TODOS_TABLE", user) if "#" in item["todoID"]]


def files(user: User) -> list[dict[str, Any]]:
    return [item for item in _items("FILES_TABLE", user) if "#" in item["fileKey"]]


def used_bytes(user: User) -> int:
    usages = [item for item in _items("FILES_TABLE", user) if "#" not in item["fileKey"]]
    return sum(usage["storedBytes"] for usage in usages)


def objects(user: User) -> list[str]:
    s3 = resources.client("s3", os.environ)
    found = s3.list_objects_v2(Bucket=os.environ["FILES_BUCKET"], Prefix=f"{user.sub}/")
    return [each["Key"] for each in found.get("Contents", [])]
