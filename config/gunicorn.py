"""Gunicorn's settings, for development and production: `--config python:config.gunicorn`.

The names are gunicorn's own (its documentation, "Settings").
"""

from __future__ import annotations

import os
import signal

from gunicorn.arbiter import Arbiter
from gunicorn.workers.base import Worker

from config.processes import follow_parent

wsgi_app = "config.wsgi:application"
bind = f"{os.environ.get('BIND_HOST', '127.0.0.1')}:{os.environ.get('PORT', '8000')}"
# A page waits for the database most of its time, so threads; processes for the cores.
worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = 8
# Load the code once, before forking: a worker is there at once, and shares memory.
preload_app = True
# Longer than a request may take; the client's time-outs towards suppliers are all shorter.
timeout = 60
graceful_timeout = 10
keepalive = 5
loglevel = "warning"
# Heartbeats on a disk can block a worker.
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None


def post_fork(server: Arbiter, worker: Worker) -> None:
    """A killed master must not leave workers that hold the port."""
    follow_parent(signal.SIGKILL)
