"""Which failures of AWS are passing ones, whichever library raises them, and how to try again."""

import errno
import random
import re
import time
from collections.abc import Iterator

from botocore import exceptions as botocore_exceptions
from botocore.exceptions import ClientError
from pynamodb.exceptions import TransactWriteError

_PASSING = frozenset(
    {
        "InternalError",
        "InternalServerError",
        "LimitExceededException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestTimeout",
        "RequestTimeTooSkewed",
        "ServiceUnavailable",
        "SlowDown",
        "ThrottledException",
        "Throttling",
        "ThrottlingError",
        "ThrottlingException",
        "TooManyRequestsException",
        "TransactionConflictException",
        "TransactionInProgressException",
    }
)

# A network or a peer that does not answer as it should; anything else that botocore raises is a mistake of ours.
_NETWORK = (
    botocore_exceptions.ConnectionError,
    botocore_exceptions.CredentialRetrievalError,
    botocore_exceptions.HTTPClientError,
    botocore_exceptions.IncompleteReadError,
    botocore_exceptions.MetadataRetrievalError,
    botocore_exceptions.NoCredentialsError,
    botocore_exceptions.ResponseStreamingError,
)
# As a transaction names them, among its reasons.
_THROTTLED = {"ProvisionedThroughputExceeded", "ThrottlingError"}


class Contended(Exception):
    """Somebody else kept writing the same item; each attempt lost. Nothing was written."""


class KeysUnavailable(Exception):
    """Cognito's public keys were never loaded, or not for too long: no token can be judged."""


class OutcomeUnknown(Exception):
    """What can be sent only once was sent again, and refused: maybe because the first had been done."""


def is_unavailable(exc: BaseException) -> bool:
    """True where trying again later may help and nothing was wrong with the request.

    PynamoDB keeps botocore's exception as `cause`.
    """
    if isinstance(exc, (Contended, KeysUnavailable, OutcomeUnknown)):
        return True
    if isinstance(exc, TransactWriteError) and _reasons(exc) & _THROTTLED:
        return True
    cause = getattr(exc, "cause", None) or exc
    if isinstance(cause, ClientError):
        status = cause.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        code = error_code(cause)
        # Where the body was not JSON, botocore takes the status for the code.
        return code in _PASSING or status >= 500 or re.fullmatch("5[0-9][0-9]", code) is not None
    return isinstance(cause, _NETWORK)


def error_code(exc: BaseException) -> str:
    """AWS's name of the error, or "" where there is none."""
    cause = getattr(exc, "cause", None) or exc
    response = getattr(cause, "response", None) or {}
    return str(response.get("Error", {}).get("Code", ""))


def failure_name(exc: BaseException) -> str:
    """For the log: the type of what was raised, AWS's name of the error or the type of what caused it, and the system's
    name of the error below that, such as EMFILE. Never a message, which may quote what a user wrote."""
    cause = getattr(exc, "cause", None)
    code = error_code(exc) if isinstance(cause or exc, ClientError) else ""
    number = getattr(getattr(cause or exc, "kwargs", {}).get("error"), "errno", None) or 0
    names = [type(exc).__name__, code or (type(cause).__name__ if cause else ""), errno.errorcode.get(number, "")]
    return ": ".join(filter(None, names))


def condition_failed(exc: BaseException) -> bool:
    """True where a single conditional write was refused because its condition did not hold."""
    return error_code(exc) == "ConditionalCheckFailedException"


def transaction_refused(exc: TransactWriteError) -> bool:
    """True where a transaction was cancelled by what it found: a condition that did not hold, or another
    transaction on the same items. Nothing was written; what stands there now decides what to do."""
    reasons = _reasons(exc)
    return bool(reasons) and reasons <= {"ConditionalCheckFailed", "TransactionConflict"}


def _reasons(exc: TransactWriteError) -> set[str]:
    return {reason.code for reason in exc.cancellation_reasons if reason is not None}


def attempts(most: int = 8) -> Iterator[None]:
    """One step for each attempt at a write that others may get in the way of, with a pause of growing length before
    each but the first, drawn at random so that contenders get out of each other's way. 1 s in all at most."""
    for number in range(most):
        if number:
            time.sleep(random.uniform(0, min(0.01 * 2**number, 0.2)))  # noqa: S311 - nothing secret about it
        yield
