"""What a pool does, with the checks that moto leaves out."""

import base64
import hashlib
import hmac
import re
import secrets
import time
import uuid
from typing import Any

from moto.cognitoidp import urls
from moto.cognitoidp.models import CognitoIdpBackend, CognitoIdpUser, CognitoIdpUserPoolClient, UserStatus
from moto.cognitoidp.utils import check_secret_hash

from deploy.local.cognito import srp
from deploy.local.cognito.errors import invalid_parameter, not_authorized, refusal, user_not_found
from deploy.local.cognito.pool import Pool
from deploy.local.cognito.second_factor import SecondFactor

# Where a client names no flows, Cognito allows these.
_DEFAULT_FLOWS = ["ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_CUSTOM_AUTH"]
# Flow: (names in ExplicitAuthFlows that allow it, the older one included; the sentence when none does).
_FLOWS = {
    "USER_PASSWORD_AUTH": (
        {"ALLOW_USER_PASSWORD_AUTH", "USER_PASSWORD_AUTH"},
        "USER_PASSWORD_AUTH flow not enabled for this client",
    ),
    "USER_SRP_AUTH": ({"ALLOW_USER_SRP_AUTH"}, "USER_SRP_AUTH is not enabled for the client."),
    "REFRESH_TOKEN_AUTH": ({"ALLOW_REFRESH_TOKEN_AUTH"}, "Auth flow not enabled for this client"),
    "ADMIN_USER_PASSWORD_AUTH": (
        {"ALLOW_ADMIN_USER_PASSWORD_AUTH", "ADMIN_NO_SRP_AUTH"},
        "Auth flow not enabled for this client",
    ),
}
_SAME_FLOW = {"REFRESH_TOKEN": "REFRESH_TOKEN_AUTH", "ADMIN_NO_SRP_AUTH": "ADMIN_USER_PASSWORD_AUTH"}
_TIMESTAMP = re.compile(
    r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun) (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [1-9]\d? \d\d:\d\d:\d\d UTC \d{4}"
)
_CHALLENGE_SECONDS = 180


