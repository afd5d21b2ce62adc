import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "todoproject.settings")

application = get_wsgi_application()


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
