"""Who may have an account, what it is protected by, and what a client of a pool may do."""

import pytest

from tests.cloud.deployment import Deployment

POOLS = ("auth.UserPool", "auth.StaffUserPool")


@pytest.mark.parametrize("pool", POOLS)
def test_a_pool_takes_addresses_for_names_and_long_mixed_passwords(deployment: Deployment, pool: str) -> None:
    told = deployment[pool].properties
    # What cannot be changed without a new pool, and so without every account.
    assert (told["UsernameAttributes"], told["UsernameConfiguration"]) == (["email"], {"CaseSensitive": False})
    assert (told["AutoVerifiedAttributes"], told["UserPoolTier"]) == (["email"], "LITE")
    policy = told["Policies"]["PasswordPolicy"]
    assert policy["MinimumLength"] >= 12
    assert [policy[f"Require{kind}"] for kind in ("Uppercase", "Lowercase", "Numbers", "Symbols")] == [True] * 4


def test_customers_sign_up_and_recover_by_mail_and_staff_do_neither(deployment: Deployment) -> None:
    customers, staff = (deployment[pool].properties for pool in POOLS)
    closed = [each["AdminCreateUserConfig"]["AllowAdminCreateUserOnly"] for each in (customers, staff)]
    recovery = [
        [mechanism["Name"] for mechanism in each["AccountRecoverySetting"]["RecoveryMechanisms"]]
        for each in (customers, staff)
    ]
    assert (closed, recovery) == ([False, True], [["verified_email"], ["admin_only"]])


def test_staff_need_a_second_factor_and_are_in_groups_of_their_pool(deployment: Deployment) -> None:
    told = deployment["auth.StaffUserPool"].properties
    assert (told["MfaConfiguration"], told["EnabledMfas"]) == ("ON", ["SOFTWARE_TOKEN_MFA"])
    groups = {
        each.properties["GroupName"]: each.properties["UserPoolId"]
        for each in deployment.of_type("AWS::Cognito::UserPoolGroup")
    }
    assert groups == dict.fromkeys(("support", "support-readonly"), deployment["auth.StaffUserPool"].physical_id)


def test_a_browser_never_sends_a_password_and_the_admin_s_client_is_of_no_use_to_one(deployment: Deployment) -> None:
    website, admin = (deployment[f"auth.{name}Client"].properties for name in ("Website", "Staff"))
    assert website["ExplicitAuthFlows"] == ["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
    assert admin["ExplicitAuthFlows"] == ["ALLOW_ADMIN_USER_PASSWORD_AUTH"]
    for client, pool in ((website, POOLS[0]), (admin, POOLS[1])):
        assert client["UserPoolId"] == deployment[pool].physical_id
        assert client["GenerateSecret"] is False
        assert (client["PreventUserExistenceErrors"], client["EnableTokenRevocation"]) == ("ENABLED", True)


def test_tokens_that_cannot_be_taken_back_live_for_minutes(deployment: Deployment) -> None:
    lives = {
        name: [
            f"{told[f'{token}TokenValidity']} {told['TokenValidityUnits'][f'{token}Token']}"
            for token in ("Id", "Access", "Refresh")
        ]
        for name in ("Website", "Staff")
        if (told := deployment[f"auth.{name}Client"].properties)
    }
    assert lives == {
        "Website": ["15 minutes", "15 minutes", "30 days"],
        "Staff": ["5 minutes", "5 minutes", "60 minutes"],
    }


def test_production_s_mail_goes_by_ses(deployment: Deployment) -> None:
    senders = [deployment[pool].properties["EmailConfiguration"]["EmailSendingAccount"] for pool in POOLS]
    assert senders == ["DEVELOPER" if deployment.stage == "production" else "COGNITO_DEFAULT"] * 2
