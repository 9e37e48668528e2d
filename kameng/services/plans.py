"""Scheduled orders: made, paused, gone on with, cancelled, and run when their time comes.

A run is an ordinary order with the client reference `plan-<schedule>-<number>`. The schedule's row
is locked before the wallet, and the run, its order and the next time are one transaction: a worker
that dies has done all of it or nothing, and two of them can't run the same number.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import ROUND_FLOOR, Decimal

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, Sum
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from catalog.models import SKU
from database.due import take_due
from kameng.api.inputs import OrderRequest
from kameng.api.problems import document
from kameng.buying_errors import (
    PlanBudgetSpent,
    PlanInvalid,
    PlanMissed,
    PlanNotChangeable,
    TooManyPlans,
)
from kameng.models import Agent, OrderPlan, PlanEnd, PlanRhythm, PlanRun, PlanStatus
from kameng.order_sources import PLAN_PREFIX
from kameng.services.api_buying import place_portal_order
from orders.errors import PriceChanged
from orders.money import FEN
from orders.services import Placed
from outbound.hints import after_commit
from users import audit
from users.errors import PersonError
from users.models import User
from users.notices import tell

MOST_ACTIVE = 100
FARTHEST = timedelta(days=366)
LEASE = timedelta(seconds=60)
SWEPT = 100
# A run that comes later than this, after an outage, is left out: its order may be wanted no more.
LATEST = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class PlanOrder:
    """What each run orders. Amounts are CNY."""

    sku: SKU
    quantity: int
    account: Mapping[str, str] = field(default_factory=dict)
    max_unit_price: Decimal | None = None


@dataclass(frozen=True, slots=True)
class PlanTimes:
    """When it runs, and what ends it."""

    first_at: datetime
    rhythm: PlanRhythm
    end_on: date | None = None
    max_orders: int | None = None
    budget: Decimal | None = None


def draft(*, agent: Agent, order: PlanOrder, times: PlanTimes) -> OrderPlan:
    """A schedule that isn't stored, to be looked at. Raises PlanInvalid."""
    now = timezone.now()
    if times.first_at <= now:
        raise PlanInvalid(_("This time has passed. Choose a later one."), field="day")
    if times.first_at > now + FARTHEST:
        raise PlanInvalid(_("Choose a day within a year from now."), field="day")
    if times.end_on and times.end_on < timezone.localdate(times.first_at):
        raise PlanInvalid(_("The last day is before the first run."), field="end_on")
    return OrderPlan(
        agent=agent,
        sku=order.sku,
        quantity=order.quantity,
        account=dict(order.account),
        max_unit_price=order.max_unit_price,
        rhythm=times.rhythm,
        first_at=times.first_at,
        end_on=times.end_on,
        max_orders=times.max_orders,
        budget=times.budget,
        next_at=times.first_at,
        due_at=times.first_at,
    )


def make_plan(
    *, agent: Agent, ref: str, title: str, order: PlanOrder, times: PlanTimes, language: str
) -> OrderPlan:
    """Store a schedule. Charges nothing. Idempotent by `ref`. Raises PlanInvalid, TooManyPlans."""
    plan = draft(agent=agent, order=order, times=times)
    plan.ref, plan.title, plan.language = ref, title, language
    try:
        with transaction.atomic():
            if (
                OrderPlan.objects.filter(agent=agent, status=PlanStatus.ACTIVE).count()
                >= MOST_ACTIVE
            ):
                raise TooManyPlans(
                    _("%(count)d of your schedules are running. Cancel one first.")
                    % {"count": MOST_ACTIVE}
                )
            plan.save()
            audit.record(actor=agent.user, action="make_plan", target=f"plan:{plan.pk}")
    except IntegrityError as error:
        if "plan_ref_once" not in str(error):
            raise
        return OrderPlan.objects.get(agent=agent, ref=ref)
    return plan


def pause_plan(*, plan: OrderPlan, actor: User) -> None:
    """Have a schedule stand still; what would have run meanwhile isn't made up for. Locks it."""

    def pause(one: OrderPlan) -> None:
        if one.status != PlanStatus.ACTIVE:
            raise PlanNotChangeable
        one.status, one.next_at, one.due_at = PlanStatus.PAUSED, None, None

    _change(plan, actor, "pause_plan", pause)


def resume_plan(*, plan: OrderPlan, actor: User) -> None:
    """Go on with the first run that is still to come; end when there is none. Locks it."""

    def resume(one: OrderPlan) -> None:
        if one.status != PlanStatus.PAUSED:
            raise PlanNotChangeable
        one.status = PlanStatus.ACTIVE
        _move_on(one, number=one.next_number, after=timezone.now())

    _change(plan, actor, "resume_plan", resume)


