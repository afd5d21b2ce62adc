import os
from pathlib import Path
from typing import Any
from wsgiref.headers import Headers

import django
from django.apps import apps
from django.conf import settings
from django.core.cache import close_caches
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, reset_queries
from django.urls import get_resolver
from whitenoise import WhiteNoise

from todoproject.aws.clients import load_descriptions


class Request(WSGIRequest):
    """Takes no notice of a charset: JSON is UTF-8, and so are paths and queries.

    Django would decode the query with whatever codec the header names, outside all handling of errors: `charset=hex`
    would be a 500 without our body.
    """

    def _set_content_type_params(self, environ: dict[str, Any]) -> None:
        self.content_type = environ.get("CONTENT_TYPE", "").partition(";")[0].strip().lower()
        self.content_params = {}


class Handler(WSGIHandler):
    request_class = Request


def with_static_files(handler: Handler) -> WhiteNoise:
    """The admin's style sheets and scripts, straight from the packages they come in: nothing has to be collected."""

    def add_headers(headers: Headers, path: str, url: str) -> None:
        headers["X-Content-Type-Options"] = "nosniff"

    served = WhiteNoise(handler, max_age=3600, allow_all_origins=False, add_headers_function=add_headers)
    for app in ("admin", "support"):
        served.add_files(Path(apps.get_app_config(app).path) / "static", prefix=settings.STATIC_URL)
    return served


os.environ.setdefault("DJANGO_SETTINGS_MODULE", "todoproject.settings")
django.setup(set_prefix=False)
application = with_static_files(Handler()) if settings.SERVES_ADMIN else Handler()
# There is no relational database and no cache: Django would look after them before and after each request.
request_started.disconnect(reset_queries)
for signal in (request_started, request_finished):
    signal.disconnect(close_old_connections)
request_finished.disconnect(close_caches)
# Before gunicorn forks, so that workers share it: the views, which Django would import at the first request, while
# somebody waits, and what botocore would read in each worker.
get_resolver().url_patterns  # noqa: B018
load_descriptions()


def warm_up() -> None:
    """Build what the first request would otherwise have to wait for, once and in one thread.

    To be called in the worker, never before the fork: sockets must not be shared between processes.
    """
    from todoproject.aws import dynamodb
    from todoproject.aws.cognito import keys

    dynamodb.client()
    if settings.SERVICE_ROLE != "todos":
        from files.storage import files_storage

        files_storage().client  # noqa: B018
    keys.refresh_in_background()
