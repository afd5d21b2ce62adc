"""gunicorn for the article's design and the floor, set as in deploy/gunicorn.conf.py, which only ours can read."""

import os

bind = f"127.0.0.1:{os.environ['PORT']}"
workers = int(os.environ["WEB_CONCURRENCY"])
threads = 16
worker_class = "gthread"
worker_tmp_dir = "/dev/shm"
preload_app = True
keepalive = 75
timeout = 60
accesslog = os.environ.get("ACCESS_LOG") or None
control_socket_disable = True
