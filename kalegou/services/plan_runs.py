"""The day of a monthly top-up: remind, top up once, tell what became of it.

A run is an ordinary order with the client reference `monthly-<plan>-<year><month>`. The plan's row
is locked before the wallet; the run, its order and the next month are one transaction: a worker
that dies has done all of it or nothing, and the unique month keeps a second one out.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from database.due import take_due
from kalegou.errors import PlanMissed
from kalegou.models import PauseWhy, PlanStatus, TopupPlan, TopupPlanRun
from kalegou.plan_days import LEAST_NOTICE, REMINDED_BEFORE, month_after, run_at
from kalegou.pricing import rate_of, retail_price
from kalegou.services.buying import WALLET, buy
from kalegou.services.plans import set_due, set_paused
from ledger import services as ledger
from orders.errors import PriceChanged
from orders.models import FINAL_STATUSES, Order, OrderStatus
from outbound.hints import after_commit
from ui.formats import money
from ui.formats import phone as grouped
from users.errors import PersonError
from users.notices import tell
from users.notices.facts import Fact

PLAN_PREFIX = "monthly-"
LEASE = timedelta(seconds=60)
SWEPT = 200


@transaction.atomic
def sweep_plans() -> int:
    """Hint at every plan that has something to do, and look after what ran; return how many."""
    due = take_due(TopupPlan.objects.only("pk"), by="due_at", again_in=LEASE, most=SWEPT)
    for plan in due:
        after_commit("kalegou.tasks.work_on_topup_plan", plan.pk)
    ended = TopupPlanRun.objects.filter(watched=True, order__status__in=FINAL_STATUSES)
    for pk in ended.order_by("pk").values_list("pk", flat=True)[:SWEPT]:
        after_commit("kalegou.tasks.tell_of_topup_plan_run", pk)
    return len(due)


@transaction.atomic
def work_on_plan(*, plan_id: int) -> TopupPlanRun | None:
    """Remind of a plan's top-up, or make it, if its time has come; return the run if there was one.

    Safe to run twice, at once, or for nothing. Locks the plan, then what placing an order locks.
    """
    plan = (
        TopupPlan.objects.select_for_update(skip_locked=True, of=("self",), no_key=True)
        .select_related("member__user", "member__level", "sku__product")
        .filter(pk=plan_id, status=PlanStatus.ACTIVE)
        .first()
    )
    if plan is None:
        return None
    with translation.override(plan.language or settings.LANGUAGE_CODE):
        run = _work(plan, timezone.now())
    plan.save()
    return run


def _work(plan: TopupPlan, now: datetime) -> TopupPlanRun | None:
    run = None
    assert plan.next_month is not None, "an active plan has a next month"
    while run_at(month_after(plan.next_month), plan.day) <= now:
        # We were down for longer than a month: what nobody was told of isn't made up for.
        run = _note(plan, problem=PlanMissed())
        _tell_skipped(plan, PlanMissed())
        _move_on(plan)
    assert plan.next_at is not None, "an active plan has a next top-up"
    if plan.reminded_at is None or now > plan.next_at + LEAST_NOTICE:
        if now < plan.next_at - REMINDED_BEFORE:
            set_due(plan)
            return run
        plan.next_at = max(plan.next_at, now + LEAST_NOTICE)
        plan.reminded_at = now
        _remind(plan)
    if plan.next_at <= now:
        run = _run(plan)
        _move_on(plan)
    set_due(plan)
    return run


def _run(plan: TopupPlan) -> TopupPlanRun:
    """Place the month's order, or write down why not."""
    assert plan.next_month is not None, "an active plan has a next month"
    try:
        order = _place(plan)
    except PersonError as refusal:
        _tell_skipped(plan, refusal)
        return _note(plan, problem=refusal)
    return _note(plan, order=order)


