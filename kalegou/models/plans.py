"""Monthly top-ups that members agreed to."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from catalog.models import SKU
from kalegou.models.members import Member
from orders.models import Order


class PlanStatus(models.TextChoices):
    ACTIVE = "active", _("running")
    PAUSED = "paused", _("paused")
    STOPPED = "stopped", _("stopped")


class PauseWhy(models.TextChoices):
    MEMBER = "member", _("by the member")
    FAILED = "failed", _("the top-up failed")
    STAFF = "staff", _("by customer service")


class TopupPlan(models.Model):
    """A number that gets the same amount once a month, paid from the member's balance.

    Active: the top-up of `next_month` (its first day) is planned for `next_at`; a worker looks at
    the plan at `due_at`, for the reminder first (`reminded_at`). `max_price` (CNY) is the most that
    the member agreed to. `consent` is the text that the member agreed to, as it was shown.
    """

    member = models.ForeignKey(
        Member, models.PROTECT, related_name="plans", db_index=False, verbose_name=_("member")
    )
    ref = models.CharField(max_length=64)
    sku = models.ForeignKey(SKU, models.PROTECT, related_name="+", verbose_name=_("SKU"))
    phone = models.CharField(_("mobile number"), max_length=11)
    day = models.PositiveSmallIntegerField(_("day of the month"))
    max_price = models.DecimalField(_("highest price"), max_digits=20, decimal_places=4)
    status = models.CharField(
        _("status"), max_length=8, choices=PlanStatus.choices, default=PlanStatus.ACTIVE
    )
    paused_why = models.CharField(_("paused"), max_length=8, choices=PauseWhy.choices, blank=True)
    next_month = models.DateField(null=True, blank=True)
    next_at = models.DateTimeField(_("next top-up"), null=True, blank=True)
    reminded_at = models.DateTimeField(_("reminded"), null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    consent = models.TextField(_("what was agreed to"))
    consent_at = models.DateTimeField(_("agreed"))
    language = models.CharField(max_length=10)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("monthly top-up")
        verbose_name_plural = _("monthly top-ups")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["member", "ref"], name="topup_plan_ref_once"),
            models.UniqueConstraint(
                fields=["member", "phone"],
                condition=~Q(status="stopped"),
                name="one_topup_plan_a_number",
            ),
            models.CheckConstraint(
                condition=Q(
                    status="active",
                    next_month__isnull=False,
                    next_at__isnull=False,
                    due_at__isnull=False,
                )
                | (
                    ~Q(status="active")
                    & Q(next_month__isnull=True, next_at__isnull=True, due_at__isnull=True)
                ),
                name="topup_plan_due_while_active",
            ),
            models.CheckConstraint(
                condition=(Q(status="paused") & ~Q(paused_why=""))
                | (~Q(status="paused") & Q(paused_why="")),
                name="topup_plan_paused_why",
            ),
            models.CheckConstraint(
                condition=Q(day__gte=1, day__lte=31), name="topup_plan_day_of_month"
            ),
            models.CheckConstraint(condition=Q(max_price__gt=0), name="topup_plan_price_positive"),
            models.CheckConstraint(condition=~Q(consent=""), name="topup_plan_has_consent"),
        ]
        indexes = [
            models.Index(
                fields=["due_at"], condition=Q(due_at__isnull=False), name="topup_plan_due"
            ),
            models.Index(fields=["member", "-id"], name="topup_plan_of_member"),
        ]

    def __str__(self) -> str:
        return f"{self.phone} #{self.pk}"


class TopupPlanRun(models.Model):
    """A month of a plan: its order, or why there is none. Once a month, whatever happens.

    `watched` while the order hasn't ended: a failure is told, and pauses the plan.
    """

    plan = models.ForeignKey(TopupPlan, models.PROTECT, related_name="runs", db_index=False)
    month = models.DateField(_("month"))
    planned_at = models.DateTimeField(_("planned"))
    at = models.DateTimeField(_("at"), auto_now_add=True)
    order = models.OneToOneField(
        Order, models.PROTECT, null=True, blank=True, related_name="topup_plan_run"
    )
    problem: models.JSONField[dict[str, str] | None] = models.JSONField(null=True, blank=True)
    watched = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("month")
        verbose_name_plural = _("months")
        ordering = ["-month"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "month"], name="topup_plan_once_a_month"),
            models.CheckConstraint(
                condition=Q(order__isnull=False, problem__isnull=True)
                | Q(order__isnull=True, problem__isnull=False, watched=False),
                name="topup_plan_run_has_one_answer",
            ),
            models.CheckConstraint(
                condition=Q(month__day=1), name="topup_plan_run_month_is_its_first_day"
            ),
        ]
        indexes = [
            models.Index(fields=["id"], condition=Q(watched=True), name="topup_plan_run_watched"),
        ]

    def __str__(self) -> str:
        return f"{self.plan_id} {self.month:%Y-%m}"
