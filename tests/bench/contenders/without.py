"""This service without one of its savings, which the variable BENCH_WITHOUT names: the difference is what it saves."""

import os

import botocore.session
from botocore.parsers import ResponseParserFactory
from django.core.cache import close_caches
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, reset_queries

from todoproject.wsgi import application as application


def _without_orjson() -> None:
    from rest_framework.renderers import JSONRenderer

    from todoproject.api import rendering
    from todoproject.aws import clients

    clients.ParserFactory = ResponseParserFactory
    rendering.WireRenderer.render = JSONRenderer.render


def _without_sockets() -> None:
    from todoproject.aws.transport import Transport

    Transport.send = lambda *_, **__: None


def _without_memory() -> None:
    """Everything anew for each request, and Django's care for databases and caches that are not there."""
    from todoproject.api import parsing
    from todoproject.aws import cognito

    cognito._key_id = cognito._key_id.__wrapped__
    cognito._verified_claims = cognito._verified_claims.__wrapped__
    parsing._kept = parsing._kept.__wrapped__
    botocore.session.Session.user_agent = lambda self: None
    request_started.connect(reset_queries)
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)
    request_finished.connect(close_caches)


def _without_preloading() -> None:
    """The rest is in without.conf.py: each worker imports for itself."""
    import files.urls  # noqa: F401


{
    "orjson": _without_orjson,
    "sockets": _without_sockets,
    "memory": _without_memory,
    "preloading": _without_preloading,
}[os.environ["BENCH_WITHOUT"]]()