def _place(plan: TopupPlan) -> Order:
    """Raises what keeps it from being placed; nothing is charged then."""
    try:
        return buy(
            buyer=plan.member.user,
            guest_key="",
            sku=plan.sku,
            quantity=1,
            account={"phone": plan.phone},
            client_ref=f"{PLAN_PREFIX}{plan.pk}-{plan.next_month:%Y%m}",
            payment=WALLET,
            seen_price=plan.max_price,
        ).order
    except PriceChanged as refusal:
        price = refusal.details["unit_price"]
        raise PriceChanged(
            _("The price is %(price)s, above the %(most)s that you agreed to.")
            % {"price": money(price), "most": money(plan.max_price)}
        ) from refusal


def _note(
    plan: TopupPlan, *, order: Order | None = None, problem: PersonError | None = None
) -> TopupPlanRun:
    assert plan.next_month is not None and plan.next_at is not None, "an active plan"  # noqa: PT018
    return TopupPlanRun.objects.create(
        plan=plan,
        month=plan.next_month,
        planned_at=plan.next_at,
        order=order,
        problem={"code": problem.code, "text": str(problem)} if problem else None,
        watched=order is not None,
    )


def _move_on(plan: TopupPlan) -> None:
    """To the next month; its day is later than now, or the caller looks again."""
    assert plan.next_month is not None, "an active plan has a next month"
    plan.next_month = month_after(plan.next_month)
    plan.next_at = run_at(plan.next_month, plan.day)
    plan.reminded_at = None


def _remind(plan: TopupPlan) -> None:
    """Two days before, with what is missing in the balance, so that there is time to act."""
    assert plan.next_at is not None, "an active plan has a next top-up"
    price = retail_price(plan.sku.list_price, rate_of(plan.member)).amount
    facts: dict[str, Fact] = {
        "phone": grouped(plan.phone),
        "face": plan.sku.face_value,
        "time": plan.next_at,
        "price": price,
        "plan": plan.pk,
    }
    missing = price - ledger.available(plan.member.wallet_id)
    if price > plan.max_price:
        tell(plan.member.user, "retail.topup_plan_dear", most=plan.max_price, **facts)
    elif missing > Decimal(0):
        tell(plan.member.user, "retail.topup_plan_short", missing=missing, **facts)
    else:
        tell(plan.member.user, "retail.topup_plan_soon", **facts)


def _tell_skipped(plan: TopupPlan, refusal: PersonError) -> None:
    tell(
        plan.member.user,
        "retail.topup_plan_skipped",
        phone=grouped(plan.phone),
        face=plan.sku.face_value,
        why=str(refusal),
        plan=plan.pk,
    )


@transaction.atomic
def tell_of_run(*, run_id: int) -> None:
    """Tell what became of a month's order, once; a failed one pauses the plan.

    Safe to repeat. Locks the plan only, after the order's own transaction is over.
    """
    run = TopupPlanRun.objects.select_related("order").filter(pk=run_id, watched=True).first()
    if run is None or run.order is None or run.order.status not in FINAL_STATUSES:
        return
    plan = (
        TopupPlan.objects.select_for_update(of=("self",), no_key=True)
        .select_related("member__user", "sku")
        .get(pk=run.plan_id)
    )
    if not TopupPlanRun.objects.filter(pk=run_id, watched=True).update(watched=False):
        return
    facts: dict[str, Fact] = {
        "phone": grouped(plan.phone),
        "face": plan.sku.face_value,
        "amount": run.order.total,
        "order": run.order.order_no,
    }
    if run.order.status == OrderStatus.COMPLETED:
        tell(plan.member.user, "retail.topup_plan_done", **facts)
        return
    # The number may be out of service or gone: money isn't sent after it again by itself.
    if plan.status == PlanStatus.ACTIVE:
        set_paused(plan, PauseWhy.FAILED)
        plan.save()
    tell(plan.member.user, "retail.topup_plan_failed", plan=plan.pk, **facts)
