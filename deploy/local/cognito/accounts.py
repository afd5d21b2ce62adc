"""Sign-up, codes, passwords and the end of an account."""

from typing import Any

from moto.cognitoidp.models import CognitoIdpBackend, CognitoIdpUser, CognitoIdpUserPoolClient, UserStatus
from moto.cognitoidp.utils import validate_username_format

from deploy.local.cognito.codes import Codes, Purpose
from deploy.local.cognito.errors import (
    code_mismatch,
    expired_code,
    invalid_parameter,
    not_authorized,
    refusal,
    user_not_found,
)
from deploy.local.cognito.passwords import check_password
from deploy.local.cognito.pool import Pool

_NOT_THE_USERS_TO_WRITE = {"sub", "email_verified", "phone_number_verified"}


class Accounts(CognitoIdpBackend):
    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.codes = Codes()

    def find_client(self, client_id: str) -> tuple[Pool, CognitoIdpUserPoolClient]:
        for pool in self.user_pools.values():
            if client_id in pool.clients and isinstance(pool, Pool):
                return pool, pool.clients[client_id]
        raise refusal("ResourceNotFoundException", f"User pool client {client_id} does not exist.")

    def find_by_access_token(self, token: str) -> tuple[Pool, CognitoIdpUser]:
        """Raises NotAuthorizedException, or UserNotFoundException once the account is gone."""
        for pool in self.user_pools.values():
            if isinstance(pool, Pool) and pool.issued(token):
                user = pool.find_user(pool.check_access_token(token))
                if user is None:
                    raise user_not_found()
                return pool, user
        raise not_authorized("Invalid Access Token")

    @staticmethod
    def hides_unknown_users(app_client: CognitoIdpUserPoolClient) -> bool:
        return app_client.extended_config.get("PreventUserExistenceErrors") == "ENABLED"

    def _validate_password(self, user_pool_id: str, password: str) -> None:
        pool = self.describe_user_pool(user_pool_id)
        check_password(password, pool.extended_config["Policies"].get("PasswordPolicy", {}))

    def sign_up(
        self, client_id: str, username: str, password: str, attributes: list[dict[str, str]]
    ) -> tuple[CognitoIdpUser, Any]:
        pool, _ = self.find_client(client_id)
        if pool.extended_config["AdminCreateUserConfig"].get("AllowAdminCreateUserOnly"):
            raise not_authorized("SignUp is not permitted for this user pool")
        by_email = pool.extended_config.get("UsernameAttributes") == ["email"]
        if by_email and not validate_username_format(username):
            raise invalid_parameter("Username should be an email.")
        check_writable(attributes)
        self._validate_password(pool.id, password)
        if pool.find_user(username):
            email_exists = "An account with the given email already exists."
            raise refusal("UsernameExistsException", email_exists if by_email else "User already exists")
        user, _ = super().sign_up(client_id, username, password, attributes)
        if "email" not in pool.extended_config.get("AutoVerifiedAttributes", []):
            return user, None
        return user, self._send(pool, user, Purpose.SIGN_UP)

    def _send(self, pool: Pool, user: CognitoIdpUser, purpose: Purpose) -> dict[str, str]:
        email = user.attribute_lookup.get("email", "")
        self.codes.send(pool.id, user.username, purpose, email=email)
        return delivery(email)

    def confirm_with_code(self, client_id: str, username: str, digits: str) -> None:
        pool, app_client = self.find_client(client_id)
        user = pool.find_user(username)
        if user is None or not user.enabled:
            raise (expired_code() if self.hides_unknown_users(app_client) else user_not_found())
        if user.status != UserStatus.UNCONFIRMED:
            raise not_authorized(f"User cannot be confirmed. Current status is {UserStatus(user.status).value}")
        self.codes.use(pool.id, user.username, Purpose.SIGN_UP, digits)
        user.status = UserStatus.CONFIRMED
        user.update_attributes([{"Name": "email_verified", "Value": "true"}])

    def resend_confirmation_code(self, client_id: str, username: str) -> dict[str, str]:
        pool, app_client = self.find_client(client_id)
        user = pool.find_user(username)
        if user is None or not user.enabled:
            if self.hides_unknown_users(app_client):
                return delivery(username)
            raise user_not_found()
        if user.status != UserStatus.UNCONFIRMED:
            raise invalid_parameter("User is already confirmed.")
        return self._send(pool, user, Purpose.SIGN_UP)

    def forgot_password(self, client_id: str, username: str) -> tuple[None, dict[str, Any]]:
        pool, app_client = self.find_client(client_id)
        user = pool.find_user(username)
        if user is not None and user.enabled and user.attribute_lookup.get("email_verified") == "true":
            return None, {"CodeDeliveryDetails": self._send(pool, user, Purpose.RESET)}
        if self.hides_unknown_users(app_client):
            return None, {"CodeDeliveryDetails": delivery(username)}
        if user is None:
            raise user_not_found()
        if not user.enabled:
            raise not_authorized("User is disabled.")
        raise invalid_parameter(
            "Cannot reset password for the user as there is no registered/verified email or phone_number"
        )

    def confirm_forgot_password(self, client_id: str, username: str, password: str, confirmation_code: str) -> None:
        pool, app_client = self.find_client(client_id)
        user = pool.find_user(username)
        if user is None or not user.enabled:
            raise (code_mismatch() if self.hides_unknown_users(app_client) else user_not_found())
        self._validate_password(pool.id, password)
        self.codes.use(pool.id, user.username, Purpose.RESET, confirmation_code)
        user.password = password
        user.status = UserStatus.CONFIRMED

    def change_password(self, access_token: str, previous_password: str, proposed_password: str) -> None:
        pool, user = self.find_by_access_token(access_token)
        if user.password != previous_password:
            raise not_authorized()
        self._validate_password(pool.id, proposed_password)
        user.password = proposed_password

    def admin_reset_user_password(self, user_pool_id: str, username: str) -> None:
        super().admin_reset_user_password(user_pool_id, username)
        pool = self.describe_user_pool(user_pool_id)
        if isinstance(pool, Pool):
            self._send(pool, self.admin_get_user(user_pool_id, username), Purpose.RESET)

    def admin_delete_user(self, user_pool_id: str, username: str) -> None:
        user = self.admin_get_user(user_pool_id, username)
        self.describe_user_pool(user_pool_id).sign_out(user.username)
        super().admin_delete_user(user_pool_id, username)

    def revoke_token(self, client_id: str, token: str) -> None:
        """Cognito answers 200 for a refresh token it does not know."""
        pool, _ = self.find_client(client_id)
        if pool.issued(token):
            raise refusal("UnsupportedTokenTypeException", "Unsupported token type")
        known = pool.refresh_tokens.get(token)
        if known is not None and known[0] != client_id:
            raise refusal("UnauthorizedException", "Token does not belong to the client")
        pool.revoke(token)

    def send_email_code(self, access_token: str) -> dict[str, str]:
        pool, user = self.find_by_access_token(access_token)
        return self._send(pool, user, Purpose.EMAIL)

    def verify_email(self, access_token: str, digits: str) -> None:
        pool, user = self.find_by_access_token(access_token)
        self.codes.use(pool.id, user.username, Purpose.EMAIL, digits)
        user.update_attributes([{"Name": "email_verified", "Value": "true"}])


def check_writable(attributes: list[dict[str, str]]) -> None:
    """Raises NotAuthorizedException where a user sets what only Cognito or an administrator may."""
    if _NOT_THE_USERS_TO_WRITE.intersection(attribute["Name"] for attribute in attributes or []):
        raise not_authorized("A client attempted to write unauthorized attribute")


def delivery(email: str) -> dict[str, str]:
    """Where the code went: the address, made unreadable but for the first letters of its two halves."""
    name, _, domain = email.partition("@")
    destination = f"{name[:1]}***@{domain[:1] or 'e'}***"
    return {"Destination": destination, "DeliveryMedium": "EMAIL", "AttributeName": "email"}
