from collections.abc import Callable

import jwt
import pytest

from deploy.local.cognito.srp import N
from tests.standins import srp_client
from tests.standins.conftest import People, address
from tests.standins.support import PASSWORD, Aws, attempt, refused, send

Way = Callable[..., str]
INCORRECT = "NotAuthorizedException: Incorrect username or password."


def by_srp(people: People, username: str, password: str = PASSWORD, **changes: str) -> str:
    """What comes of it: a refusal, or the name of the next challenge, or nothing."""
    answer = {}

    def call() -> None:
        answer.update(
            srp_client.sign_in(
                people.aws,
                client_id=people.client_id,
                pool_id=people.pool_id,
                username=username,
                password=password,
                **changes,
            )
        )

    return attempt(call) or str(answer.get("ChallengeName", ""))


def by_password(people: People, username: str, password: str = PASSWORD) -> str:
    return attempt(lambda: people.sign_in(username, password))


@pytest.mark.parametrize("way", [by_srp, by_password])
class TestEitherWay:
    def test_the_right_password_signs_in_whatever_the_case_of_the_address(self, people: People, way: Way) -> None:
        assert way(people, people.add().upper()) == ""

    def test_a_wrong_password_and_an_unknown_user_are_refused_alike(self, people: People, way: Way) -> None:
        assert way(people, people.add(), "Wrong-Password-1") == INCORRECT
        assert way(people, "nobody@example.com") == INCORRECT

    def test_an_unconfirmed_user_is_told_so_after_the_password_only(self, people: People, way: Way) -> None:
        email = people.sign_up()
        assert way(people, email) == "UserNotConfirmedException: User is not confirmed."
        assert way(people, email, "Wrong-Password-1") == INCORRECT

    def test_a_disabled_user_is_refused(self, people: People, way: Way) -> None:
        email = people.add()
        people.aws.cognito.admin_disable_user(UserPoolId=people.pool_id, Username=email)
        assert way(people, email) == "NotAuthorizedException: User is disabled."

    def test_a_password_that_support_has_reset_is_refused(self, people: People, way: Way) -> None:
        email = people.add()
        people.aws.cognito.admin_reset_user_password(UserPoolId=people.pool_id, Username=email)
        assert way(people, email).startswith("PasswordResetRequiredException")

    def test_a_deleted_user_is_refused(self, people: People, way: Way) -> None:
        email = people.add()
        people.aws.cognito.admin_delete_user(UserPoolId=people.pool_id, Username=email)
        assert way(people, email) == INCORRECT


def test_srp_accepts_the_right_password_for_any_random_numbers(people: People) -> None:
    email = people.add()
    assert {by_srp(people, email) for _ in range(8)} == {""}


def test_srp_refuses_a_claim_made_for_another_time_and_a_date_in_another_form(people: People) -> None:
    email = people.add()
    assert by_srp(people, email, TIMESTAMP="Tue Nov 3 09:05:01 UTC 2020") == INCORRECT
    assert by_srp(people, email, TIMESTAMP="2026-11-03T09:05:01Z").startswith("InvalidParameterException: TIMESTAMP")


def test_srp_refuses_a_public_number_that_would_fit_any_password(people: People) -> None:
    email = people.add()
    for number in ("0", f"{N:x}", f"{2 * N:x}"):
        with refused("InvalidParameterException"):
            srp_client.start(people.aws, client_id=people.client_id, username=email, srp_a=number)


def test_srp_answers_an_unknown_user_as_it_would_a_known_one(people: People) -> None:
    ask = {"client_id": people.client_id, "username": "nobody@example.com", "srp_a": "2"}
    first, second = (srp_client.start(people.aws, **ask)["ChallengeParameters"] for _ in range(2))
    assert first["SALT"] == second["SALT"]
    assert first["USER_ID_FOR_SRP"] == second["USER_ID_FOR_SRP"]
    assert first["SRP_B"] != second["SRP_B"]


