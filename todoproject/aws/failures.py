"""Which failures of AWS are passing ones, whichever library raises them."""

from botocore.exceptions import BotoCoreError, ClientError
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


class Contended(Exception):
    """Somebody else kept writing the same item; each attempt lost. Nothing was written."""


class KeysUnavailable(Exception):
    """Cognito's public keys were never loaded, or not for too long: no token can be judged."""


def is_unavailable(exc: BaseException) -> bool:
    """True where trying again later may help and nothing was wrong with the request.

    PynamoDB keeps botocore's exception as `cause`. A network that does not answer is a BotoCoreError.
    """
    if isinstance(exc, (Contended, KeysUnavailable)):
        return True
    cause = getattr(exc, "cause", None) or exc
    if isinstance(cause, ClientError):
        status = cause.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        return error_code(cause) in _PASSING or status >= 500
    return isinstance(cause, BotoCoreError)


def error_code(exc: BaseException) -> str:
    """AWS's name of the error, or "" where there is none."""
    cause = getattr(exc, "cause", None) or exc
    response = getattr(cause, "response", None) or {}
    return str(response.get("Error", {}).get("Code", ""))


def condition_failed(exc: BaseException) -> bool:
    """True where a single conditional write was refused because its condition did not hold."""
    return error_code(exc) == "ConditionalCheckFailedException"


def transaction_refused(exc: TransactWriteError) -> bool:
    """True where a transaction was cancelled by what it found: a condition that did not hold, or another
    transaction on the same items. Nothing was written; what stands there now decides what to do."""
    reasons = {reason.code for reason in exc.cancellation_reasons if reason is not None}
    return bool(reasons) and reasons <= {"ConditionalCheckFailed", "TransactionConflict"}
