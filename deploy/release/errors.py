"""What stops a release, said so that the reader knows what to do; and how a command ends because of it."""

import sys
from collections.abc import Callable

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    CredentialRetrievalError,
    HTTPClientError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
    SSOError,
    TokenRetrievalError,
)
from botocore.exceptions import ConnectionError as AwsConnectionError


class ReleaseError(Exception):
    """Its text is for the person at the terminal."""


NO_REGION = "No region. Set AWS_REGION, or a region in the AWS profile."
_NOT_SIGNED_IN = "No credentials for AWS. Sign in first (aws sso login, or AWS_PROFILE=…), then try again."
# What AWS answers, by service, to credentials that it knows no longer or never knew.
_EXPIRED = {
    "AuthFailure",
    "ExpiredToken",
    "ExpiredTokenException",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "InvalidToken",
    "RequestExpired",
    "UnrecognizedClientException",
}
_DENIED = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"}
_THROTTLED = {"Throttling", "ThrottlingException", "RequestLimitExceeded", "SlowDown", "TooManyRequestsException"}


def run(command: Callable[[], None]) -> None:
    """Run a command and exit: 0 done, 1 refused or failed (said on standard error), 130 interrupted."""
    try:
        command()
    except KeyboardInterrupt as interrupt:
        sys.exit(_say(str(interrupt) or "Interrupted. What is done stays; the same command goes on.", code=130))
    except ReleaseError as error:
        sys.exit(_say(str(error)))
    except (BotoCoreError, ClientError) as error:
        sys.exit(_say(explain(error)))


def is_denied(error: ClientError) -> bool:
    return error.response["Error"]["Code"] in _DENIED


def explain(error: BotoCoreError | ClientError) -> str:
    """What went wrong with AWS, and what to do about it."""
    if isinstance(error, ClientError):
        return _explain_refusal(error)
    if isinstance(error, NoCredentialsError | PartialCredentialsError):
        return _NOT_SIGNED_IN
    if isinstance(error, CredentialRetrievalError | SSOError | TokenRetrievalError):
        return f"{_NOT_SIGNED_IN} ({error})"
    if isinstance(error, NoRegionError):
        return NO_REGION
    if isinstance(error, AwsConnectionError | HTTPClientError):
        return f"AWS could not be reached: {error}. Try again; what is done stays."
    # A profile that is not there, a file that cannot be read, an answer that is none.
    return f"{error}"


def _explain_refusal(error: ClientError) -> str:
    code, message = error.response["Error"]["Code"], error.response["Error"]["Message"]
    if code in _EXPIRED:
        return (
            f"AWS does not take these credentials any more ({message}). Sign in and start again; a stack that "
            "CloudFormation is at work on goes on by itself meanwhile."
        )
    if is_denied(error):
        return f"These credentials may not do that: {message}"
    if code in _THROTTLED:
        return f"AWS asks for fewer calls ({message}). Try again in some minutes; what is done stays."
    return f"AWS refused {error.operation_name}: {message}"


def _say(text: str, *, code: int = 1) -> int:
    print(text, file=sys.stderr)
    return code
