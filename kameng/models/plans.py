"""Orders that an agent has scheduled: once at a time, or again and again."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.models import SKU
from kameng.models.agents import Agent
from kameng.plan_times import Rhythm, Schedule
from orders.models import Order


class PlanRhythm(models.TextChoices):
    ONCE = Rhythm.ONCE.value, _("once")
    DAILY = Rhythm.DAILY.value, _("every day")
    WEEKLY = Rhythm.WEEKLY.value, _("every week")
    MONTHLY = Rhythm.MONTHLY.value, _("every month")


class PlanStatus(models.TextChoices):
    ACTIVE = "active", _("running")
    PAUSED = "paused", _("paused")
    FINISHED = "finished", _("ended")
    CANCELLED = "cancelled", _("cancelled")


class PlanEnd(models.TextChoices):
    """Why a schedule ended by itself."""

    DONE = "done", _("its last day has passed")
    COUNT = "count", _("all its orders were placed")
    BUDGET = "budget", _("its budget doesn't reach for another order")


class OrderPlan(models.Model):
    """A schedule of orders: each run is an order of its own, at the price of then.

    Active: run `next_number` is planned for `next_at`, and a worker looks at it at `due_at`.
    Amounts are CNY; without `max_unit_price` any price is paid. `budget` bounds what its orders
    come to.
    """

    agent = models.ForeignKey(
        Agent, models.PROTECT, related_name="plans", db_index=False, verbose_name=_("agent")
    )
    ref = models.CharField(max_length=64)
    title = models.CharField(_("title"), max_length=80, blank=True)
    sku = models.ForeignKey(SKU, models.PROTECT, related_name="+", verbose_name=_("SKU"))
    quantity = models.PositiveIntegerField(_("quantity"))
    account: models.JSONField[dict[str, str]] = models.JSONField(
        _("account"), default=dict, blank=True
    )
    max_unit_price = models.DecimalField(
        _("highest unit price"), max_digits=20, decimal_places=4, null=True, blank=True
    )
    rhythm = models.CharField(_("rhythm"), max_length=8, choices=PlanRhythm.choices)
    first_at = models.DateTimeField(_("first run"))
    end_on = models.DateField(_("last day"), null=True, blank=True)
    max_orders = models.PositiveIntegerField(_("orders at most"), null=True, blank=True)
    budget = models.DecimalField(
        _("budget"), max_digits=20, decimal_places=4, null=True, blank=True
    )
    status = models.CharField(
        _("status"), max_length=10, choices=PlanStatus.choices, default=PlanStatus.ACTIVE
    )
    ended_why = models.CharField(_("why ended"), max_length=8, choices=PlanEnd.choices, blank=True)
    next_number = models.PositiveIntegerField(default=0)
    next_at = models.DateTimeField(_("next run"), null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    language = models.CharField(max_length=10)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("scheduled order")
        verbose_name_plural = _("scheduled orders")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["agent", "ref"], name="plan_ref_once"),
            models.CheckConstraint(
                condition=Q(status="active", next_at__isnull=False, due_at__isnull=False)
                | (~Q(status="active") & Q(next_at__isnull=True, due_at__isnull=True)),
                name="plan_due_while_active",
            ),
            models.CheckConstraint(condition=Q(quantity__gte=1), name="plan_quantity_positive"),
            models.CheckConstraint(
                condition=Q(budget__isnull=True) | Q(budget__gt=0), name="plan_budget_positive"
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="plan_due"),
            models.Index(fields=["agent", "-id"], name="plan_of_agent"),
        ]

    def __str__(self) -> str:
        return self.title or f"#{self.pk}"

    @property
    def schedule(self) -> Schedule:
        """By the clock of the platform's place."""
        zone = timezone.get_default_timezone()
        first = self.first_at.astimezone(zone).replace(tzinfo=None)
        return Schedule(first, Rhythm(self.rhythm), zone, self.end_on)

    @property
    def target(self) -> str:
        return self.account.get("phone") or next(iter(self.account.values()), "")


class PlanRun(models.Model):
    """One run of a schedule: its order, or why there is none. Once a number, whatever happens."""

    plan = models.ForeignKey(OrderPlan, models.CASCADE, related_name="runs", db_index=False)
    number = models.PositiveIntegerField()
    planned_at = models.DateTimeField(_("planned"))
    at = models.DateTimeField(_("at"), auto_now_add=True)
    order = models.OneToOneField(
        Order, models.PROTECT, null=True, blank=True, related_name="plan_run"
    )
    problem: models.JSONField[dict[str, object] | None] = models.JSONField(null=True, blank=True)

    class Meta:
        verbose_name = _("run")
        verbose_name_plural = _("runs")
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "number"], name="plan_run_once"),
            models.CheckConstraint(
                condition=Q(order__isnull=False, problem__isnull=True)
                | Q(order__isnull=True, problem__isnull=False),
                name="plan_run_has_one_answer",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.plan_id} {self.number}"
