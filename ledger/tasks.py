"""Celery entry points of the ledger."""

from __future__ import annotations

import structlog
from celery import shared_task
from django.db import OperationalError

from ledger import services

log = structlog.get_logger(__name__)

ATTEMPTS = 20


@shared_task
def checkpoint() -> None:
    """Fold settled postings into checkpoints; a table that stays busy is left to the next run."""
    for _ in range(ATTEMPTS):
        try:
            services.checkpoint()
        except OperationalError as error:
            log.info("checkpoint_postponed", error=str(error).splitlines()[0])
        else:
            return
