"""The customers' accounts in Cognito, as an administrator sees them."""

import threading
from typing import Any, NamedTuple

import botocore.session
from botocore.config import Config
from botocore.exceptions import ClientError
from django.conf import settings

_lock = threading.Lock()
_client: Any = None


class Account(NamedTuple):
    username: str
    sub: str


def client() -> Any:
    global _client
    with _lock:
        if _client is None:
            config = Config(
                connect_timeout=settings.AWS_CONNECT_TIMEOUT,
                read_timeout=settings.AWS_READ_TIMEOUT,
                retries={"mode": "standard", "total_max_attempts": settings.AWS_ATTEMPTS},
            )
            session = botocore.session.get_session()
            _client = session.create_client("cognito-idp", region_name=settings.AWS_REGION, config=config)
    return _client


def find_account(name: str) -> Account | None:
    """By `sub`, user name or e-mail address."""
    try:
        found = client().admin_get_user(UserPoolId=settings.COGNITO_USER_POOL_ID, Username=name)
    except ClientError as exc:
        if _is_missing(exc):
            return None
        raise
    attributes = {each["Name"]: each["Value"] for each in found["UserAttributes"]}
    return Account(found["Username"], attributes["sub"])


def delete_account(account: Account) -> None:
    """Repeatable."""
    try:
        client().admin_delete_user(UserPoolId=settings.COGNITO_USER_POOL_ID, Username=account.username)
    except ClientError as exc:
        if not _is_missing(exc):
            raise


def _is_missing(exc: ClientError) -> bool:
    return exc.response["Error"]["Code"] == "UserNotFoundException"
