from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest

from deploy.local import resources
from tests.standins.support import PASSWORD, Aws, start_aws


@pytest.fixture(scope="session")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aws]:
    with start_aws(tmp_path_factory.mktemp("standins")) as started:
        yield started


def address() -> str:
    """One that nobody had before."""
    return f"user-{uuid4().hex[:12]}@example.com"


@dataclass
class People:
    """A pool with the website's client. Every test brings its own people, so that one pool serves all."""

    aws: Aws
    pool_id: str
    client_id: str

    def add(self, password: str = PASSWORD) -> str:
        email = address()
        resources.create_user(self.aws.env, self.pool_id, email=email, password=password)
        return email

    def sign_up(self, email: str = "", password: str = PASSWORD) -> str:
        email = email or address()
        self.aws.cognito.sign_up(ClientId=self.client_id, Username=email, Password=password)
        return email

    def sign_in(self, email: str, password: str = PASSWORD, **options: str) -> Any:
        return self.aws.cognito.initiate_auth(
            ClientId=options.get("client_id", self.client_id),
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": email, "PASSWORD": password},
        ).get("AuthenticationResult")

    def refresh(self, token: str, **options: str) -> Any:
        return self.aws.cognito.initiate_auth(
            ClientId=options.get("client_id", self.client_id),
            AuthFlow="REFRESH_TOKEN_AUTH",
            AuthParameters={"REFRESH_TOKEN": token},
        )["AuthenticationResult"]

    def client(self, **settings: Any) -> str:
        created = self.aws.cognito.create_user_pool_client(UserPoolId=self.pool_id, ClientName="other", **settings)
        client_id: str = created["UserPoolClient"]["ClientId"]
        return client_id


@pytest.fixture(scope="session")
def people(aws: Aws) -> People:
    return People(aws, *resources.create_user_pool(aws.env, name="test"))


@pytest.fixture
def bucket(aws: Aws) -> str:
    return resources.create_bucket(aws.env, name=f"files-{uuid4().hex[:12]}")
