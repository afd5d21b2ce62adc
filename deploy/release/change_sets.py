"""One stack, brought to where it should be: a change set made, shown, agreed to, carried out, its failure explained.

Every outcome leaves something to start again from: a change set that was not carried out is deleted, and with it the
empty stack that it may have made.
"""

import contextlib
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from deploy.release.consent import Consent
from deploy.release.errors import ReleaseError
from deploy.release.stage import describe

# Seconds between two looks, and what one stack may take: a distribution 15 minutes, a service's roll-out 30.
PAUSE = 5
PATIENCE = 75 * 60
# No stack of ours names a role; the api's template is a transform.
_CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]
_DONE = {"CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE"}
_STUCK = {
    "UPDATE_ROLLBACK_FAILED": "Mend what its events name, then `aws cloudformation continue-update-rollback`",
    "ROLLBACK_FAILED": "Mend what its events name, then delete the stack",
    "DELETE_FAILED": "Mend what its events name, then delete the stack",
    "CREATE_FAILED": "Delete the stack",
    "UPDATE_FAILED": "Roll it back with `aws cloudformation rollback-stack`",
}
_FAILED = {
    "UPDATE_ROLLBACK_COMPLETE": "It is as it was before. Mend what is named, and deploy again.",
    "ROLLBACK_COMPLETE": "What it had made is gone again. Mend what is named, and deploy again.",
}
_NOTHING_NEW = "No updates are to be performed"
_ATTEMPTS = 4


@dataclass(frozen=True)
class Wanted:
    """What a stack should be. Without a template it keeps its own; parameters are in CloudFormation's own form."""

    parameters: Sequence[dict[str, Any]]
    template: dict[str, Any] = field(default_factory=lambda: {"UsePreviousTemplate": True})
    resource_types: Sequence[str] = ()
    """For the dry run of a stack that is not there: its imports are not there either, so no change set can be made."""
    role_arn: str = ""
    tags: dict[str, str] = field(default_factory=dict)


def bring(cloudformation: Any, stack: str, wanted: Wanted, consent: Consent) -> bool:
    """Whether anything was changed. Raises ReleaseError where it was refused or failed."""
    for _ in range(_ATTEMPTS):
        creating = not _ready(cloudformation, stack, consent)
        if creating and consent.dry_run:
            print(f"{stack}: would be created, with {', '.join(sorted(set(wanted.resource_types)))}")
            return False
        change_set = _make(cloudformation, stack, wanted, creating)
        if change_set is None:
            print(f"{stack}: nothing to change")
            return False
        seen, executed = None, False
        try:
            if not _is_made(cloudformation, stack, change_set):
                print(f"{stack}: nothing to change")
                return False
            if not consent.to_changes(stack, _changes(cloudformation, stack, change_set)):
                return False
            seen = _last_event(cloudformation, stack)
            executed = _execute(cloudformation, stack, change_set)
        finally:
            if not executed:
                _discard(cloudformation, stack, change_set)
        if executed:
            _follow(cloudformation, stack, seen)
            return True
        # Another pipeline was quicker, so this change set is out of date: wait, and make it anew.
    raise ReleaseError(f"{stack} was not changed: another deployment was quicker {_ATTEMPTS} times. Try again.")


def _ready(cloudformation: Any, stack: str, consent: Consent) -> bool:
    """Wait until nobody works on the stack; whether there is one to update."""
    status = wait_while_busy(cloudformation, stack)
    if status in _STUCK:
        raise ReleaseError(f"{stack} is {status} and cannot be changed. {_STUCK[status]}, and deploy again.")
    if status == "ROLLBACK_COMPLETE":
        question = "its first creation failed and was rolled back; what is left of it is deleted, then it is made anew"
        if consent.to_act(stack, question):
            delete(cloudformation, stack)
        return False
    return status not in (None, "REVIEW_IN_PROGRESS")


def wait_while_busy(cloudformation: Any, stack: str) -> str | None:
    """The status once nobody works on the stack, None where there is none. Raises ReleaseError after PATIENCE."""
    deadline, said = time.monotonic() + PATIENCE, False
    while True:
        status = (describe(cloudformation, stack) or {}).get("StackStatus")
        if status is None or status == "REVIEW_IN_PROGRESS" or not status.endswith("_IN_PROGRESS"):
            return status
        if time.monotonic() > deadline:
            raise ReleaseError(f"{stack} is still {status} after {PATIENCE // 60} minutes. See its events.")
        if not said:
            print(f"{stack}: {status}, waiting for the deployment that is at work on it")
            said = True
        time.sleep(PAUSE)


def delete(cloudformation: Any, stack: str) -> None:
    cloudformation.delete_stack(StackName=stack)
    status = wait_while_busy(cloudformation, stack)
    if status not in (None, "DELETE_COMPLETE"):
        raise ReleaseError(f"{stack} could not be deleted ({status}): {_failures(cloudformation, stack, None)}")


