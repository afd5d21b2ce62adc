"""Accounts in Cognito, as the staff admin and an erasure need them: customers in their pool, staff in its own.

Customers sign in without us: their tokens are the business of `todoproject.aws.cognito`.
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError, ResponseStreamingError
from django.conf import settings

from todoproject.aws.clients import client_config, create_client
from todoproject.aws.failures import OutcomeUnknown, error_code, is_unavailable

# The most that ListUsers gives at once.
PAGE = 60

_lock = threading.Lock()
_client: Any = None


class Refused(Exception):
    """Cognito will not do it; the message is Cognito's reason."""


@dataclass(frozen=True)
class Account:
    sub: str
    email: str
    name: str
    status: str
    is_enabled: bool
    email_verified: bool
    created: datetime
    updated: datetime


@dataclass(frozen=True)
class Challenge:
    """What a sign-in waits for. `session` is Cognito's and good for some minutes."""

    name: str
    session: str
    username: str


def client() -> Any:
    """The process's only Cognito client. Raises NoCredentialsError, and tries afresh the next time."""
    global _client
    if _client is None:
        with _lock:
            if _client is None:
                new = create_client("cognito-idp", client_config())
                new.meta.events.register("before-parse.cognito-idp", _require_whole_answer)
                _client = new
    return _client


def _require_whole_answer(response_dict: dict[str, Any], operation_model: Any, **rest: Any) -> None:
    """Refuse a body that was cut short or is somebody else's: botocore reads what it cannot parse as an empty answer,
    or as a refusal without a reason.

    Where there is nothing to tell, Cognito's body may be empty.
    """
    body, status, shape = response_dict["body"], response_dict["status_code"], operation_model.output_shape
    tells = body or status != 200 or (shape and shape.members)
    whole = body[:1] == b"{" and body.rstrip()[-1:] == b"}" if tells else True
    if status < 500 and not whole:
        raise ResponseStreamingError(error="Cognito's answer is not whole")


# --- Customers ----------------------------------------------------------------------------------


def find_customers(attribute: str, value: str, *, exactly: bool = False) -> tuple[list[Account], bool]:
    """Up to 60 whose attribute begins with the value, or is the value, and whether there may be more.

    A new account may be missing for some seconds.
    """
    operator = "=" if exactly else "^="
    quoted = value.replace("\\", "\\\\").replace('"', '\\"')
    page = client().list_users(
        UserPoolId=settings.COGNITO_USER_POOL_ID, Filter=f'{attribute} {operator} "{quoted}"', Limit=PAGE
    )
    return [_account(user, "Attributes") for user in page["Users"]], "PaginationToken" in page


def get_customer(name: str) -> Account | None:
    """By `sub` or e-mail address."""
    return _get(settings.COGNITO_USER_POOL_ID, name)


def disable(sub: str) -> None:
    """Nobody signs in or renews tokens any more; a token in use lasts until it expires."""
    _act("admin_disable_user", sub)


def enable(sub: str) -> None:
    _act("admin_enable_user", sub)


def sign_out_everywhere(sub: str) -> None:
    _act("admin_user_global_sign_out", sub)


def start_password_reset(sub: str) -> None:
    """Sends a code to the customer; the old password does not work any more."""
    _act("admin_reset_user_password", sub)


def resend_confirmation(sub: str) -> None:
    """Sends the code of the sign-up again."""
    _call("resend_confirmation_code", ClientId=min(settings.COGNITO_CLIENT_IDS), Username=sub)


def delete_customer(sub: str) -> None:
    """Repeatable."""
    try:
        client().admin_delete_user(UserPoolId=settings.COGNITO_USER_POOL_ID, Username=sub)
    except ClientError as exc:
        if error_code(exc) != "UserNotFoundException":
            raise


def _act(operation: str, sub: str) -> None:
    _call(operation, UserPoolId=settings.COGNITO_USER_POOL_ID, Username=sub)


# --- Staff --------------------------------------------------------------------------------------


def start_sign_in(username: str, password: str) -> Challenge | None:
    """What Cognito asks of whoever knows the password; None where it asks for nothing more. Raises Refused."""
    answer = _call(
        "admin_initiate_auth",
        **_staff_app(),
        AuthFlow="ADMIN_USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": username, "PASSWORD": password},
    )
    return _challenge(answer, username)


def answer_challenge(challenge: Challenge, responses: Mapping[str, str]) -> Challenge | None:
    """The next challenge, or None: signed in. Raises Refused."""
    answer = _call(
        "admin_respond_to_auth_challenge",
        **_staff_app(),
        ChallengeName=challenge.name,
        Session=challenge.session,
        ChallengeResponses={"USERNAME": challenge.username, **responses},
    )
    return _challenge(answer, challenge.username)


def new_authenticator(challenge: Challenge) -> tuple[str, Challenge]:
    """The secret for an authenticator app, to be shown once. Raises Refused."""
    answer = _call("associate_software_token", Session=challenge.session)
    return answer["SecretCode"], Challenge(challenge.name, answer["Session"], challenge.username)


def confirm_authenticator(challenge: Challenge, code: str) -> Challenge:
    """Raises Refused where the app shows another code."""
    answer = _call("verify_software_token", Session=challenge.session, UserCode=code)
    return Challenge(challenge.name, answer["Session"], challenge.username)


def get_staff(username: str) -> tuple[Account, list[str]] | None:
    """The account and the names of its groups; None for one that is not there or disabled."""
    account = _get(settings.STAFF_USER_POOL_ID, username)
    if account is None or not account.is_enabled:
        return None
    groups = client().admin_list_groups_for_user(UserPoolId=settings.STAFF_USER_POOL_ID, Username=account.sub)
    return account, sorted(group["GroupName"] for group in groups["Groups"])


def _staff_app() -> dict[str, str]:
    return {"UserPoolId": settings.STAFF_USER_POOL_ID, "ClientId": settings.STAFF_CLIENT_ID}


def _challenge(answer: Mapping[str, Any], username: str) -> Challenge | None:
    # The tokens of a finished sign-in are not kept: the admin has sessions of its own.
    if "ChallengeName" not in answer:
        return None
    return Challenge(answer["ChallengeName"], answer["Session"], username)


def _get(pool_id: str, username: str) -> Account | None:
    try:
        user = client().admin_get_user(UserPoolId=pool_id, Username=username)
    except ClientError as exc:
        if error_code(exc) in ("UserNotFoundException", "InvalidParameterException"):
            return None
        raise
    return _account(user, "UserAttributes")


def _call(operation: str, **parameters: Any) -> Any:
    try:
        return getattr(client(), operation)(**parameters)
    except ClientError as exc:
        if is_unavailable(exc):
            raise
        # A session of a sign-in, and the code with it, is good once: where the answer was lost, botocore's repetition
        # is refused. A wrong code leaves both as they were.
        was_repeated = exc.response["ResponseMetadata"]["RetryAttempts"] and error_code(exc) != "CodeMismatchException"
        if "Session" in parameters and was_repeated:
            raise OutcomeUnknown(operation) from exc
        raise Refused(exc.response["Error"].get("Message") or error_code(exc)) from exc


def _account(user: Mapping[str, Any], attributes_key: str) -> Account:
    attributes = {each["Name"]: each["Value"] for each in user[attributes_key]}
    return Account(
        sub=attributes["sub"],
        email=attributes.get("email", ""),
        name=attributes.get("name", ""),
        status=user["UserStatus"],
        is_enabled=user["Enabled"],
        email_verified=attributes.get("email_verified") == "true",
        created=user["UserCreateDate"],
        updated=user["UserLastModifiedDate"],
    )
