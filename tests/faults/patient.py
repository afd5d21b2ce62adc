"""The service where a request waits for its place for as long as a test needs."""

from deploy import admission
from todoproject.wsgi import application

__all__ = ["application"]

admission.QUEUE_TIMEOUT = 20
