"""Celery entry points of the ledger."""

from __future__ import annotations

import structlog
from celery import shared_task
from django.db import OperationalError

from ledger import services

log = structlog.get_logger(__name__)


@shared_task
def checkpoint() -> None:
    """Fold settled postings into checkpoints; busy tables are left to the next run."""
    try:
        services.checkpoint()
    except OperationalError as error:
        log.info("checkpoint_postponed", error=str(error).splitlines()[0])
