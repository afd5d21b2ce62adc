"""As deploy/gunicorn.conf.py; nothing is read before the fork, and nothing kept from the garbage collector, where the
bench measures what that saves."""

import os
from runpy import run_path
from typing import Any

globals().update(run_path("deploy/gunicorn.conf.py"))

if os.environ["BENCH_WITHOUT"] == "preloading":
    preload_app = False

    def when_ready(server: Any) -> None:
        """No gc.freeze()."""

    def post_worker_init(worker: Any) -> None:
        from todoproject.wsgi import warm_up

        warm_up()
