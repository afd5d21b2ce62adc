"""The operations on the wire that moto lacks or answers without asking enough."""

import json
from typing import Any, cast

from moto.cognitoidp import models, urls
from moto.cognitoidp.responses import CognitoIdpResponse
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.core.responses import ActionResult, EmptyResult
from moto.core.utils import camelcase_to_underscores

from deploy.local.cognito.accounts import check_writable
from deploy.local.cognito.backend import Backend
from deploy.local.cognito.errors import not_authorized
from deploy.local.cognito.pool import Pool

# What a browser may call; Cognito wants every other operation signed.
UNSIGNED = frozenset(
    {
        "AssociateSoftwareToken",
        "ChangePassword",
        "ConfirmForgotPassword",
        "ConfirmSignUp",
        "DeleteUser",
        "DeleteUserAttributes",
        "ForgotPassword",
        "GetTokensFromRefreshToken",
        "GetUser",
        "GetUserAttributeVerificationCode",
        "GlobalSignOut",
        "InitiateAuth",
        "ResendConfirmationCode",
        "RespondToAuthChallenge",
        "RevokeToken",
        "SetUserMFAPreference",
        "SignUp",
        "UpdateUserAttributes",
        "VerifySoftwareToken",
        "VerifyUserAttribute",
    }
)


class Api(CognitoIdpResponse):
    @property
    def own(self) -> Backend:
        return cast(Backend, self.backend)

    def _authenticate_and_authorize_normal_action(self, resource: str = "*") -> None:
        """moto calls it before each operation and answers what it raises."""
        super()._authenticate_and_authorize_normal_action(resource)
        if token := json.loads(self.body or "{}").get("AccessToken"):
            self.own.find_by_access_token(token)

    def confirm_sign_up(self) -> ActionResult:
        self.own.confirm_with_code(
            self._get_param("ClientId"), self._get_param("Username"), self._get_param("ConfirmationCode")
        )
        return EmptyResult()

    def resend_confirmation_code(self) -> ActionResult:
        details = self.own.resend_confirmation_code(self._get_param("ClientId"), self._get_param("Username"))
        return ActionResult({"CodeDeliveryDetails": details})

    def forgot_password(self) -> ActionResult:
        _, answer = self.own.forgot_password(self._get_param("ClientId"), self._get_param("Username"))
        return ActionResult(answer)

    def associate_software_token(self) -> ActionResult:
        return ActionResult(self.own.associate_software_token("", self._get_param("Session", "")))

    def verify_software_token(self) -> ActionResult:
        code, session = self._get_param("UserCode"), self._get_param("Session", "")
        return ActionResult(self.own.verify_software_token("", session, code, ""))

    def admin_respond_to_auth_challenge(self) -> ActionResult:
        pool, _ = self.own.find_client(self._get_param("ClientId"))
        if pool.id != self._get_param("UserPoolId"):
            raise not_authorized("Invalid session for the user.")
        return super().admin_respond_to_auth_challenge()

    def revoke_token(self) -> ActionResult:
        self.own.revoke_token(self._get_param("ClientId"), self._get_param("Token"))
        return EmptyResult()

    def get_tokens_from_refresh_token(self) -> ActionResult:
        """What Amplify calls in place of InitiateAuth with REFRESH_TOKEN_AUTH."""
        tokens = self.own.refresh(
            self._get_param("ClientId"), self._get_param("RefreshToken"), self._get_param("ClientSecret")
        )
        return ActionResult({"AuthenticationResult": tokens})

    def delete_user(self) -> ActionResult:
        pool, user = self.own.find_by_access_token(self._get_param("AccessToken"))
        self.own.admin_delete_user(pool.id, user.username)
        return EmptyResult()

    def update_user_attributes(self) -> ActionResult:
        check_writable(self._get_param("UserAttributes"))
        return super().update_user_attributes()

    def delete_user_attributes(self) -> ActionResult:
        _, user = self.own.find_by_access_token(self._get_param("AccessToken"))
        user.delete_attributes(self._get_param("UserAttributeNames"))
        return EmptyResult()

    def get_user_attribute_verification_code(self) -> ActionResult:
        return ActionResult({"CodeDeliveryDetails": self.own.send_email_code(self._get_param("AccessToken"))})

    def verify_user_attribute(self) -> ActionResult:
        self.own.verify_email(self._get_param("AccessToken"), self._get_param("Code"))
        return EmptyResult()


def register(*, region: str, public_url: str) -> None:
    """Put these in the place of moto's; before moto's application is made."""
    Pool.public_url = public_url
    # Calls without a signature name no region.
    Api.default_region = region
    models.cognitoidp_backends.backend = Backend
    urls.url_paths = {"{0}/$": Api.dispatch}


def knows(operation: str) -> bool:
    return hasattr(Api, camelcase_to_underscores(operation))


def backend(region: str) -> Backend:
    return cast(Backend, models.cognitoidp_backends[DEFAULT_ACCOUNT_ID][region])


def keys(pool: Pool) -> dict[str, Any]:
    """The pool's JWKS."""
    return {"keys": [key.public() for key in pool.keys.values()]}


def configuration(pool: Pool) -> dict[str, Any]:
    return {
        "issuer": pool.issuer,
        "jwks_uri": f"{pool.issuer}/.well-known/jwks.json",
        "id_token_signing_alg_values_supported": ["RS256"],
        "response_types_supported": ["code", "token"],
        "scopes_supported": ["openid", "email", "phone", "profile"],
        "subject_types_supported": ["public"],
    }