class Backend(SecondFactor, CognitoIdpBackend):
    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self._srp_challenges: dict[str, tuple[str, float, srp.Challenge]] = {}
        # Makes the salts of users who do not exist, the same at every try.
        self._salt_secret = secrets.token_bytes(32)

    @property
    def _url_module(self) -> Any:
        """moto looks for it beside the backend's own module."""
        return urls

    def create_user_pool(self, name: str, extended_config: dict[str, Any]) -> Pool:
        pool = Pool(self.account_id, self.region_name, name, extended_config)
        self.user_pools[pool.id] = pool
        return pool

    def initiate_auth(self, client_id: str, auth_flow: str, auth_parameters: dict[str, str]) -> dict[str, Any]:
        pool, app_client = self.find_client(client_id)
        self._check_flow(app_client, auth_flow)
        if auth_flow in ("REFRESH_TOKEN_AUTH", "REFRESH_TOKEN"):
            pool.check_refresh_token(auth_parameters.get("REFRESH_TOKEN", ""), client_id=client_id)
            return super().initiate_auth(client_id, auth_flow, auth_parameters)
        self._check_secret_hash(app_client, auth_parameters)
        if auth_flow == "USER_SRP_AUTH":
            return self._challenge(pool, app_client, auth_parameters)
        user = self._check_password(pool, app_client, auth_parameters)
        if self.wants_second_factor(pool):
            return self.next_step(pool, user)
        return super().initiate_auth(client_id, auth_flow, {**auth_parameters, "USERNAME": user.username})

    def refresh(self, client_id: str, token: str, secret: str | None) -> dict[str, Any]:
        pool, app_client = self.find_client(client_id)
        if app_client.generate_secret and secret != app_client.secret:
            raise not_authorized(f"Unable to verify secret for client {client_id}")
        pool.check_refresh_token(token, client_id=client_id)
        access_token, id_token, seconds = pool.create_tokens_from_refresh_token(token)
        return {"AccessToken": access_token, "IdToken": id_token, "ExpiresIn": seconds, "TokenType": "Bearer"}

    def admin_initiate_auth(
        self, user_pool_id: str, client_id: str, auth_flow: str, auth_parameters: dict[str, str]
    ) -> dict[str, Any]:
        pool, app_client = self.find_client(client_id)
        if pool.id != user_pool_id:
            raise refusal("ResourceNotFoundException", f"User pool client {client_id} does not exist.")
        self._check_flow(app_client, auth_flow)
        if auth_flow in ("REFRESH_TOKEN_AUTH", "REFRESH_TOKEN"):
            pool.check_refresh_token(auth_parameters.get("REFRESH_TOKEN", ""), client_id=client_id)
        else:
            self._check_secret_hash(app_client, auth_parameters)
            user = self._check_password(pool, app_client, auth_parameters)
            if self.wants_second_factor(pool):
                return self.next_step(pool, user)
            auth_parameters = {**auth_parameters, "USERNAME": user.username}
        return super().admin_initiate_auth(user_pool_id, client_id, auth_flow, auth_parameters)

    def respond_to_auth_challenge(
        self, session: str, client_id: str, challenge_name: str, challenge_responses: dict[str, str]
    ) -> dict[str, Any]:
        pool, app_client = self.find_client(client_id)
        if self.wants_second_factor(pool) and challenge_name != "PASSWORD_VERIFIER":
            self._check_secret_hash(app_client, challenge_responses)
            return self.answer_step(app_client, session, challenge_name, challenge_responses)
        if challenge_name == "PASSWORD_VERIFIER":
            session = self._verify(pool, challenge_responses)
            if self.wants_second_factor(pool):
                return self.next_step(pool, self.admin_get_user(pool.id, self.sessions.pop(session)[0]))
        username, session_pool = self.sessions.get(session, ("", None))
        if session_pool is not pool:
            raise not_authorized("Invalid session for the user.")
        self._check_secret_hash(app_client, challenge_responses)
        # moto would take any user's name here; the session belongs to one.
        user = pool.find_user(username)
        named = challenge_responses.get("USERNAME")
        if user is None or (named and pool.find_user(named) is not user):
            raise not_authorized("Invalid session for the user.")
        answers = {**challenge_responses, "USERNAME": user.username}
        return super().respond_to_auth_challenge(session, client_id, challenge_name, answers)

    @staticmethod
    def _check_flow(app_client: CognitoIdpUserPoolClient, flow: str) -> None:
        allowed_by, sentence = _FLOWS.get(_SAME_FLOW.get(flow, flow), (set(), "Auth flow not enabled for this client"))
        if not allowed_by.intersection(app_client.extended_config.get("ExplicitAuthFlows") or _DEFAULT_FLOWS):
            raise invalid_parameter(sentence)

    @staticmethod
    def _check_secret_hash(app_client: CognitoIdpUserPoolClient, parameters: dict[str, str]) -> None:
        if not app_client.generate_secret:
            return
        if "SECRET_HASH" not in parameters:
            raise not_authorized(f"Client {app_client.id} is configured with secret but SECRET_HASH was not received")
        username = parameters.get("USERNAME", "")
        if not check_secret_hash(app_client.secret, app_client.id, username, parameters["SECRET_HASH"]):
            raise not_authorized(f"Unable to verify secret hash for client {app_client.id}")

    def _check_password(
        self, pool: Pool, app_client: CognitoIdpUserPoolClient, parameters: dict[str, str]
    ) -> CognitoIdpUser:
        for required in ("USERNAME", "PASSWORD"):
            if not parameters.get(required):
                raise invalid_parameter(f"Missing required parameter {required}")
        user = pool.find_user(parameters["USERNAME"])
        if user is None:
            raise (not_authorized() if self.hides_unknown_users(app_client) else user_not_found())
        if not user.enabled:
            raise not_authorized("User is disabled.")
        if not hmac.compare_digest((user.password or "").encode(), parameters["PASSWORD"].encode()):
            raise not_authorized()
        self._check_status(user)
        return user

    @staticmethod
    def _check_status(user: CognitoIdpUser) -> None:
        if user.status == UserStatus.UNCONFIRMED:
            raise refusal("UserNotConfirmedException", "User is not confirmed.")
        if user.status == UserStatus.RESET_REQUIRED:
            raise refusal("PasswordResetRequiredException", "Password reset required for the user")

    def _challenge(
        self, pool: Pool, app_client: CognitoIdpUserPoolClient, parameters: dict[str, str]
    ) -> dict[str, Any]:
        for required in ("USERNAME", "SRP_A"):
            if not parameters.get(required):
                raise invalid_parameter(f"Missing required parameter {required}")
        user = pool.find_user(parameters["USERNAME"])
        if user is None and not self.hides_unknown_users(app_client):
            raise user_not_found()
        if user is not None and not user.enabled:
            raise not_authorized("User is disabled.")
        # Somebody unknown gets a challenge too, which no password fits.
        name = user.username if user else str(uuid.uuid5(uuid.NAMESPACE_URL, f"{pool.id}/{parameters['USERNAME']}"))
        password = (user.password if user else None) or secrets.token_hex()
        try:
            challenge = srp.challenge(
                pool_name=pool.id.split("_", 1)[1],
                user_id=name,
                password=password,
                salt=self._salt(pool, name, password if user else ""),
                client_public=int(parameters["SRP_A"], 16),
            )
        except ValueError:
            raise invalid_parameter("SRP_A is not a valid public value.") from None
        block = base64.b64encode(challenge.secret_block).decode()
        self._srp_challenges[block] = (name, time.monotonic() + _CHALLENGE_SECONDS, challenge)
        return {
            "ChallengeName": "PASSWORD_VERIFIER",
            "ChallengeParameters": {
                "SALT": f"{challenge.salt:x}",
                "SRP_B": f"{challenge.public:x}",
                "SECRET_BLOCK": block,
                "USERNAME": name,
                "USER_ID_FOR_SRP": name,
            },
        }

    def _salt(self, pool: Pool, name: str, password: str) -> int:
        seed = hmac.new(self._salt_secret, f"{pool.id}/{name}/{password}".encode(), hashlib.sha256)
        return int.from_bytes(seed.digest()[:16], "big")

    def _verify(self, pool: Pool, responses: dict[str, str]) -> str:
        """Check the client's claim to know the password; the answer is the session of whoever does."""
        for required in ("PASSWORD_CLAIM_SIGNATURE", "PASSWORD_CLAIM_SECRET_BLOCK", "TIMESTAMP", "USERNAME"):
            if not responses.get(required):
                raise invalid_parameter(f"Missing required parameter {required}")
        if not _TIMESTAMP.fullmatch(responses["TIMESTAMP"]):
            raise invalid_parameter("TIMESTAMP format should be EEE MMM d HH:mm:ss z yyyy in english.")
        block = responses["PASSWORD_CLAIM_SECRET_BLOCK"]
        name, until, challenge = self._srp_challenges.pop(block, ("", 0.0, None))
        if challenge is None or until < time.monotonic():
            raise not_authorized()
        if not challenge.accepts(signature=responses["PASSWORD_CLAIM_SIGNATURE"], timestamp=responses["TIMESTAMP"]):
            raise not_authorized()
        user = pool.find_user(name)
        if user is None:
            raise not_authorized()
        self._check_status(user)
        self.sessions[block] = (name, pool)
        return block
