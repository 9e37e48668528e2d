"""Staff see agents' lists and schedules, and stop a list with a reason."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from config.celery import app as celery_app
from kameng.models import Batch, PlanRhythm
from kameng.services import batches
from kameng.services.jobs import JobLine, start_job
from kameng.services.plans import PlanOrder, PlanTimes, make_plan
from orders.models import Order
from tests import world
from users.models import AuditLog

pytestmark = pytest.mark.django_db


def test_staff_pause_and_cancel_a_list_with_a_reason_and_see_schedules(chain, card) -> None:
    celery_app.conf.task_always_eager = False
    agent = chain[2]
    batch = start_job(
        agent=agent,
        ref="web-1",
        title="名单",
        lines=[JobLine("sku", "13800138000", Decimal(50))],
        language="en",
    ).batch
    plan = make_plan(
        agent=agent,
        ref="web-2",
        title="",
        order=PlanOrder(card, 1),
        times=PlanTimes(timezone.now() + timedelta(hours=1), PlanRhythm.DAILY),
        language="en",
    )
    boss = world.make_user(is_staff=True, is_superuser=True)
    clerk = world.make_user(is_staff=True)
    desk = Client()
    desk.force_login(boss, backend="users.backends.PhoneOrUsernameBackend")
    assert batch.batch_no in desk.get(reverse("admin:kameng_batch_changelist")).content.decode()
    pause, cancel = (
        reverse(f"admin:kameng_batch_{name}", args=[batch.pk]) for name in ("pause", "cancel")
    )
    assert desk.post(pause, {"reason": ""}).status_code == 200
    assert Batch.objects.get().status == "working"
    desk.post(pause, {"reason": "a complaint"})
    assert Batch.objects.get().pause_reason == "staff"
    batches.work_on(batch_id=batch.pk)
    stranger = Client()
    stranger.force_login(clerk, backend="users.backends.PhoneOrUsernameBackend")
    assert stranger.post(cancel, {"reason": "x"}).status_code == 403
    desk.post(cancel, {"reason": "a complaint"})
    assert Batch.objects.get().status == "finished"
    assert not Order.objects.exists()
    records = AuditLog.objects.filter(target=f"batch:{batch.batch_no}", actor=boss)
    assert [(one.action, one.reason) for one in records.order_by("pk")] == [
        ("pause_batch", "a complaint"),
        ("cancel_batch", "a complaint"),
    ]
    page = desk.get(reverse("admin:kameng_orderplan_change", args=[plan.pk]))
    assert page.status_code == 200
    assert agent.name in desk.get(reverse("admin:kameng_orderplan_changelist")).content.decode()
