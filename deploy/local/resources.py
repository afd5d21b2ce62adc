"""What CloudFormation makes on AWS, made in the stand-ins: user pools, bucket, tables, demo users."""

import secrets
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import boto3
from botocore.config import Config

from deploy.local.cognito import totp

WEBSITE = "http://localhost:8080"
STAFF_GROUPS = ("support", "support-readonly")
PASSWORD_POLICY = {
    "MinimumLength": 12,
    "RequireUppercase": True,
    "RequireLowercase": True,
    "RequireNumbers": True,
    "RequireSymbols": True,
    "TemporaryPasswordValidityDays": 3,
}


def client(service: str, env: Mapping[str, str]) -> Any:
    """A boto3 client for the stand-in that `env` names, whatever this process's own environment says."""
    endpoint = env[f"AWS_ENDPOINT_URL_{service.upper().replace('-', '_')}"]
    return _client(service, env["AWS_REGION"], endpoint, env["AWS_ACCESS_KEY_ID"], env["AWS_SECRET_ACCESS_KEY"])


@lru_cache
def _client(service: str, region: str, endpoint: str, access_key_id: str, secret_access_key: str) -> Any:
    """Kept, because making one takes a tenth of a second and tests ask for hundreds."""
    return boto3.client(
        service,  # type: ignore[call-overload]  # the stubs want a literal
        region_name=region,
        endpoint_url=endpoint,
        aws_access_key_id=access_key_id,
        aws_secret_access_key=secret_access_key,
        config=Config(s3={"addressing_style": "path"}, signature_version="s3v4" if service == "s3" else None),
    )


def create_resources(env: Mapping[str, str], *, name: str = "local", website: str = WEBSITE) -> dict[str, str]:
    """Make the user pools and the bucket; the answer holds every further variable that the settings need.

    The tables come after it (create_tables), because their models read the settings. `name` keeps several sets of
    resources apart in the same stand-ins.
    """
    pool_id, client_id = create_user_pool(env, name=name)
    staff_pool_id, staff_client_id = create_staff_pool(env, name=f"{name}-staff")
    return {
        "TODOS_TABLE": f"{name}-todos",
        "FILES_TABLE": f"{name}-files",
        "FILES_BUCKET": create_bucket(env, name=f"{name}-files", website=website),
        "COGNITO_USER_POOL_ID": pool_id,
        "COGNITO_CLIENT_IDS": client_id,
        "COGNITO_ISSUER": f"{env['AWS_ENDPOINT_URL_COGNITO_IDP']}/{pool_id}",
        "STAFF_TABLE": f"{name}-staff",
        "AUDIT_TABLE": f"{name}-audit",
        "STAFF_USER_POOL_ID": staff_pool_id,
        "STAFF_CLIENT_ID": staff_client_id,
        "CORS_ALLOWED_ORIGINS": website,
        "DJANGO_SECRET_KEY": secrets.token_urlsafe(50),
    }


def create_user_pool(env: Mapping[str, str], *, name: str) -> tuple[str, str]:
    """Pool id and id of the website's client, which is public: it has no secret."""
    cognito = client("cognito-idp", env)
    pool = cognito.create_user_pool(
        PoolName=name,
        UsernameAttributes=["email"],
        UsernameConfiguration={"CaseSensitive": False},
        AutoVerifiedAttributes=["email"],
        AccountRecoverySetting={"RecoveryMechanisms": [{"Name": "verified_email", "Priority": 1}]},
        Policies={"PasswordPolicy": PASSWORD_POLICY},
    )["UserPool"]["Id"]
    return pool, create_client(env, pool)


