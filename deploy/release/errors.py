"""What stops a release, said so that the reader knows what to do; and how a command ends because of it."""

import sys
from collections.abc import Callable

from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, NoRegionError, PartialCredentialsError


class ReleaseError(Exception):
    """Its text is for the person at the terminal."""


_EXPIRED = {"ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "UnrecognizedClientException"}
_DENIED = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"}


def run(command: Callable[[], None]) -> None:
    """Run a command and exit: 0 done, 1 refused or failed (said on standard error), 130 interrupted."""
    try:
        command()
    except KeyboardInterrupt as interrupt:
        sys.exit(_say(str(interrupt) or "Interrupted. What is done stays; the same command goes on.", code=130))
    except ReleaseError as error:
        sys.exit(_say(str(error)))
    except (NoCredentialsError, PartialCredentialsError):
        sys.exit(_say("No credentials for AWS. Sign in first (aws sso login, or AWS_PROFILE=…), then try again."))
    except NoRegionError:
        sys.exit(_say("No region. Set AWS_REGION, or a region in the AWS profile."))
    except ClientError as error:
        sys.exit(_say(explain(error)))
    except BotoCoreError as error:
        sys.exit(_say(f"AWS could not be reached: {error}"))


def explain(error: ClientError) -> str:
    code, message = error.response["Error"]["Code"], error.response["Error"]["Message"]
    if code in _EXPIRED:
        return (
            f"AWS does not take these credentials any more ({message}). Sign in and start again; a stack that "
            "CloudFormation is at work on goes on by itself meanwhile."
        )
    if code in _DENIED:
        return f"These credentials may not do that: {message}"
    return f"AWS refused {error.operation_name}: {message}"


def _say(text: str, *, code: int = 1) -> int:
    print(text, file=sys.stderr)
    return code