def test_an_srp_challenge_is_good_for_one_answer(people: People) -> None:
    asked = srp_client.start(people.aws, client_id=people.client_id, username=people.add(), srp_a="2")
    answers = {
        "USERNAME": asked["ChallengeParameters"]["USER_ID_FOR_SRP"],
        "PASSWORD_CLAIM_SECRET_BLOCK": asked["ChallengeParameters"]["SECRET_BLOCK"],
        "PASSWORD_CLAIM_SIGNATURE": "AAAA",
        "TIMESTAMP": "Tue Nov 3 09:05:01 UTC 2020",
    }
    for _ in range(2):
        with refused("NotAuthorizedException"):
            srp_client.answer(people.aws, client_id=people.client_id, **answers)


@pytest.mark.parametrize("way", [by_srp, by_password])
def test_a_temporary_password_leads_to_a_new_one_of_the_same_user_only(people: People, way: Way) -> None:
    cognito, bob = people.aws.cognito, people.add()
    new = address()
    cognito.admin_create_user(UserPoolId=people.pool_id, Username=new, TemporaryPassword=PASSWORD)
    if way is by_srp:
        assert by_srp(people, new) == "NEW_PASSWORD_REQUIRED"
    challenge = cognito.initiate_auth(
        ClientId=people.client_id,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": new, "PASSWORD": PASSWORD},
    )
    answer = {"ClientId": people.client_id, "ChallengeName": "NEW_PASSWORD_REQUIRED", "Session": challenge["Session"]}
    with refused("NotAuthorizedException", "Invalid session"):
        cognito.respond_to_auth_challenge(
            **answer, ChallengeResponses={"USERNAME": bob, "NEW_PASSWORD": "Stolen-Account-1"}
        )
    with refused("InvalidPasswordException"):
        cognito.respond_to_auth_challenge(**answer, ChallengeResponses={"USERNAME": new, "NEW_PASSWORD": "weak"})
    done = cognito.respond_to_auth_challenge(
        **answer, ChallengeResponses={"USERNAME": new, "NEW_PASSWORD": "My-Own-Password-1"}
    )
    assert done["AuthenticationResult"]["IdToken"]
    assert by_password(people, bob) == ""


def test_a_flow_that_the_client_does_not_allow_is_refused(people: People) -> None:
    email, refresh_only = people.add(), people.client(ExplicitAuthFlows=["ALLOW_REFRESH_TOKEN_AUTH"])
    with refused("InvalidParameterException", "USER_PASSWORD_AUTH flow not enabled for this client"):
        people.sign_in(email, client_id=refresh_only)
    with refused("InvalidParameterException", "USER_SRP_AUTH is not enabled for the client."):
        srp_client.start(people.aws, client_id=refresh_only, username=email, srp_a="2")
    with refused("InvalidParameterException", "Auth flow not enabled for this client"):
        people.aws.cognito.admin_initiate_auth(
            UserPoolId=people.pool_id,
            ClientId=people.client_id,
            AuthFlow="ADMIN_USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": email, "PASSWORD": PASSWORD},
        )


