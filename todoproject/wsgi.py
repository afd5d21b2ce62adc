import os
from typing import Any

import django
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest


class Request(WSGIRequest):
    """Takes no notice of a charset: JSON is UTF-8, and so are paths and queries.

    Django would decode the query with whatever codec the header names, outside all handling of errors: `charset=hex`
    would be a 500 without our body.
    """

    def _set_content_type_params(self, environ: dict[str, Any]) -> None:
        self.content_type, self.content_params = "", {}


class Handler(WSGIHandler):
    request_class = Request


os.environ.setdefault("DJANGO_SETTINGS_MODULE", "todoproject.settings")
django.setup(set_prefix=False)
application = Handler()


def warm_up() -> None:
    """Build what the first request would otherwise have to wait for, once and in one thread.

    To be called in the worker, never before the fork: sockets must not be shared between processes.
    """
    from files.storage import files_storage
    from todoproject.aws import dynamodb
    from todoproject.aws.cognito import keys

    dynamodb.client()
    if settings.SERVICE_ROLE != "todos":
        files_storage().client  # noqa: B018
    keys.refresh_in_background()
