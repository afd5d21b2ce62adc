import os
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.test import override_settings

from files.storage import files_storage
from tests.clients import User
from tests.faults.fault import LATE, Fault
from tests.faults.kinds import PATIENCE
from tests.faults.proxy import Proxy
from tests.faults.visitor import InProcess, Visitor
from todoproject.aws import dynamodb as shared


@pytest.fixture(scope="module")
def dynamodb_proxy() -> Iterator[Proxy]:
    """For a module's servers to be pointed at; tests take `dynamodb`."""
    with Proxy(os.environ["AWS_ENDPOINT_URL_DYNAMODB"]) as proxy:
        yield proxy


@pytest.fixture(scope="module")
def s3_proxy() -> Iterator[Proxy]:
    with Proxy(os.environ["AWS_ENDPOINT_URL_S3"]) as proxy:
        yield proxy


@pytest.fixture
def dynamodb(dynamodb_proxy: Proxy) -> Iterator[Proxy]:
    """The module's proxy to DynamoDB; whole again after the test."""
    dynamodb_proxy.clear()
    yield dynamodb_proxy
    dynamodb_proxy.clear()


@pytest.fixture
def s3(s3_proxy: Proxy) -> Iterator[Proxy]:
    s3_proxy.clear()
    yield s3_proxy
    s3_proxy.clear()


@pytest.fixture(scope="module")
def storage_through_proxy(s3_proxy: Proxy) -> Iterator[None]:
    """The service in this process reaches S3 by the module's proxy. One client for all tests: it is dear to build."""
    default = settings.STORAGES["default"]
    storage = {**default, "OPTIONS": {**default["OPTIONS"], "endpoint_url": s3_proxy.url}}
    with override_settings(STORAGES={"default": storage}, AWS_READ_TIMEOUT=PATIENCE):
        yield
        files_storage().client.close()


@pytest.fixture
def visitor(alice: User, dynamodb: Proxy, monkeypatch: pytest.MonkeyPatch) -> Iterator[Visitor]:
    """Alice at the service in this process, on a fresh client that goes through the proxy. It waits long, so that a
    busy machine breaks nothing.

    Fresh, because botocore's budget of retries is the client's, and an answer that is lost uses some of it up.
    """
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", dynamodb.url)
    monkeypatch.setattr(shared, "_client", None)
    for model in shared.Table.__subclasses__():
        for name in ("_connection", "_table_connection"):  # PynamoDB's own, and ours around it
            monkeypatch.setattr(model, name, None)
    with override_settings(AWS_READ_TIMEOUT=PATIENCE):
        yield Visitor(alice, InProcess(), InProcess())
        shared.client().close()


@pytest.fixture
def loss(visitor: Visitor, request: pytest.FixtureRequest, settings: Any) -> Fault:
    """One of tests.faults.losses. An answer that never comes is not waited for as long as others."""
    fault: Fault = request.param
    if fault is LATE:
        settings.AWS_READ_TIMEOUT = 1
    return fault
