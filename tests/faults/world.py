"""The service in this process behind proxies to everything of AWS that it calls, with time-outs made for tests."""

import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from unittest import mock

from django.conf import settings
from django.test import override_settings

from files.storage import files_storage
from tests.faults.fault import Call
from tests.faults.kinds import READ_TIMEOUT, Endpoint, Kind
from tests.faults.proxy import Proxy
from todoproject.aws import dynamodb, user_pools

_VARIABLES: dict[Endpoint, str] = {
    "dynamodb": "AWS_ENDPOINT_URL_DYNAMODB",
    "s3": "AWS_ENDPOINT_URL_S3",
    "cognito": "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER",
}


@dataclass(frozen=True)
class Site:
    """Where a fault strikes: at this call of those to the endpoint, counted from 0."""

    endpoint: Endpoint
    index: int
    call: Call

    def __str__(self) -> str:
        return f"call {self.index} of {self.endpoint}, {self.call.operation}"


@dataclass(frozen=True)
class World:
    proxies: Mapping[Endpoint, Proxy]

    def clear(self) -> None:
        for proxy in self.proxies.values():
            proxy.clear()

    def sites(self) -> list[Site]:
        """Of the calls since the last `clear`."""
        return [
            Site(endpoint, index, call)
            for endpoint, proxy in self.proxies.items()
            for index, call in enumerate(proxy.calls())
        ]

    def break_at(self, site: Site, kind: Kind, *, lasting: bool) -> None:
        self.proxies[site.endpoint].inject(kind.at(site.endpoint), skip=site.index, times=None if lasting else 1)


@contextmanager
def new_world(**changes: object) -> Iterator[World]:
    """`changes` of the settings go on top of those that make the service impatient."""
    with ExitStack() as stack:
        proxies = {name: stack.enter_context(Proxy(os.environ[variable])) for name, variable in _VARIABLES.items()}
        addresses = {variable: proxies[name].url for name, variable in _VARIABLES.items()}
        stack.enter_context(mock.patch.dict(os.environ, addresses))
        default = settings.STORAGES["default"]
        storage = {**default, "OPTIONS": {**default["OPTIONS"], "endpoint_url": proxies["s3"].url}}
        impatient = {"AWS_READ_TIMEOUT": READ_TIMEOUT, "AWS_ATTEMPTS": 2, "STORAGES": {"default": storage}}
        stack.enter_context(override_settings(**{**impatient, **changes}))
        with new_clients():
            yield World(proxies)


@contextmanager
def new_clients() -> Iterator[None]:
    """Of DynamoDB and Cognito. Fresh ones, because botocore's budget of retries is the client's, and each fault uses
    some of it up."""
    with ExitStack() as stack:
        for module in (dynamodb, user_pools):
            stack.enter_context(mock.patch.object(module, "_client", None))
        for model in dynamodb.Table.__subclasses__():
            for name in ("_connection", "_table_connection"):  # PynamoDB's own, and ours around it
                stack.enter_context(mock.patch.object(model, name, None))
        yield
        for client in (dynamodb.client(), user_pools.client(), files_storage().client):
            client.close()
