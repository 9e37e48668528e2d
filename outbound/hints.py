"""Telling a worker that there is something to do.

A hint may be lost, late or doubled: the database row is the truth and a sweeper finds whatever was
dropped. So a broker that is down costs time, and never an error for the person who just paid.
"""

from __future__ import annotations

from functools import partial
from importlib import import_module

import redis
import structlog
from celery import Task, current_app
from django.db import transaction
from kombu.exceptions import OperationalError

from outbound.store import connection

log = structlog.get_logger(__name__)

_BROKER_IS_DOWN = (OperationalError, ConnectionError, TimeoutError, redis.RedisError)


def after_commit(task: str, *args: int | str, queue: str | None = None) -> None:
    """Queue a task by name once the current transaction is committed; never raises."""
    transaction.on_commit(partial(_send, task, args, queue))


def waiting(queue: str | None = None) -> int:
    """How many hints wait in a queue (the default one); 0 when the broker can't say."""
    try:
        return int(connection().llen(queue or current_app.conf.task_default_queue))
    except redis.RedisError:
        return 0


def _send(name: str, args: tuple[int | str, ...], queue: str | None) -> None:
    import_module(name.rpartition(".")[0])  # only workers have looked for tasks by themselves
    task: Task = current_app.tasks[name]
    try:
        task.apply_async(args=args, retry=False, queue=queue)
    except _BROKER_IS_DOWN as error:
        log.warning("hint_not_sent", task=name, error=type(error).__name__)


def announce_queue(name: str) -> None:
    """Have every worker for all queues read this one too (config/celery.py); never raises."""
    if current_app.conf.task_always_eager:  # there are no workers
        return
    try:
        current_app.control.broadcast("read_queue", arguments={"queue": name}, reply=False)
    except _BROKER_IS_DOWN as error:
        log.warning("queue_not_announced", queue=name, error=type(error).__name__)
