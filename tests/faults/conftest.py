import os
from collections.abc import Iterator

import pytest

from tests.faults.proxy import Proxy


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
