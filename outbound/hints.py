"""Telling a worker that there is something to do.

A hint may be lost, late or doubled: the database row is the truth and a sweeper finds whatever was
dropped. So a broker that is down costs time, and never an error for the person who just paid.
"""

from __future__ import annotations

from functools import partial
from importlib import import_module

import structlog
from celery import Task, current_app
from django.db import transaction
from kombu.exceptions import OperationalError

log = structlog.get_logger(__name__)


def after_commit(task: str, *args: int | str) -> None:
    """Queue a task by name once the current transaction is committed; never raises."""
    transaction.on_commit(partial(_send, task, args))


def _send(name: str, args: tuple[int | str, ...]) -> None:
    import_module(name.rpartition(".")[0])  # only workers have looked for tasks by themselves
    task: Task = current_app.tasks[name]
    try:
        task.apply_async(args=args, retry=False)
    except (OperationalError, ConnectionError, TimeoutError) as error:
        log.warning("hint_not_sent", task=name, error=type(error).__name__)