def create_client(env: Mapping[str, str], pool_id: str, *, name: str = "website") -> str:
    answer = client("cognito-idp", env).create_user_pool_client(
        UserPoolId=pool_id,
        ClientName=name,
        GenerateSecret=False,
        ExplicitAuthFlows=["ALLOW_USER_SRP_AUTH", "ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
        PreventUserExistenceErrors="ENABLED",
        EnableTokenRevocation=True,
        AccessTokenValidity=15,
        IdTokenValidity=15,
        RefreshTokenValidity=30,
        TokenValidityUnits={"AccessToken": "minutes", "IdToken": "minutes", "RefreshToken": "days"},
    )
    client_id: str = answer["UserPoolClient"]["ClientId"]
    return client_id


def create_staff_pool(env: Mapping[str, str], *, name: str) -> tuple[str, str]:
    """Pool id and client id. Only administrators make accounts, and none signs in without a second factor."""
    cognito = client("cognito-idp", env)
    pool_id: str = cognito.create_user_pool(
        PoolName=name,
        UsernameAttributes=["email"],
        UsernameConfiguration={"CaseSensitive": False},
        AutoVerifiedAttributes=["email"],
        AdminCreateUserConfig={"AllowAdminCreateUserOnly": True},
        AccountRecoverySetting={"RecoveryMechanisms": [{"Name": "admin_only", "Priority": 1}]},
        Policies={"PasswordPolicy": {**PASSWORD_POLICY, "MinimumLength": 14, "TemporaryPasswordValidityDays": 1}},
    )["UserPool"]["Id"]
    cognito.set_user_pool_mfa_config(
        UserPoolId=pool_id, MfaConfiguration="ON", SoftwareTokenMfaConfiguration={"Enabled": True}
    )
    for group in STAFF_GROUPS:
        cognito.create_group(UserPoolId=pool_id, GroupName=group)
    client_id: str = cognito.create_user_pool_client(
        UserPoolId=pool_id,
        ClientName="admin",
        GenerateSecret=False,
        # Only the service, which signs its calls, may try a password.
        ExplicitAuthFlows=["ALLOW_ADMIN_USER_PASSWORD_AUTH"],
        PreventUserExistenceErrors="ENABLED",
        EnableTokenRevocation=True,
    )["UserPoolClient"]["ClientId"]
    return pool_id, client_id


def create_staff(env: Mapping[str, str], *, email: str, password: str, groups: Sequence[str]) -> str:
    """A member of staff who has still to enrol a second factor; the answer is the `sub`."""
    sub = create_user(env, env["STAFF_USER_POOL_ID"], email=email, password=password)
    _add_to_groups(env, email, groups)
    return sub


def invite_staff(env: Mapping[str, str], *, email: str, password: str, groups: Sequence[str]) -> str:
    """A member of staff whose password is good for the first sign-in only; the answer is the `sub`."""
    cognito = client("cognito-idp", env)
    pool_id = env["STAFF_USER_POOL_ID"]
    attributes = [{"Name": "email", "Value": email}, {"Name": "email_verified", "Value": "true"}]
    sub: str = cognito.admin_create_user(
        UserPoolId=pool_id,
        Username=email,
        TemporaryPassword=password,
        MessageAction="SUPPRESS",
        UserAttributes=attributes,
    )["User"]["Username"]
    _add_to_groups(env, email, groups)
    return sub


def _add_to_groups(env: Mapping[str, str], email: str, groups: Sequence[str]) -> None:
    for group in groups:
        client("cognito-idp", env).admin_add_user_to_group(
            UserPoolId=env["STAFF_USER_POOL_ID"], Username=email, GroupName=group
        )


def enrol_staff(env: Mapping[str, str], *, email: str, password: str) -> str:
    """Sign in for the first time, and set up an authenticator app; the answer is its secret."""
    cognito = client("cognito-idp", env)
    app = {"UserPoolId": env["STAFF_USER_POOL_ID"], "ClientId": env["STAFF_CLIENT_ID"]}
    asked = cognito.admin_initiate_auth(
        **app, AuthFlow="ADMIN_USER_PASSWORD_AUTH", AuthParameters={"USERNAME": email, "PASSWORD": password}
    )
    token = cognito.associate_software_token(Session=asked["Session"])
    secret: str = token["SecretCode"]
    verified = cognito.verify_software_token(Session=token["Session"], UserCode=totp.code(secret))
    cognito.admin_respond_to_auth_challenge(
        **app, ChallengeName="MFA_SETUP", Session=verified["Session"], ChallengeResponses={"USERNAME": email}
    )
    return secret


def create_user(env: Mapping[str, str], pool_id: str, *, email: str, password: str) -> str:
    """A confirmed user with a verified e-mail address; the answer is the `sub`."""
    cognito = client("cognito-idp", env)
    user = cognito.admin_create_user(
        UserPoolId=pool_id,
        Username=email,
        MessageAction="SUPPRESS",
        UserAttributes=[{"Name": "email", "Value": email}, {"Name": "email_verified", "Value": "true"}],
    )["User"]
    cognito.admin_set_user_password(UserPoolId=pool_id, Username=email, Password=password, Permanent=True)
    sub: str = user["Username"]
    return sub


def create_bucket(env: Mapping[str, str], *, name: str, website: str = WEBSITE) -> str:
    s3 = client("s3", env)
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": env["AWS_REGION"]})
    s3.put_bucket_cors(
        Bucket=name,
        CORSConfiguration={
            "CORSRules": [
                {
                    "AllowedOrigins": [website],
                    "AllowedMethods": ["POST", "GET", "HEAD"],
                    "AllowedHeaders": ["*"],
                    "ExposeHeaders": ["ETag"],
                    "MaxAgeSeconds": 3600,
                }
            ]
        },
    )
    return name


def create_tables(env: Mapping[str, str]) -> None:
    """The tables of the PynamoDB models. Call it after `django.setup()`: the models read the settings."""
    from todoproject.management import tables

    for model in tables.MODELS:
        tables.create(model)