def test_a_client_that_does_not_hide_unknown_users_names_them(people: People) -> None:
    frank = people.client(ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH"])
    with refused("UserNotFoundException", "User does not exist."):
        people.sign_in("nobody@example.com", client_id=frank)
    with refused("UserNotFoundException"):
        srp_client.start(people.aws, client_id=frank, username="nobody@example.com", srp_a="2")


def test_a_client_with_a_secret_must_prove_that_it_knows_it(people: People) -> None:
    secretive = people.client(ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"], GenerateSecret=True)
    with refused("NotAuthorizedException", "SECRET_HASH was not received"):
        people.sign_in(people.add(), client_id=secretive)


def test_an_unknown_client_is_refused(people: People) -> None:
    with refused("ResourceNotFoundException", "User pool client unknown does not exist."):
        people.sign_in(people.add(), client_id="unknown")


def test_an_operation_that_cognito_does_not_have_is_refused(people: People) -> None:
    headers = {"X-Amz-Target": "AWSCognitoIdentityProviderService.MakeCoffee"}
    answer = send("POST", people.aws.url, headers=headers, body="{}")
    assert (answer.status, answer.json["__type"]) == (400, "UnknownOperationException")


def test_calls_of_an_administrator_must_be_signed(people: People) -> None:
    headers = {
        "Content-Type": "application/x-amz-json-1.1",
        "X-Amz-Target": "AWSCognitoIdentityProviderService.ListUsers",
    }
    answer = send("POST", people.aws.url, headers=headers, body=f'{{"UserPoolId": "{people.pool_id}"}}')
    assert (answer.status, answer.json["__type"]) == (400, "MissingAuthenticationTokenException")


def test_tokens_carry_what_cognitos_do_and_are_signed_by_the_published_keys(people: People) -> None:
    email = people.add()
    tokens = people.sign_in(email)
    issuer = f"{people.aws.url}/{people.pool_id}"
    keys = {key["kid"]: jwt.PyJWK(key) for key in send("GET", f"{issuer}/.well-known/jwks.json").json["keys"]}

    def read(token: str, audience: str | None) -> dict[str, object]:
        key = keys[jwt.get_unverified_header(token)["kid"]]
        claims: dict[str, object] = jwt.decode(token, key, algorithms=["RS256"], issuer=issuer, audience=audience)
        return claims

    identity, access = read(tokens["IdToken"], people.client_id), read(tokens["AccessToken"], None)
    assert identity["sub"] == identity["cognito:username"] == access["sub"] == access["username"]
    assert (identity["email"], identity["email_verified"], identity["token_use"]) == (email, True, "id")
    assert (access["client_id"], access["token_use"]) == (people.client_id, "access")
    assert "aws.cognito.signin.user.admin" in str(access["scope"])
    assert "email" not in access
    assert "aud" not in access
    assert {"auth_time", "iat", "exp", "jti"} <= identity.keys() & access.keys()
    assert tokens["RefreshToken"].count(".") == 4


def test_tokens_live_as_long_as_their_client_says(people: People) -> None:
    short = people.client(
        ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"],
        AccessTokenValidity=2,
        IdTokenValidity=300,
        TokenValidityUnits={"AccessToken": "hours", "IdToken": "seconds"},
    )
    email = people.add()
    for client_id, access_seconds, id_seconds in ((people.client_id, 900, 900), (short, 7200, 300)):
        tokens = people.sign_in(email, client_id=client_id)
        lives = [
            (claims := jwt.decode(tokens[name], options={"verify_signature": False}))["exp"] - claims["iat"]
            for name in ("AccessToken", "IdToken")
        ]
        assert [*lives, tokens["ExpiresIn"]] == [access_seconds, id_seconds, access_seconds]


def test_each_pool_has_its_own_keys(people: People, aws: Aws) -> None:
    other = aws.cognito.create_user_pool(PoolName="other")["UserPool"]["Id"]
    kids = [
        {key["kid"] for key in send("GET", f"{aws.url}/{pool}/.well-known/jwks.json").json["keys"]}
        for pool in (people.pool_id, other)
    ]
    assert [len(each) for each in kids] == [2, 2]
    assert not kids[0] & kids[1]
    assert send("GET", f"{aws.url}/eu-west-1_unknown/.well-known/jwks.json").status == 404


def test_browsers_may_call_from_any_website(people: People) -> None:
    asked = {
        "Origin": "http://localhost:8080",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type,x-amz-target",
    }
    preflight = send("OPTIONS", people.aws.url, headers=asked)
    assert preflight.status == 200
    assert "x-amz-target" in preflight.headers["Access-Control-Allow-Headers"]
    target = {"X-Amz-Target": "AWSCognitoIdentityProviderService.InitiateAuth", "Origin": "http://localhost:8080"}
    answer = send("POST", people.aws.url, headers=target, body='{"ClientId": "unknown", "AuthFlow": "USER_SRP_AUTH"}')
    assert (answer.status, answer.headers["Access-Control-Allow-Origin"]) == (400, "*")
