import pytest

from tests.standins.conftest import People
from tests.standins.support import PASSWORD, attempt, refused

WRONG = "CodeMismatchException: Invalid verification code provided, please try again."
EXPIRED = "ExpiredCodeException: Invalid code provided, please request a code again."
NEW_PASSWORD = "Another-Password-1"


def other_than(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06}"


def confirm(people: People, email: str, code: str) -> str:
    return attempt(
        lambda: people.aws.cognito.confirm_sign_up(ClientId=people.client_id, Username=email, ConfirmationCode=code)
    )


def reset(people: People, email: str, code: str, password: str = NEW_PASSWORD) -> str:
    return attempt(
        lambda: people.aws.cognito.confirm_forgot_password(
            ClientId=people.client_id, Username=email, ConfirmationCode=code, Password=password
        )
    )


@pytest.mark.parametrize(
    ("password", "sentence"),
    [
        ("Short-1", "Password not long enough"),
        ("all-lower-case-1", "Password must have uppercase characters"),
        ("ALL-UPPER-CASE-1", "Password must have lowercase characters"),
        ("No-Number-At-All", "Password must have numeric characters"),
        ("NoSymbolAtAll2026", "Password must have symbol characters"),
    ],
)
def test_a_weak_password_is_refused_everywhere(people: People, password: str, sentence: str) -> None:
    cognito, email = people.aws.cognito, people.add()
    tokens = people.sign_in(email)
    with refused("InvalidPasswordException", f"Password did not conform with policy: {sentence}"):
        people.sign_up(password=password)
    with refused("InvalidPasswordException", sentence):
        cognito.change_password(AccessToken=tokens["AccessToken"], PreviousPassword=PASSWORD, ProposedPassword=password)
    cognito.forgot_password(ClientId=people.client_id, Username=email)
    assert sentence in reset(people, email, people.aws.code(email), password)


def test_a_name_that_is_no_address_and_an_address_that_is_taken_are_refused(people: People) -> None:
    with refused("InvalidParameterException", "Username should be an email."):
        people.sign_up("carol")
    email = people.sign_up()
    with refused("UsernameExistsException", "An account with the given email already exists."):
        people.sign_up(email.upper())


def test_nobody_verifies_their_own_address_by_writing_so(people: People) -> None:
    claim = [{"Name": "email_verified", "Value": "true"}]
    with refused("NotAuthorizedException", "unauthorized attribute"):
        people.aws.cognito.sign_up(
            ClientId=people.client_id, Username="eve@example.com", Password=PASSWORD, UserAttributes=claim
        )
    tokens = people.sign_in(people.add())
    with refused("NotAuthorizedException", "unauthorized attribute"):
        people.aws.cognito.update_user_attributes(AccessToken=tokens["AccessToken"], UserAttributes=claim)


def test_signing_up_takes_the_code_that_was_sent_once(people: People) -> None:
    email = people.sign_up()
    code = people.aws.code(email)
    assert f"Code for {email}: {code}\n" in people.aws.child.log.read_text()
    assert confirm(people, email, other_than(code)) == WRONG
    assert confirm(people, email, code) == ""
    assert confirm(people, email, code).startswith("NotAuthorizedException: User cannot be confirmed.")
    user = people.aws.cognito.admin_get_user(UserPoolId=people.pool_id, Username=email)
    assert {"Name": "email_verified", "Value": "true"} in user["UserAttributes"]
    assert people.sign_in(email)["IdToken"]


def test_a_code_sent_again_takes_the_place_of_the_first(people: People) -> None:
    email = people.sign_up()
    first = people.aws.code(email)
    sent = people.aws.cognito.resend_confirmation_code(ClientId=people.client_id, Username=email)
    assert sent["CodeDeliveryDetails"] == {
        "Destination": "u***@e***",
        "DeliveryMedium": "EMAIL",
        "AttributeName": "email",
    }
    second = people.aws.code(email)
    assert first == second or confirm(people, email, first) == WRONG
    assert confirm(people, email, second) == ""


def test_a_code_runs_out(people: People) -> None:
    email = people.sign_up()
    code = people.aws.code(email)
    people.aws.control("POST", f"expire-code?username={email}")
    assert confirm(people, email, code) == EXPIRED


def test_a_forgotten_password_is_reset_by_the_code_once(people: People) -> None:
    email, cognito = people.add(), people.aws.cognito
    assert reset(people, email, "123456") == EXPIRED
    cognito.forgot_password(ClientId=people.client_id, Username=email)
    code = people.aws.code(email)
    assert reset(people, email, other_than(code)) == WRONG
    assert reset(people, email, code) == ""
    assert reset(people, email, code) == EXPIRED
    with refused("NotAuthorizedException"):
        people.sign_in(email)
    assert people.sign_in(email, NEW_PASSWORD)["IdToken"]


def test_an_unknown_user_is_not_told_apart(people: People) -> None:
    cognito, unknown = people.aws.cognito, {"ClientId": people.client_id, "Username": "nobody@example.com"}
    assert cognito.forgot_password(**unknown)["CodeDeliveryDetails"]["Destination"] == "n***@e***"
    assert cognito.resend_confirmation_code(**unknown)["CodeDeliveryDetails"]["Destination"] == "n***@e***"
    assert confirm(people, "nobody@example.com", "123456") == EXPIRED
    assert reset(people, "nobody@example.com", "123456") == WRONG


def test_an_unverified_address_gets_no_reset_code(people: People) -> None:
    email = people.sign_up()
    sign_up_code = people.aws.code(email)
    people.aws.cognito.forgot_password(ClientId=people.client_id, Username=email)
    assert people.aws.code(email) == sign_up_code


def test_changing_the_password_needs_the_old_one(people: People) -> None:
    email, cognito = people.add(), people.aws.cognito
    token = people.sign_in(email)["AccessToken"]
    with refused("NotAuthorizedException", "Incorrect username or password."):
        cognito.change_password(AccessToken=token, PreviousPassword="Wrong-1", ProposedPassword=NEW_PASSWORD)
    cognito.change_password(AccessToken=token, PreviousPassword=PASSWORD, ProposedPassword=NEW_PASSWORD)
    assert people.sign_in(email, NEW_PASSWORD)["IdToken"]


def test_an_address_is_verified_by_a_code(people: People) -> None:
    email, cognito = people.add(), people.aws.cognito
    token = people.sign_in(email)["AccessToken"]
    cognito.get_user_attribute_verification_code(AccessToken=token, AttributeName="email")
    code = people.aws.code(email)
    with refused("CodeMismatchException"):
        cognito.verify_user_attribute(AccessToken=token, AttributeName="email", Code=other_than(code))
    cognito.verify_user_attribute(AccessToken=token, AttributeName="email", Code=code)
