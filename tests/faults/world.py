"""The service in this process behind proxies to everything of AWS that it calls, with time-outs made for tests."""

import copy
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any
from unittest import mock

from django.conf import settings
from django.core.files.storage import storages
from django.test import override_settings

from files.storage import files_storage
from tests.faults.fault import Call
from tests.faults.kinds import IMPATIENCE, PATIENCE, Endpoint, Kind
from tests.faults.proxy import Proxy
from todoproject.aws import dynamodb, user_pools
from todoproject.aws.dynamodb import Table

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


# How the service's clients are got at.
_CLIENTS: dict[Endpoint, Callable[[], Any]] = {
    "dynamodb": dynamodb.client,
    "s3": lambda: files_storage().client,
    "cognito": user_pools.client,
}


def _places(endpoint: Endpoint) -> list[tuple[Any, str, Any]]:
    """Where the service keeps its client, and what stands there before the first call."""
    if endpoint == "s3":
        return [(storages, "_storages", {})]
    if endpoint == "cognito":
        return [(user_pools, "_client", None)]
    # PynamoDB's own, and ours around it.
    models = [(model, name, None) for model in Table.__subclasses__() for name in ("_connection", "_table_connection")]
    return [(dynamodb, "_client", None), *models]


class Clients:
    """A set of the service's clients of AWS, made as they are needed: of these endpoints, or of all. The budget of
    retries is each set's own."""

    def __init__(self, *endpoints: Endpoint, **changes: object) -> None:
        self._endpoints = endpoints or tuple(_CLIENTS)
        self._changes = changes
        self._kept: dict[tuple[Any, str], Any] = {}

    @contextmanager
    def used(self) -> Iterator[None]:
        places = [place for endpoint in self._endpoints for place in _places(endpoint)]
        with override_settings(**self._changes), ExitStack() as stack:
            for owner, name, empty in places:
                start = self._kept.get((owner, name), copy.copy(empty))
                stack.enter_context(mock.patch.object(owner, name, start))
            try:
                yield
            finally:
                self._kept |= {(owner, name): getattr(owner, name) for owner, name, _ in places}

    def close(self) -> None:
        with self.used():
            for endpoint in self._endpoints:
                _CLIENTS[endpoint]().close()


@contextmanager
def impatient(*endpoints: Endpoint) -> Iterator[None]:
    """The service gives up soon, by clients of its own: around what is to meet silence, and nothing else."""
    clients = Clients(*endpoints, AWS_READ_TIMEOUT=IMPATIENCE)
    with clients.used():
        yield
    clients.close()


class MetNothing(AssertionError):
    """No call was made where the fault was to strike."""


@dataclass(frozen=True)
class World:
    """The service waits long, so that a busy machine breaks nothing; `impatient` is for the endpoint of a fault that is
    silent."""

    proxies: Mapping[Endpoint, Proxy]
    impatient: Mapping[Endpoint, Clients]

    @property
    def struck(self) -> int:
        return sum(proxy.struck for proxy in self.proxies.values())

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

    @contextmanager
    def broken(self, site: Site, kind: Kind, *, lasting: bool) -> Iterator[None]:
        """Raises MetNothing. A sound call before the fault's is a cause of that too, where an impatient service gave it
        up: on a busy machine it may come too late."""
        self.clear()
        proxy = self.proxies[site.endpoint]
        before = proxy.struck
        proxy.inject(kind.at(site.endpoint), skip=site.index, times=None if lasting else 1)
        with self.impatient[site.endpoint].used() if kind.is_silent else nullcontext():
            yield
        self.clear()
        if proxy.struck == before:
            raise MetNothing(f"{kind} at {site}")


@contextmanager
def new_world(**changes: object) -> Iterator[World]:
    """`changes` of the settings."""
    with ExitStack() as stack:
        proxies = {name: stack.enter_context(Proxy(os.environ[variable])) for name, variable in _VARIABLES.items()}
        addresses = {variable: proxies[name].url for name, variable in _VARIABLES.items()}
        stack.enter_context(mock.patch.dict(os.environ, addresses))
        default = settings.STORAGES["default"]
        storage = {**default, "OPTIONS": {**default["OPTIONS"], "endpoint_url": proxies["s3"].url}}
        stack.enter_context(override_settings(STORAGES={"default": storage}, **changes))
        patient = Clients(AWS_READ_TIMEOUT=PATIENCE)
        impatient = {endpoint: Clients(endpoint, AWS_READ_TIMEOUT=IMPATIENCE) for endpoint in proxies}
        for clients in (patient, *impatient.values()):
            stack.callback(clients.close)
        with patient.used():
            yield World(proxies, impatient)
