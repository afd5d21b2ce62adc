"""gunicorn behind a load balancer. Each line that is not gunicorn's default has its reason beside it."""

import gc
import logging
import os
import re
import resource
import signal
from typing import Any

from deploy.worker import STOPPING
from todoproject import settings

bind = f"0.0.0.0:{settings.PORT}"
workers = settings.WORKERS
threads = settings.THREADS
# `sync` is blocked by the idle connections that a load balancer opens in advance, gthread by a few slow clients.
worker_class = "deploy.worker.Worker"
# Half of the file descriptors a process may have: the other half is for its own connections.
worker_connections = min(1000, resource.getrlimit(resource.RLIMIT_NOFILE)[0] // 2)
# The worker sends answers when clients take them.
sendfile = False
# The heartbeat file: the root filesystem is read-only, and a disk may stall.
worker_tmp_dir = "/dev/shm"
# Imports once, shares memory. No client and no socket before the fork: see post_worker_init.
preload_app = True
# Longer than the load balancer's idle timeout (60 s), so that it is never we who close a connection it is about to use.
keepalive = 75
# ECS deregisters the task and drains before SIGTERM; its stop timeout is 40 s.
graceful_timeout = 25
# A worker that has not said anything for so long is replaced. Requests end long before: see settings.AWS_READ_TIMEOUT.
timeout = 60
# API Gateway passes at most 10 KB of headers; an ID token with its claims is one line of them.
limit_request_field_size = 10 * 1024
limit_request_line = 8190
# Requests have their own line, in JSON: todoproject.api.requests.
accesslog = None
errorlog = "-"
control_socket_disable = True


def when_ready(server: Any) -> None:
    _keep_for_good()
    # Until it has handlers of its own, a worker has the master's, and to be told to stop would be lost on it: it would
    # take requests until it is killed with them. The kernel keeps the signal until then (deploy.worker).
    os.register_at_fork(
        before=lambda: signal.pthread_sigmask(signal.SIG_BLOCK, STOPPING),
        after_in_parent=lambda: signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPPING),
    )


def _without_what_was_sent(record: logging.LogRecord) -> bool:
    """gunicorn quotes a request that it cannot read, or cannot answer, with the path and its e-mail address; and an
    exception by its message, which may quote anything."""
    from todoproject.api.logs import JSONLines

    said = str(record.msg)
    if said.startswith("Invalid request from"):
        # As Python writes a text: in double quotes where an apostrophe is in it.
        record.msg = re.split(":? b?['\"]", said)[0]
    elif said.startswith("Error handling request"):
        record.msg, record.args = "Error handling request", ()
    if record.exc_info:
        record.exc_text = JSONLines().formatException(record.exc_info)
    return True


def post_worker_init(worker: Any) -> None:
    from todoproject.wsgi import warm_up

    worker.log.error_log.addFilter(_without_what_was_sent)
    warm_up()
    _keep_for_good()


def _keep_for_good() -> None:
    """What has been imported stays until the process ends. To look through it for garbage again and again costs time,
    and memory too: it writes to the pages that the workers share."""
    gc.collect()
    gc.freeze()
    # A list of 50 makes 1,000 objects, all gone with the answer; Python would look for garbage at each 700.
    gc.set_threshold(10_000)
