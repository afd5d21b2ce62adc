"""Every kind of fault, for each of the endpoints that the services call: what the matrix is made of."""

from dataclasses import dataclass
from typing import Literal

from tests.faults.fault import (
    DROPPED,
    HUNG,
    LATE,
    REFUSAL_CUT_SHORT,
    RESET,
    Fault,
    How,
    answering,
    delayed,
    dynamodb_error,
)
from tests.faults.proxy import TEN_MB

Endpoint = Literal["dynamodb", "s3", "cognito", "keys"]

# Seconds that the service waits for an answer: where none will come, and where one will, on a machine that is busy.
IMPATIENCE = 0.3
PATIENCE = 15
# Milliseconds, as botocore reads the one and people the other.
_HINT = ("x-amz-retry-after: 100", "Retry-After: 1")


@dataclass(frozen=True)
class Kind:
    """`class_` is what such faults have in common. `passes`: the answer comes whole, so nothing may be refused."""

    name: str
    class_: str
    everywhere: Fault | None = None
    of_aws: tuple[Fault, Fault] | None = None
    """What differs between JSON (DynamoDB, Cognito) and XML (S3)."""
    passes: bool = False
    is_silent: bool = False
    """The service waits for an answer that never comes."""

    def __str__(self) -> str:
        return self.name

    def at(self, endpoint: Endpoint) -> Fault:
        if self.of_aws is not None:
            return self.of_aws[1] if endpoint in ("s3", "keys") else self.of_aws[0]
        assert self.everywhere is not None
        return self.everywhere


def _xml_error(status: int, code: str, *headers: str) -> Fault:
    body = f"<Error><Code>{code}</Code><Message>By the proxy.</Message></Error>".encode()
    return answering(status, body, content_type="application/xml", checksum=False, headers=headers)


def _throttled(*headers: str) -> tuple[Fault, Fault]:
    return dynamodb_error(400, "ThrottlingException", headers=headers), _xml_error(503, "SlowDown", *headers)


def _page(status: int, body: bytes) -> Fault:
    fault = answering(status, body, content_type="text/html", checksum=False, of_aws=False)
    return Fault(How.ANSWER, answer=fault.answer, closes=True)


KINDS = [
    Kind("latency", "slow", delayed(0.1), passes=True),
    Kind("jitter", "slow", Fault(How.WAIT, after_the_work=True, seconds=(0, 1.5 * IMPATIENCE)), is_silent=True),
    Kind("slow drip", "slow", Fault(How.DRIP, seconds=(0, IMPATIENCE)), passes=True),
    Kind("hang", "silent", HUNG, is_silent=True),
    Kind("hang after the work", "silent", LATE, is_silent=True),
    Kind("reset", "gone", RESET),
    Kind("refused", "gone", Fault(How.REFUSE)),
    Kind("answer dropped", "lost", DROPPED),
    Kind("half an answer", "lost", Fault(How.HALVE)),
    Kind("500", "error", of_aws=(dynamodb_error(500, "InternalServerError"), _xml_error(500, "InternalError"))),
    Kind("503", "error", _page(503, b"<html>Service Unavailable</html>")),
    Kind("throttled", "throttled", of_aws=_throttled()),
    Kind("throttled with a hint", "throttled", of_aws=_throttled(*_HINT)),
    Kind("garbage", "garbage", Fault(How.ANSWER, answer=b"\x16\x03\x01 this is no HTTP \xff\xfe\r\n\r\n", closes=True)),
    Kind("a page of somebody else's", "garbage", _page(200, b"<html>Sign in to the network</html>")),
    Kind("half a refusal", "garbage", of_aws=(REFUSAL_CUT_SHORT, _page(503, b"<Error><Code>Ser"))),
    Kind("10 MB of garbage", "garbage", _page(200, b"x" * TEN_MB)),
    Kind("10 MB around the answer", "huge", Fault(How.PAD), passes=True),
]
CLASSES = list(dict.fromkeys(kind.class_ for kind in KINDS))


_BY_CLASS = [[kind for kind in KINDS if kind.class_ == name] for name in CLASSES]


def one_of_each_class(number: int) -> list[Kind]:
    """For the `number`th of some operations: over all of them, every kind comes up."""
    return [group[number % len(group)] for group in _BY_CLASS]


def share(number: int, calls: int) -> list[Kind]:
    """For the `number`th of so many calls: of each class at least one, and over all the calls every kind."""
    return [kind for group in _BY_CLASS for kind in group[number::calls] or [group[number % len(group)]]]
