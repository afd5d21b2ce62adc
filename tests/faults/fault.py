"""What can be broken about a call."""

import enum
import json
import zlib
from collections.abc import Collection
from dataclasses import dataclass


@dataclass(frozen=True)
class Call:
    """`operation` is DynamoDB's name of it, elsewhere the method; `path` is with its query."""

    operation: str
    path: str


class How(enum.Enum):
    DROP = "the connection is closed without an answer"
    RESET = "the connection is reset"
    HANG = "there is never an answer, until the client gives up"
    HOLD = "the call waits for Proxy.release, then goes through"
    ANSWER = "the proxy answers by itself"
    REFUSE = "the connection is reset, and none is accepted any more, until Proxy.clear"
    WAIT = "the call waits for some time, then goes through"
    HALVE = "the connection is closed after half of the answer"
    DRIP = "the answer comes a few bytes at a time"
    PAD = "the answer has 10 MB of blanks at its end"


@dataclass(frozen=True)
class Fault:
    """`after_the_work`: the upstream has done the call when it is broken; otherwise it never hears of it.

    `seconds`: how long a call waits, the least and the most; how long an answer drips.
    """

    how: How
    after_the_work: bool = False
    answer: bytes = b""
    closes: bool = False
    seconds: tuple[float, float] = (0, 0)


def answering(
    status: int,
    body: bytes = b"",
    *,
    content_type: str = "application/x-amz-json-1.0",
    cut_to: int | None = None,
    after_the_work: bool = False,
    checksum: bool = True,
    headers: Collection[str] = (),
    of_aws: bool = True,
) -> Fault:
    """A fault that answers; with `cut_to`, the connection is closed after so many bytes of the body."""
    head = [
        f"HTTP/1.1 {status} Broken",
        *(["x-amzn-RequestId: BROKENBYTHEPROXY"] if of_aws else []),
        f"Content-Type: {content_type}",
        f"Content-Length: {len(body)}",
        *headers,
    ]
    if checksum:
        head.append(f"x-amz-crc32: {zlib.crc32(body)}")
    raw = "\r\n".join([*head, "", ""]).encode() + body[:cut_to]
    return Fault(How.ANSWER, after_the_work, raw, closes=cut_to is not None)


def dynamodb_error(
    status: int,
    name: str,
    *,
    checksum: bool = True,
    cut_to: int | None = None,
    after_the_work: bool = False,
    headers: Collection[str] = (),
    **more: object,
) -> Fault:
    """An error as DynamoDB words it."""
    worded = {"__type": f"com.amazonaws.dynamodb.v20120810#{name}", "message": "By the proxy.", **more}
    body = json.dumps(worded).encode()
    return answering(status, body, checksum=checksum, cut_to=cut_to, after_the_work=after_the_work, headers=headers)


def delayed(seconds: float) -> Fault:
    """The call goes through, so many seconds later."""
    return Fault(How.WAIT, seconds=(seconds, seconds))


DROPPED = Fault(How.DROP, after_the_work=True)
RESET = Fault(How.RESET)
RESET_AFTER = Fault(How.RESET, after_the_work=True)
HUNG = Fault(How.HANG)
LATE = Fault(How.HANG, after_the_work=True)
HELD = Fault(How.HOLD)
ERROR = dynamodb_error(500, "InternalServerError")
ERROR_AFTER = dynamodb_error(500, "InternalServerError", after_the_work=True)
UNAVAILABLE = answering(503, b"<html>Service Unavailable</html>", content_type="text/html", checksum=False)
THROTTLED = dynamodb_error(400, "ProvisionedThroughputExceededException")
THROTTLED_WITHOUT_CHECKSUM = dynamodb_error(400, "ThrottlingException", checksum=False)
CUT_SHORT = answering(200, b'{"Item": {}, "Items": [], "Attributes": {}}', cut_to=20)
REFUSAL_CUT_SHORT = dynamodb_error(400, "ConditionalCheckFailedException", cut_to=20)
NOT_JSON = answering(200, b"<html>It works!</html>", content_type="text/html", checksum=False)
NOT_AWS = answering(200, b"<html>Sign in</html>", content_type="text/html", checksum=False, cut_to=1000, of_aws=False)
EMPTY = answering(200, b"", checksum=False)


def _cancelled(*reasons: str) -> Fault:
    """A transaction that was cancelled, with what DynamoDB says of each of its items."""
    return dynamodb_error(400, "TransactionCanceledException", CancellationReasons=[{"Code": each} for each in reasons])


# How a transaction is throttled: not by an error of that name, but among its reasons, maybe beside others.
THROTTLED_TRANSACTION = _cancelled("None", "ThrottlingError")
PARTLY_THROTTLED_TRANSACTION = _cancelled("ConditionalCheckFailed", "ThrottlingError")
CONTENDED_TRANSACTION = _cancelled("None", "TransactionConflict")
DOUBLY_CONTENDED_TRANSACTION = _cancelled("ConditionalCheckFailed", "TransactionConflict")
