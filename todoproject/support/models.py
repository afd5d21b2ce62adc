"""What StaffTable and AuditTable hold."""

from django.conf import settings
from pynamodb.attributes import ListAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex

from todoproject.aws.dynamodb import Table

# In the place of an id where there is none: an event that concerns no customer, or whose doer is not known.
NOBODY = "-"


class StaffModel(Table):
    """A member of staff as the sign-in found them: `recordID` is `staff#<sub>`.

    `epoch` goes into the hash of each session. It grows when the groups change or the account is disabled, and so
    ends all of the member's sessions. `checkedAt` (seconds since 1970) is when Cognito was last asked for the groups.
    """

    class Meta:
        table_name = settings.STAFF_TABLE
        region = settings.AWS_REGION
        billing_mode = "PAY_PER_REQUEST"

    record_id = UnicodeAttribute(hash_key=True, attr_name="recordID")
    staff_id = UnicodeAttribute(attr_name="staffID")
    email = UnicodeAttribute()
    groups: ListAttribute[str] = ListAttribute()
    epoch = NumberAttribute()
    checked_at = NumberAttribute(attr_name="checkedAt")


class SessionModel(Table):
    """A session in the same table: `recordID` is `session#<SHA-256 of the cookie's value>`.

    Whoever may read the table can therefore not take a session over. Times are in seconds since 1970: `expiresAt`
    (DynamoDB's TTL) moves on with each use, `endsAt` does not.
    """

    class Meta:
        table_name = settings.STAFF_TABLE
        region = settings.AWS_REGION

    record_id = UnicodeAttribute(hash_key=True, attr_name="recordID")
    content = UnicodeAttribute()
    expires_at = NumberAttribute(attr_name="expiresAt")
    ends_at = NumberAttribute(attr_name="endsAt")


class ByStaff(GlobalSecondaryIndex["EventModel"]):
    class Meta:
        index_name = "byStaff"
        projection = AllProjection()

    staff_id = UnicodeAttribute(hash_key=True, attr_name="staffID")
    event_id = UnicodeAttribute(range_key=True, attr_name="eventID")


class ByDay(GlobalSecondaryIndex["EventModel"]):
    """The whole trail, a day at a time."""

    class Meta:
        index_name = "byDay"
        projection = AllProjection()

    day = UnicodeAttribute(hash_key=True)
    event_id = UnicodeAttribute(range_key=True, attr_name="eventID")


class EventModel(Table):
    """Something that a member of staff did, looked at, or was refused. The application only puts and queries.

    `values` is one JSON text, `{"<field>": [<old>, <new>], …}`, and with `customerEmail` and `reason` all that may
    hold what a customer wrote; only the maintenance role may redact these. Never the content of a file, never a token.
    """

    class Meta:
        table_name = settings.AUDIT_TABLE
        region = settings.AWS_REGION
        billing_mode = "PAY_PER_REQUEST"

    # The customer's `sub`, or NOBODY.
    customer_id = UnicodeAttribute(hash_key=True, attr_name="customerID")
    # `<time>#<32 hex digits>`: sorts by time.
    event_id = UnicodeAttribute(range_key=True, attr_name="eventID")
    day = UnicodeAttribute()
    time = UnicodeAttribute()
    # The `sub` in the staff pool, or NOBODY.
    staff_id = UnicodeAttribute(attr_name="staffID")
    staff_name = UnicodeAttribute(null=True, attr_name="staffName")
    action = UnicodeAttribute()
    # "done", "attempted", "failed" or "refused".
    outcome = UnicodeAttribute()
    target_type = UnicodeAttribute(null=True, attr_name="targetType")
    target_id = UnicodeAttribute(null=True, attr_name="targetID")
    customer_email = UnicodeAttribute(null=True, attr_name="customerEmail")
    address = UnicodeAttribute(null=True)
    request_id = UnicodeAttribute(null=True, attr_name="requestID")
    values = UnicodeAttribute(null=True)
    reason = UnicodeAttribute(null=True)

    by_staff = ByStaff()
    by_day = ByDay()
