"""The Celery application: `celery -A config worker`."""

from __future__ import annotations

import importlib
import os

from celery import Celery, Task
from celery.signals import import_modules, setup_logging, task_postrun, task_prerun

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("config")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def keep_django_logging(**_: object) -> None:
    """Workers log through the project's LOGGING, so that secrets are hidden there too."""
    from logging.config import dictConfig

    from django.conf import settings

    dictConfig(settings.LOGGING)


@task_prerun.connect
def check_connections(task: Task, **_: object) -> None:
    """As before a web request: what is broken or too old is closed, and the rest is used again.

    Celery itself would close them all around each task (CELERY_DB_REUSE_MAX): connecting took half
    of a worker's time.
    """
    if not task.request.is_eager:
        from django.db import close_old_connections

        close_old_connections()


@task_postrun.connect
def forget_log_context(**_: object) -> None:
    """The next task in this thread must not log with this one's order number."""
    from structlog import contextvars

    contextvars.clear_contextvars()


@import_modules.connect
def know_worker_queues(**_: object) -> None:
    """The workers' own signals and commands, once settings are there."""
    importlib.import_module("config.worker_queues")
