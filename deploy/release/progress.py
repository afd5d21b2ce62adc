"""What CloudFormation does with a stack, watched until it is done; why it failed, and what to do then."""

import time
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from deploy.release.errors import ReleaseError, explain
from deploy.release.stage import describe

# Seconds between two looks, and what one stack may take: a distribution 15 minutes, a service's roll-out 30.
PAUSE = 5
PATIENCE = 75 * 60
_DONE = {"CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE"}
# What gets a stack out of a status in which it cannot be changed; people do it, since no pipeline has the right.
STUCK = {
    "UPDATE_ROLLBACK_FAILED": "aws cloudformation continue-update-rollback",
    "ROLLBACK_FAILED": "aws cloudformation delete-stack",
    "DELETE_FAILED": "aws cloudformation delete-stack",
    "CREATE_FAILED": "aws cloudformation delete-stack",
    "UPDATE_FAILED": "aws cloudformation rollback-stack",
}
_TAKEN_BACK = {
    "UPDATE_ROLLBACK_COMPLETE": "It is as it was before. Mend what is named, and deploy again.",
    "ROLLBACK_COMPLETE": (
        "What it had made is gone again. Mend what is named, and deploy again from a terminal: the empty stack must be "
        "deleted before, which no pipeline may do."
    ),
}


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
    # A stack that is being updated cannot be deleted.
    wait_while_busy(cloudformation, stack)
    cloudformation.delete_stack(StackName=stack)
    status = wait_while_busy(cloudformation, stack)
    if status not in (None, "DELETE_COMPLETE"):
        raise ReleaseError(
            f"{stack} could not be deleted ({status}). What failed: {failures_of(cloudformation, stack)}\n"
            "Mend that; the same command goes on."
        )


def follow(cloudformation: Any, stack: str, seen: str | None) -> None:
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
        raise KeyboardInterrupt(f"Interrupted. {_goes_on(stack)}") from None
    except (BotoCoreError, ClientError) as error:
        raise ReleaseError(f"{explain(error)}\n{_goes_on(stack)}") from error
    if status not in _DONE:
        failed = failures_of(cloudformation, stack, seen)
        raise ReleaseError(f"{stack} is {status}. What failed: {failed}\n{advice(stack, status)}")


def _goes_on(stack: str) -> str:
    return (
        f"CloudFormation goes on with {stack} by itself. To see it: aws cloudformation describe-stack-events "
        f"--stack-name {stack}. To take an update back while it runs: aws cloudformation cancel-update-stack "
        f"--stack-name {stack}. The same command waits for it, then goes on."
    )


def advice(stack: str, status: str) -> str:
    if status in _TAKEN_BACK:
        return _TAKEN_BACK[status]
    if status in STUCK:
        return f"Mend that; then, with rights of an administrator: {STUCK[status]} --stack-name {stack}. Deploy again."
    return "See its events, and deploy again."


def failures_of(cloudformation: Any, stack: str, since: str | None = None) -> str:
    """What failed in the last operation, a line each."""
    failures: list[str] = []
    for event in _events(cloudformation, stack, since):
        reason = event.get("ResourceStatusReason", "")
        if reason == "User Initiated":
            failures = []
        elif event["LogicalResourceId"] == stack or "cancelled" in reason:
            # What follows from the others.
            continue
        elif event["ResourceStatus"].endswith("_FAILED"):
            failures.append(f"\n  {event['LogicalResourceId']} ({event['ResourceType']}): {reason}")
    return "".join(failures) or "see its events."


def last_event(cloudformation: Any, stack: str) -> str | None:
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