def cancel_plan(*, plan: OrderPlan, actor: User) -> None:
    """End a schedule for good; its orders stay as they are. Locks it."""

    def cancel(one: OrderPlan) -> None:
        if one.status not in (PlanStatus.ACTIVE, PlanStatus.PAUSED):
            raise PlanNotChangeable
        one.status, one.next_at, one.due_at = PlanStatus.CANCELLED, None, None

    _change(plan, actor, "cancel_plan", cancel)


@transaction.atomic
def _change(plan: OrderPlan, actor: User, action: str, change: Callable[[OrderPlan], None]) -> None:
    locked = OrderPlan.objects.select_for_update(no_key=True).get(pk=plan.pk)
    change(locked)
    locked.save()
    audit.record(actor=actor, action=action, target=f"plan:{plan.pk}")


@transaction.atomic
def sweep_plans() -> int:
    """Hint at every schedule whose time has come; return how many. Skips rows that others hold."""
    due = take_due(OrderPlan.objects.only("pk"), by="due_at", again_in=LEASE, most=SWEPT)
    for plan in due:
        after_commit("kameng.tasks.run_plan", plan.pk)
    return len(due)


@transaction.atomic
def run_plan(*, plan_id: int) -> PlanRun | None:
    """Run a schedule if its time has come: place its order, or write down why not.

    Safe to run twice, at once, or for nothing. Locks the schedule, then what placing locks.
    """
    plan = (
        OrderPlan.objects.select_for_update(skip_locked=True, of=("self",), no_key=True)
        .select_related("agent__user", "agent__tier", "sku__product")
        .filter(pk=plan_id, status=PlanStatus.ACTIVE, next_at__lte=timezone.now())
        .first()
    )
    if plan is None:
        return None
    assert plan.next_at is not None, "an active schedule has a next run"
    with translation.override(plan.language or settings.LANGUAGE_CODE):
        run = PlanRun(plan=plan, number=plan.next_number, planned_at=plan.next_at)
        try:
            run.order = _place(plan).order
        except PersonError as refusal:
            run.problem = document(refusal)
            _tell_skipped(plan, refusal)
            if isinstance(refusal, PlanBudgetSpent):
                _end(plan, PlanEnd.BUDGET)
        run.save()
        if plan.status == PlanStatus.ACTIVE:
            _move_on(plan, number=plan.next_number + 1, after=timezone.now())
        plan.save()
    return run


def _place(plan: OrderPlan) -> Placed:
    """Place the order of the next run. Raises what keeps it from being placed."""
    assert plan.next_at is not None, "an active schedule has a next run"
    if plan.next_at < timezone.now() - LATEST:
        raise PlanMissed
    left = None if plan.budget is None else plan.budget - spent_by(plan)
    affordable = None
    if left is not None:
        affordable = (left / plan.quantity).quantize(FEN, rounding=ROUND_FLOOR)
        if affordable < FEN:
            raise PlanBudgetSpent
    bounds = [one for one in (plan.max_unit_price, affordable) if one is not None]
    try:
        return place_portal_order(
            agent=plan.agent,
            asked=OrderRequest(
                sku=plan.sku.code,
                quantity=plan.quantity,
                client_ref=f"{PLAN_PREFIX}{plan.pk}-{plan.next_number + 1}",
                account=plan.account,
                max_unit_price=min(bounds) if bounds else None,
            ),
        )
    except PriceChanged as refusal:
        price = refusal.details["unit_price"]
        assert isinstance(price, Decimal), price
        if plan.max_unit_price is None or price <= plan.max_unit_price:
            raise PlanBudgetSpent from refusal
        raise PriceChanged(
            _("The price is ¥%(price)s, above your limit of ¥%(most)s. Nothing was charged.")
            % {"price": f"{price:.2f}", "most": f"{plan.max_unit_price:.2f}"}
        ) from refusal


def spent_by(plan: OrderPlan) -> Decimal:
    """What the schedule's orders came to, less what came back (CNY)."""
    seen = plan.runs.aggregate(spent=Sum(F("order__total") - F("order__refunded")))
    return seen["spent"] or Decimal(0)


def _move_on(plan: OrderPlan, *, number: int, after: datetime) -> None:
    """Set the next run, or end the schedule."""
    if plan.max_orders is not None:
        placed = plan.runs.filter(order__isnull=False).count() if plan.pk else 0
        if placed >= plan.max_orders:
            _end(plan, PlanEnd.COUNT)
            return
    following = plan.schedule.after(after, number=number)
    if following is None:
        _end(plan, PlanEnd.DONE)
        return
    plan.next_number, plan.next_at = following
    plan.due_at = plan.next_at


def _end(plan: OrderPlan, why: PlanEnd) -> None:
    plan.status, plan.ended_why = PlanStatus.FINISHED, why
    plan.next_at = plan.due_at = None


def _tell_skipped(plan: OrderPlan, refusal: PersonError) -> None:
    tell(
        plan.agent.user,
        "wholesale.plan_skipped",
        goods=f"{plan.sku.product.label} {plan.sku.label}",
        why=str(refusal),
        plan=plan.pk,
    )
