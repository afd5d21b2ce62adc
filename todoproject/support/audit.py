"""The audit trail: who did what to whom, when and from where.

A change of DynamoDB's data takes its event into its own transaction (`alongside`). What happens elsewhere, in Cognito
or S3, has an event before and another after (`attempt`). What is only looked at is on record before it is shown
(`record`).
"""

import json
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from pynamodb.exceptions import PutError
from pynamodb.expressions.condition import Condition
from pynamodb.transactions import TransactWrite

from todoproject.api.limits import client_address
from todoproject.aws import user_pools
from todoproject.aws.dynamodb import Alongside, Changes, Item, written_time
from todoproject.aws.failures import condition_failed, is_unavailable
from todoproject.support.models import NOBODY, EventModel, StaffUser

DONE, ATTEMPTED, FAILED, REFUSED = "done", "attempted", "failed", "refused"
_MAX_QUERIES = 4
_LONGEST = 2000


@dataclass(frozen=True)
class Act:
    """What is done, or tried. `values` goes on record as JSON: no content of a file, no token, no password."""

    action: str
    customer_id: str = NOBODY
    target_type: str = ""
    target_id: str = ""
    values: Mapping[str, Any] | None = None
    reason: str = ""


def record(request: HttpRequest, act: Act, *, outcome: str = DONE, staff_name: str = "") -> None:
    """Raises what DynamoDB raises: what cannot be put on record must not be shown."""
    event = _event(request, act, outcome, staff_name)
    try:
        event.save(~EventModel.event_id.exists())
    except PutError as exc:
        # The id is new: what is there can only be our own write, whose answer was lost.
        if not condition_failed(exc):
            raise


def alongside(request: HttpRequest, act: Act) -> Alongside:
    """The act's event, with the old and the new values, for the transaction of a change."""

    def add(transaction: TransactWrite, changes: Changes) -> None:
        event = _event(request, replace(act, values={name: list(pair) for name, pair in changes.items()}), DONE)
        transaction.save(event, ~EventModel.event_id.exists())

    return add


@contextmanager
def attempt(request: HttpRequest, act: Act, *, done: bool = True) -> Iterator[None]:
    """`attempted` before the block, then `done` or `failed`. Without `done`, a transaction in the block writes it.

    Where neither follows, the process stopped in between or an answer was lost, and nobody can say.
    """
    record(request, act, outcome=ATTEMPTED)
    try:
        yield
    except Exception as exc:
        if is_unavailable(exc):
            raise
        why = " ".join(filter(None, [act.reason, f"[{type(exc).__name__}: {exc}]"]))
        record(request, replace(act, reason=why), outcome=FAILED)
        raise
    if done:
        record(request, act)


def email_of(request: HttpRequest, customer_id: str) -> str:
    """The customer's e-mail address, asked for once a request; "" for nobody, and for an account that has gone."""
    if customer_id == NOBODY:
        return ""
    known: dict[str, str] = request.__dict__.setdefault("emails_of_customers", {})
    if customer_id not in known:
        account = user_pools.get_customer(customer_id)
        known[customer_id] = account.email if account else ""
    return known[customer_id]


def list_events(
    *,
    customer_id: str = "",
    staff_id: str = "",
    day: str = "",
    target_id: str = "",
    limit: int = 100,
    after: Mapping[str, str] | None = None,
) -> tuple[list[Item], Mapping[str, str] | None]:
    """A page of the events that fit, the newest first, and the key it goes on after.

    Of a customer, else of a member of staff, else of a day: one of these is needed. May return fewer than `limit`, even
    none, and still go on. A new event may be missing for a moment where it is not asked for by customer.
    """
    hash_key, index = next(
        (value, name) for value, name in ((customer_id, None), (staff_id, "byStaff"), (day, "byDay")) if value
    )
    on_day = EventModel.event_id.startswith(day) if day and index != "byDay" else None
    filters = [EventModel.staff_id == staff_id] if staff_id and not index else []
    filters += [EventModel.target_id == target_id] if target_id else []
    condition: Condition | None = None
    for each in filters:
        condition = each if condition is None else condition & each
    found: list[Item] = []
    start: Item | None = {name: {"S": value} for name, value in after.items()} if after else None
    for _ in range(_MAX_QUERIES):
        page = EventModel.connection().query(
            hash_key,
            range_key_condition=on_day,
            filter_condition=condition,
            index_name=index,
            consistent_read=index is None,
            scan_index_forward=False,
            limit=None if condition is not None else limit + 1 - len(found),
            exclusive_start_key=start,
        )
        found += page["Items"]
        start = page.get("LastEvaluatedKey")
        if len(found) > limit:
            return found[:limit], _key(found[limit - 1], index)
        if not start:
            return found, None
    return found, {name: value["S"] for name, value in start.items()} if start else None


def get_event(customer_id: str, event_id: str) -> Item | None:
    return EventModel.connection().get_item(customer_id, range_key=event_id, consistent_read=True).get("Item")


def _key(item: Item, index: str | None) -> dict[str, str]:
    names = ["customerID", "eventID", *({"byStaff": ["staffID"], "byDay": ["day"]}[index] if index else [])]
    return {name: item[name]["S"] for name in names}


def _event(request: HttpRequest, act: Act, outcome: str, staff_name: str = "") -> EventModel:
    user = getattr(request, "user", None)
    staff = user if isinstance(user, StaffUser) else None
    time = written_time(timezone.now())
    return EventModel(
        act.customer_id,
        f"{time}#{uuid.uuid4().hex}",
        day=time[:10],
        time=time,
        staff_id=staff.pk if staff else NOBODY,
        staff_name=(staff.email if staff else staff_name) or None,
        action=act.action,
        outcome=outcome,
        target_type=act.target_type or None,
        target_id=act.target_id or None,
        customer_email=email_of(request, act.customer_id) or None,
        address=client_address(request)[:64] or None,
        request_id=getattr(request, "request_id", "") or None,
        values=json.dumps(act.values, ensure_ascii=False) if act.values else None,
        reason=act.reason[:_LONGEST] or None,
    )
