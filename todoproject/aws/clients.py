"""How the service's clients of AWS are made: our time-outs, retries and pool, and never without credentials."""

from typing import Any

import botocore.session
from botocore.config import Config
from botocore.exceptions import NoCredentialsError
from django.conf import settings

from todoproject.aws.capacity import note_retry


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
    client = session.create_client(service, region_name=settings.AWS_REGION, config=config)
    client.meta.events.register("needs-retry", note_retry)
    return client
