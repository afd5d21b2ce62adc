import time
from collections.abc import Callable
from typing import Any

import jwt
import pytest

from tests.standins.conftest import People
from tests.standins.support import attempt, refused


def get_user(people: People, tokens: Any) -> str:
    return attempt(lambda: people.aws.cognito.get_user(AccessToken=tokens["AccessToken"]))


def test_refreshed_tokens_keep_the_time_of_the_sign_in(people: People) -> None:
    first = people.sign_in(people.add())
    again = people.refresh(first["RefreshToken"])
    assert "RefreshToken" not in again
    before, after = (jwt.decode(each["IdToken"], options={"verify_signature": False}) for each in (first, again))
    assert (before["auth_time"], before["sub"]) == (after["auth_time"], after["sub"])
    assert before["jti"] != after["jti"]


def test_a_refresh_token_of_another_client_or_made_up_is_refused(people: People) -> None:
    tokens, other = people.sign_in(people.add()), people.client()
    with refused("NotAuthorizedException", "Invalid Refresh Token"):
        people.refresh(tokens["RefreshToken"], client_id=other)
    for made_up in ("made-up", tokens["IdToken"], tokens["AccessToken"]):
        with refused("NotAuthorizedException", "Invalid Refresh Token"):
            people.refresh(made_up)


def test_amplifys_way_to_refresh_refuses_the_same(people: People) -> None:
    tokens, cognito = people.sign_in(people.add()), people.aws.cognito
    own = {"ClientId": people.client_id, "RefreshToken": tokens["RefreshToken"]}
    assert cognito.get_tokens_from_refresh_token(**own)["AuthenticationResult"]["IdToken"]
    with refused("NotAuthorizedException", "Invalid Refresh Token"):
        cognito.get_tokens_from_refresh_token(**{**own, "ClientId": people.client()})
    cognito.revoke_token(ClientId=people.client_id, Token=tokens["RefreshToken"])
    with refused("NotAuthorizedException", "Refresh Token has been revoked"):
        cognito.get_tokens_from_refresh_token(**own)


def test_a_refresh_token_runs_out(people: People) -> None:
    flows = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
    brief = people.client(
        ExplicitAuthFlows=flows, RefreshTokenValidity=1, TokenValidityUnits={"RefreshToken": "seconds"}
    )
    tokens = people.sign_in(people.add(), client_id=brief)
    deadline = time.monotonic() + 5
    while not (answer := attempt(lambda: people.refresh(tokens["RefreshToken"], client_id=brief))):
        assert time.monotonic() < deadline
    assert answer == "NotAuthorizedException: Refresh Token has expired"


def test_global_sign_out_ends_every_session_of_the_user_and_nobody_elses(people: People) -> None:
    alice, bob = people.add(), people.add()
    here, there, bobs = people.sign_in(alice), people.sign_in(alice.upper()), people.sign_in(bob)
    people.aws.cognito.global_sign_out(AccessToken=here["AccessToken"])
    for tokens in (here, there):
        with refused("NotAuthorizedException", "Refresh Token has been revoked"):
            people.refresh(tokens["RefreshToken"])
        assert get_user(people, tokens) == "NotAuthorizedException: Access Token has been revoked"
    assert people.refresh(bobs["RefreshToken"])["IdToken"]
    assert people.sign_in(alice)["IdToken"]


def test_support_signs_a_user_out_everywhere(people: People) -> None:
    email = people.add()
    tokens = people.sign_in(email)
    people.aws.cognito.admin_user_global_sign_out(UserPoolId=people.pool_id, Username=email)
    with refused("NotAuthorizedException", "Refresh Token has been revoked"):
        people.refresh(tokens["RefreshToken"])


def test_revoking_a_token_ends_that_session_only(people: People) -> None:
    email, cognito = people.add(), people.aws.cognito
    here, there = people.sign_in(email), people.sign_in(email)
    cognito.revoke_token(ClientId=people.client_id, Token=here["RefreshToken"])
    cognito.revoke_token(ClientId=people.client_id, Token=here["RefreshToken"])
    assert get_user(people, here) == "NotAuthorizedException: Access Token has been revoked"
    assert get_user(people, there) == ""
    assert people.refresh(there["RefreshToken"])["IdToken"]
    with refused("UnsupportedTokenTypeException"):
        cognito.revoke_token(ClientId=people.client_id, Token=there["AccessToken"])
    with refused("UnauthorizedException"):
        cognito.revoke_token(ClientId=people.client(), Token=there["RefreshToken"])


def test_an_access_token_that_has_run_out_is_refused(people: People) -> None:
    tokens = people.sign_in(people.add())
    claims = jwt.decode(tokens["AccessToken"], options={"verify_signature": False})
    claims = {**claims, "iat": claims["iat"] - 4000, "exp": claims["iat"] - 10}
    old = people.aws.control("POST", f"sign?pool={people.pool_id}&use=access", claims=claims).json["token"]
    assert get_user(people, {"AccessToken": old}) == "NotAuthorizedException: Access Token has expired"


@pytest.mark.parametrize("change", [lambda token: token[:-6] + "AAAAAA", lambda token: "made-up", lambda token: ""])
def test_an_altered_access_token_is_refused(people: People, change: Callable[[str], str]) -> None:
    tokens = people.sign_in(people.add())
    answer = get_user(people, {"AccessToken": change(tokens["AccessToken"])})
    assert answer.startswith("NotAuthorizedException"), answer


def test_an_id_token_is_no_access_token(people: People) -> None:
    tokens = people.sign_in(people.add())
    answer = get_user(people, {"AccessToken": tokens["IdToken"]})
    assert answer == "NotAuthorizedException: Invalid Access Token"


def test_a_deleted_user_has_no_session_left(people: People) -> None:
    tokens = people.sign_in(people.add())
    people.aws.cognito.delete_user(AccessToken=tokens["AccessToken"])
    assert get_user(people, tokens).startswith("NotAuthorizedException")
    with refused("NotAuthorizedException"):
        people.refresh(tokens["RefreshToken"])
