"""The trail of a day, a page at a time."""

import re
from datetime import UTC, datetime, timedelta

from tests.maintenance.commands import at
from tests.support.staff import Member, text_of
from todoproject.aws.dynamodb import written_time
from todoproject.support.models import NOBODY, EventModel

_NEXT = re.compile(r'href="([^"]+)" rel="next"')
_ACTION = re.compile(r'<td class="field-action">([^<]+)</td>')
# Of a day that is no other test's.
MIDNIGHT = datetime(2033, 5, 4, tzinfo=UTC)


def record(moment: datetime, action: str) -> None:
    time = written_time(moment)
    EventModel(
        NOBODY, f"{time}#{action}", day=time[:10], time=time, staff_id=NOBODY, action=action, outcome="done"
    ).save()


def test_a_list_that_was_begun_before_midnight_goes_on_after_it(support: Member) -> None:
    for number in range(103):
        record(MIDNIGHT - timedelta(minutes=number + 1), f"act-{number}")
    with at(MIDNIGHT - timedelta(seconds=1)):
        first = text_of(support.get("/admin/support/event/"))
    following = _NEXT.search(first)
    assert following is not None
    with at(MIDNIGHT + timedelta(seconds=1)):
        second = support.get(f"/admin/support/event/{following[1].replace('&amp;', '&')}")
        assert second.status_code == 200, text_of(second)
        newest = text_of(support.get("/admin/support/event/"))
    assert _ACTION.findall(first) + _ACTION.findall(text_of(second)) == [f"act-{number}" for number in range(103)]
    # The list of the new day: of the two looks at the trail, each on record.
    assert _ACTION.findall(newest) == ["list"]