def _make(cloudformation: Any, stack: str, wanted: Wanted, creating: bool) -> str | None:
    """Its name, or None where CloudFormation sees at once that nothing would change."""
    name = f"release-{datetime.now(UTC):%Y%m%d-%H%M%S-%f}"
    asked: dict[str, Any] = {
        "StackName": stack,
        "ChangeSetName": name,
        "ChangeSetType": "CREATE" if creating else "UPDATE",
        "Capabilities": _CAPABILITIES,
        "Parameters": list(wanted.parameters),
        **wanted.template,
    }
    # Left out, the role and the tags stay what they are.
    if wanted.role_arn:
        asked["RoleARN"] = wanted.role_arn
    if wanted.tags:
        asked["Tags"] = [{"Key": key, "Value": value} for key, value in wanted.tags.items()]
    try:
        cloudformation.create_change_set(**asked)
    except ClientError as error:
        if _NOTHING_NEW in error.response["Error"]["Message"]:
            return None
        raise
    return name


def _is_made(cloudformation: Any, stack: str, name: str) -> bool:
    while True:
        made = cloudformation.describe_change_set(StackName=stack, ChangeSetName=name)
        if made["Status"] not in ("CREATE_PENDING", "CREATE_IN_PROGRESS"):
            break
        time.sleep(PAUSE / 5)
    reason = made.get("StatusReason", "")
    if made["Status"] == "CREATE_COMPLETE":
        return True
    if "didn't contain changes" in reason or _NOTHING_NEW in reason:
        return False
    raise ReleaseError(f"{stack} was not changed, since CloudFormation refuses the change set: {reason}")


def _discard(cloudformation: Any, stack: str, name: str) -> None:
    # What stopped the deployment is to be read, not that tidying up failed too: while a change set is being made it
    # cannot be deleted, with credentials that have run out nothing can, and a pipeline may not delete stacks. The next
    # deployment is not disturbed by what is left, neither a change set nor a stack without any resource.
    with contextlib.suppress(ClientError):
        cloudformation.delete_change_set(StackName=stack, ChangeSetName=name)
        found = describe(cloudformation, stack)
        if found and found["StackStatus"] == "REVIEW_IN_PROGRESS":
            cloudformation.delete_stack(StackName=stack)


def _changes(cloudformation: Any, stack: str, name: str) -> list[dict[str, Any]]:
    changes: list[dict[str, Any]] = []
    more: dict[str, str] = {}
    while True:
        page = cloudformation.describe_change_set(StackName=stack, ChangeSetName=name, **more)
        changes += [change["ResourceChange"] for change in page.get("Changes", []) if change["Type"] == "Resource"]
        if "NextToken" not in page:
            return changes
        more = {"NextToken": page["NextToken"]}


def _execute(cloudformation: Any, stack: str, name: str) -> bool:
    """False where the stack has changed since the change set was made."""
    try:
        cloudformation.execute_change_set(StackName=stack, ChangeSetName=name)
    except ClientError as error:
        code, message = error.response["Error"]["Code"], error.response["Error"]["Message"]
        if code == "InvalidChangeSetStatus" or "_IN_PROGRESS state" in message or "OBSOLETE" in message:
            return False
        raise
    return True


def _follow(cloudformation: Any, stack: str, seen: str | None) -> None:
    """Show what becomes of the resources until the stack is done. Raises ReleaseError where it failed."""
    shown, deadline = seen, time.monotonic() + PATIENCE
    try:
        while True:
            events = _events(cloudformation, stack, shown)
            for event in events:
                if event["ResourceStatus"].endswith(("_COMPLETE", "_FAILED")):
                    print(f"  {event['ResourceStatus']:<28} {event['LogicalResourceId']}", flush=True)
            shown = events[-1]["EventId"] if events else shown
            status = (describe(cloudformation, stack) or {}).get("StackStatus", "DELETE_COMPLETE")
            if not status.endswith("_IN_PROGRESS"):
                break
            if time.monotonic() > deadline:
                raise ReleaseError(f"{stack} is still {status} after {PATIENCE // 60} minutes. See its events.")
            time.sleep(PAUSE)
    except KeyboardInterrupt:
        raise KeyboardInterrupt(
            f"Interrupted: CloudFormation goes on with {stack} by itself; look at its events."
        ) from None
    if status not in _DONE:
        advice = _FAILED.get(status) or f"{_STUCK.get(status, 'See its events')}, and deploy again."
        raise ReleaseError(f"{stack} is {status}. What failed: {_failures(cloudformation, stack, seen)}\n{advice}")


def _failures(cloudformation: Any, stack: str, since: str | None) -> str:
    failures = [
        f"\n  {event['LogicalResourceId']} ({event['ResourceType']}): {event.get('ResourceStatusReason', '')}"
        for event in _events(cloudformation, stack, since)
        if event["ResourceStatus"].endswith("_FAILED") and "cancelled" not in event.get("ResourceStatusReason", "")
    ]
    return "".join(failures) or "see its events."


def _last_event(cloudformation: Any, stack: str) -> str | None:
    events = cloudformation.describe_stack_events(StackName=stack)["StackEvents"]
    return str(events[0]["EventId"]) if events else None


def _events(cloudformation: Any, stack: str, since: str | None) -> list[dict[str, Any]]:
    """Those after the event `since`, in the order in which they happened."""
    events: list[dict[str, Any]] = []
    for page in cloudformation.get_paginator("describe_stack_events").paginate(StackName=stack):
        for event in page["StackEvents"]:
            if event["EventId"] == since:
                return events[::-1]
            events.append(event)
    return events[::-1]
