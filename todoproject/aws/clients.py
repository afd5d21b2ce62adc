"""How the service's clients of AWS are made: our time-outs, retries and pool, and never without credentials."""

from functools import cache
from typing import Any

import botocore.session
from botocore.config import Config
from botocore.exceptions import NoCredentialsError
from botocore.loaders import Loader, create_loader
from botocore.utils import get_environ_proxies
from django.conf import settings

from todoproject.aws.answers import ParserFactory
from todoproject.aws.capacity import note_retry
from todoproject.aws.transport import Transport


def client_config(**more: Any) -> Config:
    """What all clients have in common, and what one wants besides."""
    return Config(
        connect_timeout=settings.AWS_CONNECT_TIMEOUT,
        read_timeout=settings.AWS_READ_TIMEOUT,
        retries={"mode": "standard", "total_max_attempts": settings.AWS_ATTEMPTS},
        max_pool_connections=settings.THREADS,
        **more,
    )


def create_client(service: str, config: Config) -> Any:
    """Raises NoCredentialsError where the container has none yet: botocore would keep a client without credentials
    for ever."""
    session = botocore.session.get_session()
    if session.get_credentials() is None:
        raise NoCredentialsError
    session.register_component("data_loader", _loader())
    session.register_component("response_parser_factory", ParserFactory())
    # botocore would put the User-Agent together afresh for each call, twice.
    config = config.merge(Config(user_agent=session.user_agent()))
    client: Any = session.create_client(service, region_name=settings.AWS_REGION, config=config)
    if service == "dynamodb" and not get_environ_proxies(client.meta.endpoint_url):
        transport = Transport(
            connect_timeout=settings.AWS_CONNECT_TIMEOUT,
            read_timeout=settings.AWS_READ_TIMEOUT,
            ca_bundle=session.get_config_variable("ca_bundle"),
        )
        client.meta.events.register("before-send.dynamodb", transport.send)
    client.meta.events.register("needs-retry", note_retry)
    return client


def load_descriptions() -> None:
    """Read what botocore knows of DynamoDB and of the regions, and nothing else: 9 MB, which processes share that are
    forked afterwards."""
    _loader().load_service_model("dynamodb", "service-2")
    for name in ("endpoints", "partitions", "sdk-default-configuration", "_retry"):
        _loader().load_data(name)


@cache
def _loader() -> Loader:
    return create_loader()
