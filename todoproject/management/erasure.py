"""The erasure of a person: everything in tables, bucket, audit trail and Cognito.

Objects, records, todos, until nothing is left; what the audit trail quotes; the account. The request to erase stays in
the table from beginning to end, so a crash anywhere leaves something that the next purge finds and goes on with.

And it stays an hour longer: the services check tokens without asking Cognito, so whoever still has one can write. The
purge after that erases what was written, and then the request itself.
"""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone

from files.maintenance.removal import erase_files
from files.maintenance.walks import has_records, walk_files
from files.storage import files_storage
from todoproject.api.problems import Problem
from todoproject.aws import user_pools
from todoproject.aws.dynamodb import written_time
from todoproject.maintenance.command import Refused
from todoproject.maintenance.run import Run
from todos.maintenance.removal import erase_todos, note_erased, read_request, remove_request
from todos.maintenance.walks import is_erase_request, read_one, walk_todos
from todos.services import request_erasure

# Tokens of the website's client live 15 minutes, forms and signed addresses 5 and 15.
TOKENS_LIVE = timedelta(hours=1)
_MOST_PASSES = 5


class StillWriting(Problem):
    detail = "New items keep coming. The request stays; the next purge goes on."


def refuse_without_audit() -> None:
    """Raise Refused."""
    if not settings.SERVES_ADMIN:
        raise Refused("SERVICE_ROLE=files knows no audit trail, which an erasure must reach. Set SERVICE_ROLE=all.")


def is_known(user_id: str) -> bool:
    """Whether anything is left of the user, account or not."""
    return (
        read_one(user_id) is not None
        or has_records(user_id)
        or any(files_storage().list_objects(f"{user_id}/"))
        or any(_events_to_redact(user_id, None))
    )


def erase(run: Run, user_id: str, *, exported_to: str | None = None) -> None:
    """Adds the receipt to the run. Raises StillWriting."""
    request_erasure(user_id=user_id)
    receipt = {"userID": user_id, "exportedTo": exported_to, **_erase_everything(user_id)}
    account = user_pools.get_customer(user_id)
    receipt["auditEvents"] = _redact_events(user_id, account)
    if account:
        user_pools.delete_customer(user_id)
        receipt["account"] = "deleted"
    else:
        receipt["account"] = "none"
    receipt["request"] = _close_request(user_id)
    receipt["dateErased"] = written_time(timezone.now())
    run.receipts.append(receipt)
    run.count("users erased")


def _erase_everything(user_id: str) -> dict[str, int]:
    erased = {"objectVersions": 0, "fileRecords": 0, "todos": 0}
    for _ in range(_MOST_PASSES):
        objects, records = erase_files(user_id)
        counts = (objects, records, erase_todos(user_id))
        if not any(counts):
            return erased
        erased = {name: before + count for (name, before), count in zip(erased.items(), counts, strict=True)}
    raise StillWriting


def _close_request(user_id: str) -> str:
    request, now = read_request(user_id), timezone.now()
    if request is not None and request.date_erased and _is_past_tokens(request.date_erased, now):
        remove_request(user_id)
        return "removed"
    note_erased(user_id, now=now)
    return "kept until no token is valid; the next purge_trash after an hour removes it"


def is_waiting(user_id: str) -> bool:
    """Erased, and kept only until the tokens have run out."""
    request = read_request(user_id)
    return bool(request and request.date_erased and not _is_past_tokens(request.date_erased, timezone.now()))


def _is_past_tokens(date_erased: str, now: datetime) -> bool:
    return now - datetime.fromisoformat(date_erased) > TOKENS_LIVE


def preview(run: Run, user_id: str) -> None:
    """What there is to erase, for a dry run."""
    run.count("todos to erase", sum(not is_erase_request(item) for item in walk_todos(user_id)))
    run.count("records of files to erase", sum(1 for _ in walk_files(user_id)))
    account = user_pools.get_customer(user_id)
    run.count("events to redact", sum(1 for _ in _events_to_redact(user_id, account)))
    run.count("accounts to delete", account is not None)
    run.count("users to erase")


def _events_to_redact(user_id: str, account: user_pools.Account | None) -> Iterator[Any]:
    """Those about the user, and those about nobody that name the address: searches for it."""
    # The settings of the audit trail are there only where the admin is.
    from todoproject.support.models import NOBODY, EventModel

    written = EventModel.values.exists() | EventModel.customer_email.exists() | EventModel.reason.exists()
    yield from EventModel.query(user_id, filter_condition=written, consistent_read=True)
    if account and account.email:
        address = account.email.casefold()
        for event in EventModel.query(NOBODY, filter_condition=EventModel.values.exists(), consistent_read=True):
            if any(address in text.casefold() for text in map(str, json.loads(event.values).values())):
                yield event


def _redact_events(user_id: str, account: user_pools.Account | None) -> int:
    """What was done, when and by whom, stays; what the person wrote, their address, and why it was done, goes: a
    member of staff may have quoted them."""
    count = 0
    for event in _events_to_redact(user_id, account):
        kind = type(event)
        quotes = [kind.values.remove(), kind.customer_email.remove(), kind.reason.remove()]
        event.update(quotes, kind.event_id.exists())
        count += 1
    return count
