"""Events as Django's own history pages show them."""

import json
from datetime import datetime
from typing import Any

from django.contrib.admin.models import CHANGE, LogEntry

from todoproject.aws.dynamodb import Item
from todoproject.support import audit
from todoproject.support.models import NOBODY, StaffUser

_LONGEST = 200


def history_of(customer_id: str, target_id: str) -> tuple[list[LogEntry], bool]:
    """The newest events of a customer's record, and whether there may be older ones."""
    items, following = audit.list_events(customer_id=customer_id, target_id=target_id)
    return [_entry(item) for item in items], following is not None


def describe(item: Item) -> str:
    """An event in one line."""
    parts = [item["action"]["S"]]
    if item["outcome"]["S"] != audit.DONE:
        parts.append(f"({item['outcome']['S']})")
    parts.append("; ".join(f"{name}: {_shown(value)}" for name, value in values_of(item).items()))
    if "reason" in item:
        parts.append(f"- {item['reason']['S']}")
    return " ".join(filter(None, parts))


def values_of(item: Item) -> dict[str, Any]:
    """Redacted values are no JSON any more."""
    try:
        values = json.loads(item.get("values", {"S": "{}"})["S"])
    except ValueError:
        return {"values": "redacted"}
    return values if isinstance(values, dict) else {"values": values}


def _shown(value: Any) -> str:
    if isinstance(value, list) and len(value) == 2:
        return f"{_shortened(value[0])} → {_shortened(value[1])}"
    return _shortened(value)


def _shortened(value: Any) -> str:
    text = str(value) if value != "" else "(empty)"
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _entry(item: Item) -> LogEntry:
    staff = StaffUser(sub=item["staffID"]["S"], email=item.get("staffName", {"S": NOBODY})["S"])
    return LogEntry(
        action_time=datetime.fromisoformat(item["time"]["S"]),
        user=staff,
        action_flag=CHANGE,
        change_message=describe(item),
    )
