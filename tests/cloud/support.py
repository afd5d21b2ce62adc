"""Everything that staff do in the admin, done once in a stage whose processes note what they ask of AWS."""

import hashlib
import os
import time
from typing import Any

from deploy.local import resources
from tests.cloud.running import Stage
from tests.cloud.staff import Member
from tests.cloud.visitors import Visitor, sign_up
from tests.cloud.work import new_todo, store
from tests.support.test_pages import LISTS, PAGES, path_of

_REASON = "Request 4711"


def help_customers(stage: Stage) -> None:
    """Sign in and out, every page, every action."""
    member = Member.signed_in(stage, "support")
    assert member.post("/admin/logout/", {}).status_code == 302
    member.sign_in()
    customer = sign_up(stage)
    keys = keys_of(customer)
    _open_every_page(stage, member, keys)
    _change_todos(member, customer)
    _change_files(member, customer)
    _change_the_account(member, customer)
    _let_time_pass(stage, member)
    assert member.get("/admin/").status_code == 200


def keys_of(customer: Visitor) -> dict[str, str]:
    """What the admin calls the customer, and a new todo and file of theirs."""
    todo_id = new_todo(customer)
    todo = f"{customer.sub}~{todo_id}"
    return {"customer": customer.sub, "todo": todo, "file": f"{todo}~{store(customer, todo_id)}"}


def event_of(stage: Stage, customer_id: str) -> str:
    """What the admin calls the first event about the customer."""
    events = resources.client("dynamodb", os.environ).query(
        TableName=stage.deployment["data.AuditTable"].physical_id,
        KeyConditionExpression="customerID = :customer",
        ExpressionAttributeValues={":customer": {"S": customer_id}},
        Limit=1,
    )["Items"]
    return f"{customer_id}~{events[0]['eventID']['S']}".replace(":", "_3A").replace("#", "_23")


def _open_every_page(stage: Stage, member: Member, keys: dict[str, str]) -> None:
    assert member.get(f"/admin/support/customer/{keys['customer']}/change/").status_code == 200
    keys = {**keys, "event": event_of(stage, keys["customer"])}
    for route, status in PAGES.items():
        assert member.get(path_of(route, keys)).status_code == status, route
    for route, queries in LISTS.items():
        for query in queries:
            assert member.get(f"/{route}{query.format(c=keys['customer'])}").status_code == 200, (route, query)


def _change_todos(member: Member, customer: Visitor) -> None:
    key = keys_of(customer)["todo"]
    page = f"/admin/todos/todo/{key}"
    changed = {"title": "Milk", "description": "", "notes": "", "date_due": "2030-02-03", "read_version": 1}
    _do(member, f"{page}/change/", changed)
    _do(member, f"{page}/delete/", {"post": "yes"})
    _do(member, f"{page}/restore/", {})
    for action in ("complete", "reopen", "delete_selected", "restore"):
        _do(member, f"/admin/todos/todo/?customer={customer.sub}", _selected(action, key))


def _change_files(member: Member, customer: Visitor) -> None:
    key, other = keys_of(customer)["file"], keys_of(customer)["file"]
    shown = member.post(f"/admin/files/file/{key}/download/", {"reason": _REASON})
    assert "X-Amz-Signature" in shown.text
    _do(member, f"/admin/files/file/{key}/delete/", {"post": "yes"})
    _do(member, f"/admin/files/file/?customer={customer.sub}", _selected("delete_selected", other))


def _change_the_account(member: Member, customer: Visitor) -> None:
    for act in ("disable", "enable", "sign-out-everywhere", "start-password-reset", "resend-confirmation"):
        _do(member, f"/admin/support/customer/{customer.sub}/act/", {"act": act, "reason": _REASON})


def _selected(action: str, key: str) -> dict[str, Any]:
    return {"action": action, "index": 0, "select_across": 0, "_selected_action": [key], "post": "yes"}


def _do(member: Member, path: str, form: dict[str, Any]) -> None:
    answer = member.post(path, form)
    assert answer.status_code == 302, (path, form, answer.text)


def _let_time_pass(stage: Stage, member: Member) -> None:
    """As if some minutes had passed: the groups are asked for again, the session lasts longer."""
    session = hashlib.sha256(member.cookies["__Secure-support_session"].value.encode()).hexdigest()
    soon = int(time.time()) + 60
    for record, attribute, value in (
        (f"staff#{member.sub}", "checkedAt", 0),
        (f"session#{session}", "expiresAt", soon),
    ):
        resources.client("dynamodb", os.environ).update_item(
            TableName=stage.deployment["data.StaffTable"].physical_id,
            Key={"recordID": {"S": record}},
            UpdateExpression=f"SET {attribute} = :value",
            ExpressionAttributeValues={":value": {"N": str(value)}},
            ConditionExpression="attribute_exists(recordID)",
        )
