"""The steps of a sign-in behind the password, where the pool wants a second factor.

moto knows one secret for all users, takes an enrolment for done that never began, and lets users in without any of it.
"""

import re
import secrets
import time
from dataclasses import dataclass
from typing import Any

from moto.cognitoidp.models import CognitoIdpUser, CognitoIdpUserPoolClient, UserStatus

from deploy.local.cognito.accounts import Accounts
from deploy.local.cognito.errors import code_mismatch, invalid_parameter, not_authorized, refusal
from deploy.local.cognito.pool import Pool
from deploy.local.cognito.totp import Authenticator

_SESSION_SECONDS = 180


@dataclass
class Step:
    """What a sign-in waits for; `enrolled` once its new authenticator has shown a right code."""

    challenge: str
    pool: Pool
    user: CognitoIdpUser
    until: float
    enrolled: bool = False


class SecondFactor(Accounts):
    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self._steps: dict[str, Step] = {}
        self._authenticators: dict[str, Authenticator] = {}

    def authenticator(self, user: CognitoIdpUser) -> Authenticator | None:
        """The one the user has enrolled."""
        found = self._authenticators.get(user.id)
        return found if found is not None and found.verified else None

    @staticmethod
    def wants_second_factor(pool: Pool) -> bool:
        return bool(pool.mfa_config == "ON")

    def next_step(self, pool: Pool, user: CognitoIdpUser) -> dict[str, Any]:
        """The challenge that comes after the right password."""
        if user.status == UserStatus.FORCE_CHANGE_PASSWORD:
            return self._ask("NEW_PASSWORD_REQUIRED", pool, user, requiredAttributes="[]", userAttributes="{}")
        if self.authenticator(user):
            return self._ask("SOFTWARE_TOKEN_MFA", pool, user)
        return self._ask("MFA_SETUP", pool, user, MFAS_CAN_SETUP='["SOFTWARE_TOKEN_MFA"]')

    def answer_step(
        self, app_client: CognitoIdpUserPoolClient, session: str, challenge: str, responses: dict[str, str]
    ) -> dict[str, Any]:
        step = self._step(session, challenge)
        if step.pool.find_user(responses.get("USERNAME", "")) is not step.user:
            raise not_authorized("Invalid session for the user.")
        if challenge == "NEW_PASSWORD_REQUIRED":
            self._validate_password(step.pool.id, responses.get("NEW_PASSWORD", ""))
            step.user.password, step.user.status = responses["NEW_PASSWORD"], UserStatus.CONFIRMED
            del self._steps[session]
            return self.next_step(step.pool, step.user)
        if challenge == "SOFTWARE_TOKEN_MFA":
            self._use_code(step.user, responses.get("SOFTWARE_TOKEN_MFA_CODE", ""))
        elif not step.enrolled:
            raise not_authorized("Invalid session for the user.")
        del self._steps[session]
        return self._log_user_in(step.pool, app_client, step.user.username)

    def associate_software_token(self, access_token: str, session: str) -> dict[str, str]:
        step = self._step(session, "MFA_SETUP")
        self._authenticators[step.user.id] = authenticator = Authenticator()
        return {"SecretCode": authenticator.secret, "Session": self._renewed(session)}

    def verify_software_token(
        self, access_token: str, session: str, user_code: str, friendly_device_name: str
    ) -> dict[str, str]:
        step = self._step(session, "MFA_SETUP")
        authenticator = self._authenticators.get(step.user.id)
        if authenticator is None:
            raise not_authorized("Invalid session for the user.")
        if authenticator.step_of(_digits(user_code)) is None:
            raise refusal("EnableSoftwareTokenMFAException", "Code mismatch")
        authenticator.verified = step.enrolled = True
        return {"Status": "SUCCESS", "Session": self._renewed(session)}

    def _ask(self, challenge: str, pool: Pool, user: CognitoIdpUser, **more: str) -> dict[str, Any]:
        session = secrets.token_urlsafe(64)
        self._steps[session] = Step(challenge, pool, user, until=time.monotonic() + _SESSION_SECONDS)
        parameters = {"USER_ID_FOR_SRP": user.username, **more}
        return {"ChallengeName": challenge, "Session": session, "ChallengeParameters": parameters}

    def _step(self, session: str, challenge: str) -> Step:
        step = self._steps.get(session)
        if step is None or step.challenge != challenge or not step.user.enabled:
            raise not_authorized("Invalid session for the user.")
        if step.until < time.monotonic():
            raise not_authorized("Invalid session for the user, session is expired.")
        return step

    def _renewed(self, session: str) -> str:
        """Each answer to an enrolment brings the session for the next call."""
        new = secrets.token_urlsafe(64)
        self._steps[new] = self._steps.pop(session)
        return new

    def _use_code(self, user: CognitoIdpUser, given: str) -> None:
        authenticator = self.authenticator(user)
        step = authenticator.step_of(_digits(given)) if authenticator else None
        if authenticator is None or step is None:
            raise code_mismatch()
        if step <= authenticator.used_until:
            raise refusal("ExpiredCodeException", "Your software token has already been used once.")
        authenticator.used_until = step


def _digits(code: str) -> str:
    if not re.fullmatch("[0-9]{6}", code):
        raise invalid_parameter("1 validation error detected: a code has six digits.")
    return code
