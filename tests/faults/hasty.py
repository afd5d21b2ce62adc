"""The service, which asks for Cognito's keys again a second after it was refused them, and not ten."""

from todoproject.aws import cognito
from todoproject.wsgi import application

__all__ = ["application"]

cognito._FETCH_PAUSE = 1
