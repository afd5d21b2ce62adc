"""The users that a table knows, each once, without reading what lies under them."""

from collections.abc import Iterator
from typing import NamedTuple

from botocore.exceptions import ClientError

from todoproject.aws.dynamodb import Table, client
from todoproject.aws.failures import error_code

# Sorts after every range key of ours.
_LAST = "\U0010ffff"


class Segment(NamedTuple):
    """One of `total` parts that are walked side by side."""

    number: int
    total: int


def user_ids(table: type[Table], *, range_name: str, segment: Segment, after: str | None) -> Iterator[str]:
    """In the order of the table's partitions, which stays the same. A user whose first item comes meanwhile, or whose
    last one goes, may be among them or not.

    A scan for one item, gone on from the end of that item's partition: one call and one unit a user, however much is
    stored of them. AWS's own examples find distinct partition keys so.
    """
    start = None if after is None else {"userID": {"S": after}, range_name: {"S": _LAST}}
    while True:
        page = table.connection().scan(
            attributes_to_get=["userID"],
            limit=1,
            segment=segment.number,
            total_segments=segment.total,
            exclusive_start_key=start,  # type: ignore[arg-type]  # typed as a text by mistake
            consistent_read=True,
        )
        for item in page["Items"]:
            yield item["userID"]["S"]
        if not page.get("LastEvaluatedKey"):
            return
        start = {"userID": page["LastEvaluatedKey"]["userID"], range_name: {"S": _LAST}}


def about_how_many(*tables: type[Table]) -> int | None:
    """Items in the tables, as DynamoDB counts them every six hours; None where the role may not ask.

    For the time that is left, and nothing else.
    """
    try:
        described = [client().describe_table(TableName=table.Meta.table_name)["Table"] for table in tables]
    except ClientError as exc:
        if error_code(exc) != "AccessDeniedException":
            raise
        return None
    return sum(int(each["ItemCount"]) for each in described)
