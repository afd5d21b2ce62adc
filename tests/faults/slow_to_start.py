"""The service, whose second worker does nothing before it has been told to stop."""

import os
import signal

from tests.faults.server import wait_until
from todoproject.wsgi import application

__all__ = ["application"]

_forks: list[None] = []


def _wait_to_be_told() -> None:
    if len(_forks) == 2:
        wait_until(lambda: signal.SIGTERM in signal.sigpending(), seconds=10, what="SIGTERM")


os.register_at_fork(before=lambda: _forks.append(None), after_in_child=_wait_to_be_told)
