"""Celery entry points of the retail shop."""

from __future__ import annotations

from celery import shared_task

from kalegou import services
from kalegou.services import code_mails, measuring, plan_runs, restocking


@shared_task
def refresh_levels() -> None:
    """Once a day: growth older than 12 months counts no more."""
    services.refresh_levels()


@shared_task
def sweep_topup_plans() -> None:
    plan_runs.sweep_plans()


@shared_task
def work_on_topup_plan(plan_id: int) -> None:
    plan_runs.work_on_plan(plan_id=plan_id)


@shared_task
def give_gifts() -> None:
    """Gifts of levels that were reached, and of birthdays."""
    services.give_level_gifts()
    services.give_birthday_gifts()


@shared_task
def expire_points() -> None:
    """Points whose last day is over; and a warning before it."""
    services.expire_points()
    services.warn_of_expiry()


@shared_task
def tell_of_topup_plan_run(run_id: int) -> None:
    plan_runs.tell_of_run(run_id=run_id)


@shared_task
def tell_of_coupons() -> None:
    """Members hear of the coupons that they were given."""
    services.tell_of_coupons()


@shared_task
def measure_promises() -> None:
    measuring.measure()


@shared_task
def tell_of_restock() -> None:
    restocking.tell_of_restock()


@shared_task
def send_code_mail(mail_id: int, attempt: int) -> None:
    code_mails.send_code_mail(mail_id=mail_id, attempt=attempt)


@shared_task
def sweep_code_mails() -> None:
    code_mails.sweep_code_mails()
