"""Celery entry points. Nothing is fetched: statements come by upload."""

from __future__ import annotations

from celery import shared_task

from reconciliation import services


@shared_task
def compare_open() -> None:
    services.compare_open()
