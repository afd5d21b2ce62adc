"""What is really in the tables, read around the proxy."""

import functools
import os
from typing import Any

from deploy.local import resources
from tests.clients import User

# As it is before any test points it at a proxy.
_ENVIRONMENT = dict(os.environ)


@functools.cache
def _client(service: str) -> Any:
    return resources.client(service, _ENVIRONMENT)


def _items(table: str, user: User) -> list[dict[str, Any]]:
    answer = _client("dynamodb").query(
        TableName=_ENVIRONMENT[table],
        KeyConditionExpression="userID = :user",
        ExpressionAttributeValues={":user": {"S": user.sub}},
        ConsistentRead=True,
    )
    return [{name: _plain(value) for name, value in item.items()} for item in answer["Items"]]


def _plain(value: dict[str, Any]) -> Any:
    ((kind, plain),) = value.items()
    return int(plain) if kind == "N" else plain


def todos(user: User) -> list[dict[str, Any]]:
    return [item for item in todos_and_request(user) if "#" not in item["todoID"]]


def todos_and_request(user: User) -> list[dict[str, Any]]:
    """The todos, and the user's wish to be erased where there is one."""
    return _items("TODOS_TABLE", user)


def files_and_usage(user: User) -> list[dict[str, Any]]:
    return _items("FILES_TABLE", user)


def erase_requests(user: User) -> list[dict[str, Any]]:
    return [item for item in _items("TODOS_TABLE", user) if "#" in item["todoID"]]


def files(user: User) -> list[dict[str, Any]]:
    return [item for item in _items("FILES_TABLE", user) if "#" in item["fileKey"]]


def used_bytes(user: User) -> int:
    usages = [item for item in _items("FILES_TABLE", user) if "#" not in item["fileKey"]]
    return sum(usage["storedBytes"] for usage in usages)


def objects(user: User) -> list[str]:
    found = _client("s3").list_objects_v2(Bucket=_ENVIRONMENT["FILES_BUCKET"], Prefix=f"{user.sub}/")
    return [each["Key"] for each in found.get("Contents", [])]
