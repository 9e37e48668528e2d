"""Celery entry points of what people are told and sent."""

from __future__ import annotations

from celery import shared_task

from users import mailing
from users.codes.services import forget_old_codes
from users.devices import forget_old_devices
from users.notices import services as notices
from users.texts import sending


@shared_task
def send_mail(mail_id: int, attempt: int) -> None:
    mailing.send_mail(mail_id=mail_id, attempt=attempt)


@shared_task
def sweep_mail() -> None:
    mailing.sweep_mail()


@shared_task
def send_text(text_id: int, attempt: int) -> None:
    sending.send_text(text_id=text_id, attempt=attempt)


@shared_task
def sweep_texts() -> None:
    sending.sweep_texts()


@shared_task
def forget_old_notices() -> None:
    mailing.forget_old_mail()
    notices.forget_old()
    sending.forget_old_texts()
    forget_old_codes()
    forget_old_devices()
