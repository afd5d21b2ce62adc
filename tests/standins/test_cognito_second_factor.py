from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from deploy.local import resources
from deploy.local.cognito import totp
from tests.standins.conftest import address
from tests.standins.support import Aws, attempt, refused, send

PASSWORD = "Staff-of-the-house-1"
INVALID_SESSION = "NotAuthorizedException: Invalid session for the user."


@dataclass
class Staff:
    """A pool that wants a second factor. Every test brings its own people."""

    aws: Aws
    env: dict[str, str]

    def add(self, password: str = PASSWORD) -> str:
        email = address()
        resources.create_staff(self.env, email=email, password=password, groups=["support"])
        return email

    def enrolled(self) -> tuple[str, str]:
        email = self.add()
        return email, resources.enrol_staff(self.env, email=email, password=PASSWORD)

    @property
    def app(self) -> dict[str, str]:
        return {"UserPoolId": self.env["STAFF_USER_POOL_ID"], "ClientId": self.env["STAFF_CLIENT_ID"]}

    def start(self, email: str, password: str = PASSWORD) -> Any:
        parameters = {"USERNAME": email, "PASSWORD": password}
        return self.aws.cognito.admin_initiate_auth(
            **self.app, AuthFlow="ADMIN_USER_PASSWORD_AUTH", AuthParameters=parameters
        )

    def answer(self, challenge: str, session: str, email: str, **responses: str) -> Any:
        return self.aws.cognito.admin_respond_to_auth_challenge(
            **self.app, ChallengeName=challenge, Session=session, ChallengeResponses={"USERNAME": email, **responses}
        )


@pytest.fixture(scope="module")
def staff(aws: Aws) -> Iterator[Staff]:
    pool_id, client_id = resources.create_staff_pool(aws.env, name="staff")
    return Staff(aws, {**aws.env, "STAFF_USER_POOL_ID": pool_id, "STAFF_CLIENT_ID": client_id})


def wrong(secret: str) -> str:
    """Never right, nor a neighbour's."""
    authenticator = totp.Authenticator(secret)
    return next(code for code in ("000000", "000001", "000002", "000003") if authenticator.step_of(code) is None)


def test_codes_are_those_of_rfc_6238(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.time", lambda: 1111111109)
    assert totp.code("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ") == "081804"


def test_the_right_password_alone_signs_nobody_in(staff: Staff) -> None:
    email, _ = staff.enrolled()
    asked = staff.start(email)
    assert (asked["ChallengeName"], "AuthenticationResult" in asked) == ("SOFTWARE_TOKEN_MFA", False)


def test_a_wrong_code_is_refused_and_the_right_one_signs_in_once(staff: Staff) -> None:
    email, secret = staff.enrolled()
    session = staff.start(email)["Session"]
    with refused("CodeMismatchException"):
        staff.answer("SOFTWARE_TOKEN_MFA", session, email, SOFTWARE_TOKEN_MFA_CODE=wrong(secret))
    code = staff.aws.control("GET", f"totp?username={email}").json["code"]
    signed_in = staff.answer("SOFTWARE_TOKEN_MFA", session, email, SOFTWARE_TOKEN_MFA_CODE=code)
    assert signed_in["AuthenticationResult"]["IdToken"]
    again = staff.start(email)["Session"]
    with refused("ExpiredCodeException", "already been used"):
        staff.answer("SOFTWARE_TOKEN_MFA", again, email, SOFTWARE_TOKEN_MFA_CODE=code)


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "12345٦"])
def test_what_is_no_code_is_refused(staff: Staff, code: str) -> None:
    email, _ = staff.enrolled()
    session = staff.start(email)["Session"]
    with refused("InvalidParameterException"):
        staff.answer("SOFTWARE_TOKEN_MFA", session, email, SOFTWARE_TOKEN_MFA_CODE=code)


def test_the_code_of_another_user_is_refused(staff: Staff) -> None:
    (email, secret), (other, others_secret) = staff.enrolled(), staff.enrolled()
    session = staff.start(email)["Session"]
    assert secret != others_secret
    with refused("CodeMismatchException"):
        staff.answer("SOFTWARE_TOKEN_MFA", session, email, SOFTWARE_TOKEN_MFA_CODE=totp.code(others_secret))
    with refused("NotAuthorizedException"):
        staff.answer("SOFTWARE_TOKEN_MFA", session, other, SOFTWARE_TOKEN_MFA_CODE=totp.code(others_secret))


def test_an_enrolment_wants_a_right_code_before_it_signs_in(staff: Staff) -> None:
    email = staff.add()
    asked = staff.start(email)
    assert asked["ChallengeName"] == "MFA_SETUP"
    assert attempt(lambda: staff.answer("MFA_SETUP", asked["Session"], email)) == INVALID_SESSION
    token = staff.aws.cognito.associate_software_token(Session=asked["Session"])
    assert attempt(lambda: staff.answer("MFA_SETUP", token["Session"], email)) == INVALID_SESSION
    with refused("EnableSoftwareTokenMFAException"):
        staff.aws.cognito.verify_software_token(Session=token["Session"], UserCode=wrong(token["SecretCode"]))
    code = totp.code(token["SecretCode"])
    verified = staff.aws.cognito.verify_software_token(Session=token["Session"], UserCode=code)
    assert staff.answer("MFA_SETUP", verified["Session"], email)["AuthenticationResult"]["IdToken"]


def test_nobody_enrols_without_the_password(staff: Staff) -> None:
    with refused("NotAuthorizedException"):
        staff.aws.cognito.associate_software_token(Session="x" * 40)


def test_a_temporary_password_must_be_changed_first(staff: Staff) -> None:
    email = address()
    staff.aws.cognito.admin_create_user(
        UserPoolId=staff.env["STAFF_USER_POOL_ID"], Username=email, TemporaryPassword=PASSWORD, MessageAction="SUPPRESS"
    )
    asked = staff.start(email)
    assert asked["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
    with refused("InvalidPasswordException"):
        staff.answer("NEW_PASSWORD_REQUIRED", asked["Session"], email, NEW_PASSWORD="short")
    after = staff.answer("NEW_PASSWORD_REQUIRED", asked["Session"], email, NEW_PASSWORD="Another-of-the-house-2")
    assert after["ChallengeName"] == "MFA_SETUP"
    with refused("NotAuthorizedException"):
        staff.start(email)


def test_a_session_of_one_step_is_none_of_another(staff: Staff) -> None:
    email = staff.add()
    session = staff.start(email)["Session"]
    assert (
        attempt(lambda: staff.answer("NEW_PASSWORD_REQUIRED", session, email, NEW_PASSWORD=PASSWORD)) == INVALID_SESSION
    )


def test_the_challenges_of_staff_are_for_signed_calls_only(staff: Staff) -> None:
    target = "AWSCognitoIdentityProviderService.AdminRespondToAuthChallenge"
    answer = send("POST", staff.aws.url, headers={"X-Amz-Target": target}, body=b"{}")
    assert answer.status == 400
