"""What TodosTable holds. Attribute names in DynamoDB are the names on the wire."""

import hashlib
import json
import unicodedata
from datetime import UTC, datetime

from django.conf import settings
from pynamodb.attributes import BooleanAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex, KeysOnlyProjection, LocalSecondaryIndex

from todoproject.aws.dynamodb import Table

# Cannot be the id of a todo: no path takes the character #.
ERASE_REQUEST_ID = "#erase-account"

# The first character of `listOrder`: the three parts of a user's list, in the order in which they come.
OPEN, COMPLETED, TRASHED = "0", "1", "2"

MAX_TITLE = 500
# Two such texts and their escapes fit into a body of 256 KiB, and a todo into DynamoDB's 400 KB.
MAX_TEXT = 16_383

# Where the index puts open todos without a date: last.
UNDATED = "9999-12-31"
_MICROSECONDS = 10**16
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class ByList(LocalSecondaryIndex["TodoModel"]):
    """A user's todos in the order of the list: one strongly consistent Query serves each page."""

    class Meta:
        index_name = "byList"
        projection = AllProjection()

    user_id = UnicodeAttribute(hash_key=True, attr_name="userID")
    list_order = UnicodeAttribute(range_key=True, attr_name="listOrder")


class ByPurgeDay(GlobalSecondaryIndex["TodoModel"]):
    """What is due to be purged, without a scan. Sparse: only trashed todos and requests to erase have the key."""

    class Meta:
        index_name = "byPurgeDay"
        projection = KeysOnlyProjection()

    purge_day = UnicodeAttribute(hash_key=True, attr_name="purgeDay")


class TodoModel(Table):
    """One todo. An empty text is left out; times are RFC 3339 UTC with microseconds, days are YYYY-MM-DD.

    Internal, never on the wire: `titleFolded` (what search looks at), `listOrder`, `purgeDay`, and the marks by which
    a write recognises itself after a lost answer, `createHash` and `writeID`.
    """

    class Meta:
        table_name = settings.TODOS_TABLE
        region = settings.AWS_REGION
        billing_mode = "PAY_PER_REQUEST"

    user_id = UnicodeAttribute(hash_key=True, attr_name="userID")
    todo_id = UnicodeAttribute(range_key=True, attr_name="todoID")
    title = UnicodeAttribute()
    title_folded = UnicodeAttribute(attr_name="titleFolded")
    description = UnicodeAttribute(null=True)
    notes = UnicodeAttribute(null=True)
    date_due = UnicodeAttribute(null=True, attr_name="dateDue")
    completed = BooleanAttribute(default=False)
    date_created = UnicodeAttribute(attr_name="dateCreated")
    date_updated = UnicodeAttribute(attr_name="dateUpdated")
    date_completed = UnicodeAttribute(null=True, attr_name="dateCompleted")
    date_deleted = UnicodeAttribute(null=True, attr_name="dateDeleted")
    version = NumberAttribute(default=1)
    list_order = UnicodeAttribute(attr_name="listOrder")
    purge_day = UnicodeAttribute(null=True, attr_name="purgeDay")
    create_hash = UnicodeAttribute(attr_name="createHash")
    write_id = UnicodeAttribute(null=True, attr_name="writeID")

    by_list = ByList()
    by_purge_day = ByPurgeDay()


class EraseRequestModel(Table):
    """A user's wish to be erased, in the same table and found by the same index as what is due to be purged.

    `dateErased` is when a maintenance run had erased everything and the account with it. The request stays until no
    token of the user can be valid any more, so that a later run erases what was written with one.
    """

    class Meta:
        table_name = settings.TODOS_TABLE
        region = settings.AWS_REGION

    user_id = UnicodeAttribute(hash_key=True, attr_name="userID")
    todo_id = UnicodeAttribute(range_key=True, attr_name="todoID", default=ERASE_REQUEST_ID)
    date_created = UnicodeAttribute(attr_name="dateCreated")
    purge_day = UnicodeAttribute(attr_name="purgeDay")
    date_erased = UnicodeAttribute(null=True, attr_name="dateErased")


def fold(text: str) -> str:
    """The form in which titles and searches are compared: DynamoDB's own `contains` minds case."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def create_hash_of(*, title: str, description: str, notes: str, date_due: str) -> str:
    """By which a repeated create recognises its todo, whatever has become of the texts since."""
    texts = {"title": title, "description": description, "notes": notes, "dateDue": date_due}
    return hashlib.sha256(json.dumps(texts, sort_keys=True).encode()).hexdigest()


def list_order_of(
    *, date_due: str | None, date_created: str, date_completed: str | None, date_deleted: str | None
) -> str:
    """The range key of `byList`: open by due date (undated last, newest first within a date), then completed and
    then trashed, the latest first."""
    if date_deleted:
        return f"{TRASHED}#{_inverted(date_deleted)}"
    if date_completed:
        return f"{COMPLETED}#{_inverted(date_completed)}"
    return f"{OPEN}#{date_due or UNDATED}#{_inverted(date_created)}"


def _inverted(time: str) -> str:
    """Digits that sort the later time first."""
    since = datetime.fromisoformat(time) - _EPOCH
    microseconds = (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
    return f"{_MICROSECONDS - microseconds:016d}"
