"""What is really in the audit table."""

import json
import os
from typing import Any

from deploy.local import resources

_ENVIRONMENT = dict(os.environ)


def events_of(customer_id: str, **wanted: str) -> list[dict[str, Any]]:
    """The customer's events, oldest first, with the values read; only those with these attributes."""
    answer = resources.client("dynamodb", _ENVIRONMENT).query(
        TableName=_ENVIRONMENT["AUDIT_TABLE"],
        KeyConditionExpression="customerID = :customer",
        ExpressionAttributeValues={":customer": {"S": customer_id}},
        ConsistentRead=True,
    )
    events = [{name: value["S"] for name, value in item.items()} for item in answer["Items"]]
    for event in events:
        event["values"] = json.loads(event.get("values", "{}"))
    return [event for event in events if wanted.items() <= event.items()]


def acts_of(staff_id: str) -> list[tuple[str, str]]:
    """Action and outcome of all that a member of staff did, oldest first."""
    answer = resources.client("dynamodb", _ENVIRONMENT).query(
        TableName=_ENVIRONMENT["AUDIT_TABLE"],
        IndexName="byStaff",
        KeyConditionExpression="staffID = :staff",
        ExpressionAttributeValues={":staff": {"S": staff_id}},
    )
    return [(item["action"]["S"], item["outcome"]["S"]) for item in answer["Items"]]
