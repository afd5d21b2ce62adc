"""Who is a member of staff, by the groups of the staff pool."""

import time

from pynamodb.exceptions import PutError

from todoproject.aws import user_pools
from todoproject.aws.failures import Contended, attempts, condition_failed
from todoproject.support.models import CHANGES, LOOKS, StaffModel, StaffUser

# How long a change of groups, or a disabled account, may go unnoticed.
_CHECK_SECONDS = 60


class StaffBackend:
    """Django's way from a session back to its user. There is no `authenticate`: see `todoproject.support.sign_in`."""

    def get_user(self, user_id: str) -> StaffUser | None:
        return staff_user(user_id)


def staff_user(sub: str) -> StaffUser | None:
    """The member as Cognito had them a minute ago at most; None for one who may not, or no longer, come in."""
    record = _read(sub)
    if record is None or time.time() - int(record.checked_at) > _CHECK_SECONDS:
        record = check_groups(sub)
    return StaffUser.of(record) if record and record.groups else None


def check_groups(username: str) -> StaffModel | None:
    """Ask Cognito for the account and its groups, and note them; None for an account that never was.

    Whatever differs from what was noted ends the member's sessions.
    """
    found = user_pools.get_staff(username)
    sub = found[0].sub if found else username
    groups = [group for group in (CHANGES, LOOKS) if found and group in found[1]]
    for _ in attempts():
        noted = _read(sub)
        if found is None and noted is None:
            return None
        if noted is None:
            condition = ~StaffModel.record_id.exists()
        else:
            condition = (StaffModel.epoch == noted.epoch) & (StaffModel.checked_at == noted.checked_at)
        same = noted is not None and list(noted.groups) == groups
        record = StaffModel(
            _record_id(sub),
            staff_id=sub,
            email=found[0].email if found else noted.email if noted else "",
            groups=groups,
            epoch=noted.epoch if noted and same else (noted.epoch if noted else 0) + 1,
            checked_at=int(time.time()),
        )
        try:
            record.save(condition)
        except PutError as exc:
            if not condition_failed(exc):
                raise
            continue
        return record
    raise Contended("Others kept noting the same member of staff.")


def _read(sub: str) -> StaffModel | None:
    item = StaffModel.connection().get_item(_record_id(sub), consistent_read=True).get("Item")
    if item is None:
        return None
    record = StaffModel()
    record.deserialize(item)
    return record


def _record_id(sub: str) -> str:
    return f"staff#{sub}"
