"""Celery entry points of the wholesale portal."""

from __future__ import annotations

from celery import shared_task

from kameng.services.commissions import settle_due_commissions as settle


@shared_task(name="kameng.tasks.settle_due_commissions")
def settle_due_commissions() -> None:
    settle()
