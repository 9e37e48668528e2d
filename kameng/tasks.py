"""Celery entry points of the wholesale portal."""

from __future__ import annotations

from celery import shared_task

from kameng.models import Agent
from kameng.services import (
    batches,
    callbacks,
    deliveries,
    owned_codes,
    papers,
    plans,
    price_changes,
    renewals,
    watching,
)
from kameng.services.funds import credit
from kameng.services.sales import add_up_sales as add_up
from kameng.services.settling import settle_due_commissions as settle


@shared_task(name="kameng.tasks.settle_due_commissions")
def settle_due_commissions() -> None:
    settle()


@shared_task
def apply_due_price_changes() -> None:
    price_changes.apply_due_changes()


@shared_task
def end_credit_lines() -> None:
    credit.end_credit_lines()


@shared_task
def send_callback(callback_id: int, attempt: int) -> None:
    callbacks.send_callback(callback_id=callback_id, attempt=attempt)


@shared_task
def sweep_callbacks() -> None:
    callbacks.sweep_callbacks()


@shared_task
def work_on_batch(batch_id: int) -> None:
    batches.work_on(batch_id=batch_id)


@shared_task
def sweep_batches() -> None:
    batches.sweep_batches()


@shared_task
def run_plan(plan_id: int) -> None:
    plans.run_plan(plan_id=plan_id)


@shared_task
def sweep_plans() -> None:
    plans.sweep_plans()


@shared_task
def gather_codes(agent_id: int) -> None:
    owned_codes.gather_codes(agent=Agent.objects.get(pk=agent_id))


@shared_task
def deliver(delivery_id: int) -> None:
    deliveries.deliver(delivery_id=delivery_id)


@shared_task
def sweep_webhooks() -> None:
    watching.sweep_balances()
    deliveries.sweep_deliveries()


@shared_task
def compare_prices() -> None:
    watching.compare_prices()


@shared_task
def forget_old_deliveries() -> None:
    deliveries.forget_old()


@shared_task(name="kameng.tasks.add_up_sales")
def add_up_sales() -> None:
    add_up()


@shared_task
def watch_diligence() -> None:
    renewals.lapse_due()
    renewals.remind_due()


@shared_task
def forget_draft_documents() -> None:
    papers.forget_old_drafts()
