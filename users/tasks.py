"""Celery entry points of what people are told."""

from __future__ import annotations

from celery import shared_task

from users import mailing
from users.notices import services as notices


@shared_task
def send_mail(mail_id: int, attempt: int) -> None:
    mailing.send_mail(mail_id=mail_id, attempt=attempt)


@shared_task
def sweep_mail() -> None:
    mailing.sweep_mail()


@shared_task
def forget_old_notices() -> None:
    mailing.forget_old_mail()
    notices.forget_old()
