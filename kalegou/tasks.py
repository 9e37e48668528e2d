"""Celery entry points of the retail shop."""

from __future__ import annotations

from celery import shared_task

from kalegou import services


@shared_task
def refresh_levels() -> None:
    """Once a day: growth older than 12 months counts no more."""
    services.refresh_levels()
