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
from deploy.release.errors import ReleaseError, is_denied
from deploy.release.progress import (
    PATIENCE,
    PAUSE,
    STUCK,
    advice,
    delete,
    failures_of,
    follow,
    last_event,
    wait_while_busy,
)
from deploy.release.stage import describe

# No stack of ours names a role; the api's template is a transform.
_CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]
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
            seen = last_event(cloudformation, stack)
            executed = _execute(cloudformation, stack, change_set)
        finally:
            if not executed:
                _discard(cloudformation, stack, change_set)
        if executed:
            follow(cloudformation, stack, seen)
            return True
        # Another pipeline was quicker, so this change set is out of date: wait, and make it anew.
    raise ReleaseError(f"{stack} was not changed: another deployment was quicker {_ATTEMPTS} times. Try again.")


def _ready(cloudformation: Any, stack: str, consent: Consent) -> bool:
    """Wait until nobody works on the stack; whether there is one to update."""
    status = wait_while_busy(cloudformation, stack)
    if status in STUCK:
        failed = failures_of(cloudformation, stack)
        raise ReleaseError(f"{stack} is {status} and cannot be changed. What failed: {failed}\n{advice(stack, status)}")
    if status == "ROLLBACK_COMPLETE":
        question = "its first creation failed and was rolled back; what is left of it is deleted, then it is made anew"
        if consent.to_act(stack, question):
            _clear_away(cloudformation, stack)
        return False
    return status not in (None, "REVIEW_IN_PROGRESS")


def _clear_away(cloudformation: Any, stack: str) -> None:
    try:
        delete(cloudformation, stack)
    except ClientError as error:
        if not is_denied(error):
            raise
        raise ReleaseError(
            f"{stack} is ROLLBACK_COMPLETE and must be deleted before it can be made anew, which these credentials may "
            f"not do, nor may any pipeline. With rights of an administrator: aws cloudformation delete-stack "
            f"--stack-name {stack}, then deploy again."
        ) from None


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
    """False where nothing would change. Raises ReleaseError with CloudFormation's reason where it is refused."""
    deadline = time.monotonic() + PATIENCE
    while True:
        made = cloudformation.describe_change_set(StackName=stack, ChangeSetName=name)
        if made["Status"] not in ("CREATE_PENDING", "CREATE_IN_PROGRESS"):
            break
        if time.monotonic() > deadline:
            raise ReleaseError(
                f"{stack} was not changed: no change set after {PATIENCE // 60} minutes. Try again later."
            )
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
