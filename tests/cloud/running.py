"""The application, started from what the stacks created: its tables, bucket and pools made in the stand-ins as the
templates define them, its two containers run by gunicorn with the environment of the task definition, nothing else."""

import os
import secrets
import string
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from deploy.local import resources
from deploy.local.children import Child, free_port, wait_for_http
from deploy.local.standins import ROOT
from tests.cloud.api import HttpApi, Route
from tests.cloud.balancer import Balancer, Container, containers_of
from tests.cloud.deployment import Deployment, Resource
from tests.cloud.gateway import Gateway, listening
from tests.cloud.templates import REGION

_ENDPOINTS = ("DYNAMODB", "S3", "COGNITO_IDP", "COGNITO_IDENTITY_PROVIDER")
# What is not the template's to say: a way to the stand-ins, and none to the real AWS.
_STANDINS = [
    *(f"AWS_ENDPOINT_URL_{name}" for name in _ENDPOINTS),
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_CONFIG_FILE",
    "AWS_SHARED_CREDENTIALS_FILE",
    "AWS_EC2_METADATA_DISABLED",
]
_TABLE = ("KeySchema", "AttributeDefinitions", "BillingMode", "LocalSecondaryIndexes", "GlobalSecondaryIndexes")
# Not known to the stand-in: mail leaves it only as a line in its log, and the tier is a matter of price.
_NOT_OF_A_POOL = {"UserPoolName", "UserPoolTier", "EnabledMfas", "EmailConfiguration", "UserPoolTags"}


_GUNICORN = ("--config", "deploy/gunicorn.conf.py", "todoproject.wsgi")


class Service(Child):
    """What runs in a container, with this environment, the signed calls to AWS noted in `calls`."""

    def __init__(self, name: str, env: Mapping[str, str], *, log: Path, calls: Path) -> None:
        self.port = free_port()
        command = [sys.executable, "-m", "tests.cloud.recorder", str(calls), "gunicorn", *_GUNICORN]
        super().__init__(f"The container {name}", command, log=log, env={**env, "PORT": str(self.port)}, cwd=ROOT)

    def wait(self) -> None:
        wait_for_http(f"http://127.0.0.1:{self.port}/healthz", self)


@dataclass(frozen=True)
class Stage:
    """A stage that can be called. `names` holds what the stand-ins call the pools and clients that moto created."""

    deployment: Deployment
    url: str
    gateway: Gateway
    balancer: Balancer
    names: Mapping[str, str]
    calls: Mapping[str, Path]
    """What the recorder wrote, by container."""
    logs: Mapping[str, Path]
    """What the containers print, which ECS would send to their log groups."""

    def real(self, name: str) -> str:
        """The stand-ins' name of a resource, given as `stack.LogicalId`."""
        return _replaced(self.deployment[name].physical_id, self.names)


@contextmanager
def running(deployment: Deployment, folder: Path) -> Iterator[Stage]:
    names = create_in_standins(deployment)
    calls, logs = ({name: folder / f"{name}.{kind}" for name in ("todos", "files")} for kind in ("calls", "log"))
    with ExitStack() as stack:
        started = {
            name: stack.enter_context(
                Service(name, environment(container, deployment, names), log=logs[name], calls=calls[name])
            )
            for name, container in containers_of(deployment).items()
        }
        for service in started.values():
            service.wait()
        balancer = Balancer.of(deployment)
        ports = {name: service.port for name, service in started.items()}
        gateway = Gateway(_with_standins(HttpApi.of(deployment), names), balancer, ports=ports)
        url = stack.enter_context(listening(gateway))
        yield Stage(deployment, url, gateway, balancer, names, calls, logs)


def environment(container: Container, deployment: Deployment, names: Mapping[str, str]) -> dict[str, str]:
    """What ECS gives the container, its secrets read; and the addresses of the stand-ins."""
    told = container.variables | {name: _secret(deployment, arn) for name, arn in container.secrets.items()}
    given = {name: _replaced(value, names) for name, value in told.items()}
    off_aws = {name: os.environ[name] for name in _STANDINS if name in os.environ}
    issuer = f"{os.environ['AWS_ENDPOINT_URL_COGNITO_IDP']}/{given['COGNITO_USER_POOL_ID']}"
    # ECS itself sets the region.
    return given | off_aws | {"AWS_REGION": REGION, "COGNITO_ISSUER": issuer, "PATH": os.environ["PATH"]}


def _secret(deployment: Deployment, reference: str) -> str:
    """A value as Secrets Manager would make it. The reference is an ARN, as in the task definition."""
    (secret,) = [each for each in deployment.of_type("AWS::SecretsManager::Secret") if each.physical_id == reference]
    told = secret.properties["GenerateSecretString"]
    characters = string.ascii_letters + string.digits + ("" if told.get("ExcludePunctuation") else string.punctuation)
    return "".join(secrets.choice(characters) for _ in range(told["PasswordLength"]))


def create_in_standins(deployment: Deployment) -> dict[str, str]:
    """Make tables, bucket, pools and clients as they were created; the answer is what pools and clients are called."""
    for table in deployment.of_type("AWS::DynamoDB::Table"):
        create_table(table, name=table.physical_id)
    for bucket in deployment.of_type("AWS::S3::Bucket"):
        if bucket.stack == "data":
            resources.create_bucket(os.environ, name=bucket.physical_id)
    names: dict[str, str] = {}
    cognito = resources.client("cognito-idp", os.environ)
    for pool in deployment.of_type("AWS::Cognito::UserPool"):
        told = {name: value for name, value in pool.properties.items() if name not in _NOT_OF_A_POOL}
        created = cognito.create_user_pool(PoolName=pool.properties["UserPoolName"], **told)
        names[pool.physical_id] = created["UserPool"]["Id"]
    for client in deployment.of_type("AWS::Cognito::UserPoolClient"):
        told = client.properties | {"UserPoolId": names[client.properties["UserPoolId"]]}
        names[client.physical_id] = cognito.create_user_pool_client(**told)["UserPoolClient"]["ClientId"]
    for group in deployment.of_type("AWS::Cognito::UserPoolGroup"):
        cognito.create_group(**group.properties | {"UserPoolId": names[group.properties["UserPoolId"]]})
    return names


def create_table(table: Resource, *, name: str) -> None:
    dynamodb = resources.client("dynamodb", os.environ)
    told = {name: table.properties[name] for name in _TABLE if name in table.properties}
    dynamodb.create_table(TableName=name, **told)
    if "TimeToLiveSpecification" in table.properties:
        dynamodb.update_time_to_live(
            TableName=name, TimeToLiveSpecification=table.properties["TimeToLiveSpecification"]
        )


def _with_standins(api: HttpApi, names: Mapping[str, str]) -> HttpApi:
    """Its authorizers asking the stand-in for Cognito instead of Cognito."""
    cognito = f"https://cognito-idp.{REGION}.amazonaws.com"

    def moved(route: Route) -> Route:
        if route.authorizer is None:
            return route
        issuer = _replaced(route.authorizer.issuer, names | {cognito: os.environ["AWS_ENDPOINT_URL_COGNITO_IDP"]})
        audience = tuple(_replaced(each, names) for each in route.authorizer.audience)
        return replace(route, authorizer=replace(route.authorizer, issuer=issuer, audience=audience))

    return replace(api, routes=[moved(each) for each in api.routes])


def _replaced(text: str, names: Mapping[str, str]) -> str:
    for name, other in names.items():
        text = text.replace(name, other)
    return text
