"""Monthly top-ups: agreed to, paused, gone on with, stopped.

Nothing is charged here; services/plan_runs.py does that when the day comes. The plan's row is
locked before the wallet.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.models import SKU, DeliveryKind
from kalegou.errors import PlanInvalid, PlanNotAgreed, PlanNotChangeable
from kalegou.models import Member, PauseWhy, PlanStatus, TopupPlan
from kalegou.plan_days import REMINDED_BEFORE, first_month, run_at
from orders.money import to_fen
from ui.formats import money
from ui.formats import phone as grouped
from users import audit
from users.models import User
from users.notices import tell
from users.phones import normalise_mobile

MOST_LIVE = 20


@dataclass(frozen=True, slots=True)
class Wish:
    """What shall happen every month; `max_price` is CNY."""

    sku: SKU
    phone: str
    day: int
    max_price: Decimal


def check_wish(member: Member, wish: Wish, *, price: Decimal) -> None:
    """Raises PlanInvalid, with the field at fault. `price` is today's for this member."""
    if wish.sku.kind != DeliveryKind.TOPUP or not wish.sku.product.carrier:
        raise PlanInvalid(_("Choose a phone top-up."), field="sku")
    if normalise_mobile(wish.phone) != wish.phone:
        raise PlanInvalid(_("Enter a mainland mobile number."), field="phone")
    if not 1 <= wish.day <= 31:
        raise PlanInvalid(_("Choose a day from 1 to 31."), field="day")
    if wish.max_price <= 0 or wish.max_price != to_fen(wish.max_price):
        raise PlanInvalid(_("Enter an amount in yuan and fen."), field="max_price")
    if wish.max_price < price:
        raise PlanInvalid(
            _("It costs %(price)s today: with a lower limit it would never run.")
            % {"price": money(price)},
            field="max_price",
        )
    if wish.max_price > wish.sku.face_value * 2:
        raise PlanInvalid(
            _("That is more than twice the amount. Enter %(most)s at most.")
            % {"most": money(wish.sku.face_value * 2)},
            field="max_price",
        )
    live = TopupPlan.objects.filter(member=member).exclude(status=PlanStatus.STOPPED)
    if live.filter(phone=wish.phone).exists():
        raise PlanInvalid(
            _("This number has a monthly top-up already. Change or stop that one first."),
            field="phone",
        )
    if live.count() >= MOST_LIVE:
        raise PlanInvalid(
            _("You have %(count)d monthly top-ups already. Stop one first.") % {"count": MOST_LIVE}
        )


def consent_text(wish: Wish) -> str:
    """What the member agrees to, in the member's language: shown, and kept with the time."""
    return _(
        "I agree that on day %(day)s of every month, at 10:00, %(phone)s is topped up with"
        " %(face)s (%(goods)s), paid from my balance at the price of that day and never more than"
        " %(most)s. In a month without that day it is the last one. I am reminded two days before"
        " and can pause or stop it until then at any time. If it can't be done, because the balance"
        " is too low, the price is higher or it isn't on sale, nothing is charged, I am told, and"
        " there is no second try in that month. If the top-up fails, the money goes back to my"
        " balance and the plan pauses."
    ) % {
        "day": wish.day,
        "phone": grouped(wish.phone),
        "face": money(wish.sku.face_value),
        "goods": wish.sku.product.label,
        "most": money(wish.max_price),
    }


def make_plan(
    *, member: Member, ref: str, wish: Wish, price: Decimal, consent: str, language: str
) -> TopupPlan:
    """Store what a member agreed to. Charges nothing. Idempotent by `ref`.

    `consent` is the text that was shown: it must be the one for this wish, so that nobody agrees
    to something else. Raises PlanInvalid, PlanNotAgreed.
    """
    if consent != consent_text(wish):
        raise PlanNotAgreed
    now = timezone.now()
    try:
        with transaction.atomic():
            earlier = TopupPlan.objects.filter(member=member, ref=ref).first()
            if earlier is not None:
                return earlier
            check_wish(member, wish, price=price)
            plan = TopupPlan(
                member=member,
                ref=ref,
                sku=wish.sku,
                phone=wish.phone,
                day=wish.day,
                max_price=wish.max_price,
                consent=consent,
                consent_at=now,
                language=language,
            )
            plan_next(plan, after=now)
            plan.save()
            audit.record(actor=member.user, action="make_topup_plan", target=f"plan:{plan.pk}")
    except IntegrityError as error:
        if "topup_plan_ref_once" in str(error):
            return TopupPlan.objects.get(member=member, ref=ref)
        if "one_topup_plan_a_number" in str(error):
            raise PlanInvalid(
                _("This number has a monthly top-up already. Change or stop that one first."),
                field="phone",
            ) from error
        raise
    return plan


def plan_next(plan: TopupPlan, *, after: datetime) -> None:
    """Plan the first top-up that is still to come, at a moment when its member decides about it."""
    plan.next_month = first_month(after, plan.day)
    plan.next_at = run_at(plan.next_month, plan.day)
    # Who just agreed needs no reminder of what happens within two days.
    plan.reminded_at = after if plan.next_at - after < REMINDED_BEFORE else None
    set_due(plan)


def set_due(plan: TopupPlan) -> None:
    """When a worker has something to do: the reminder, then the top-up."""
    assert plan.next_at is not None, "an active plan has a next top-up"
    plan.due_at = plan.next_at if plan.reminded_at else plan.next_at - REMINDED_BEFORE


def pause_plan(*, plan: TopupPlan, actor: User, reason: str = "") -> None:
    """Have a plan stand still; a month that passes isn't made up for. Locks it.

    Staff give a `reason`, which the member is told. Raises PlanNotChangeable.
    """

    def pause(one: TopupPlan) -> None:
        if one.status != PlanStatus.ACTIVE:
            raise PlanNotChangeable
        set_paused(one, PauseWhy.STAFF if reason else PauseWhy.MEMBER)
        if reason:
            tell(
                one.member.user,
                "retail.topup_plan_paused",
                phone=grouped(one.phone),
                reason=reason,
                plan=one.pk,
            )

    _change(plan, actor, "pause_topup_plan", pause, reason)


def set_paused(plan: TopupPlan, why: PauseWhy) -> None:
    plan.status, plan.paused_why = PlanStatus.PAUSED, why
    plan.next_month = plan.next_at = plan.due_at = plan.reminded_at = None


def resume_plan(*, plan: TopupPlan, actor: User) -> None:
    """Go on with the first month whose day is still to come and that had no top-up. Locks it."""

    def resume(one: TopupPlan) -> None:
        if one.status != PlanStatus.PAUSED:
            raise PlanNotChangeable
        one.status, one.paused_why = PlanStatus.ACTIVE, ""
        now = timezone.now()
        plan_next(one, after=now)
        assert one.next_month is not None, "planned just now"
        if one.runs.filter(month=one.next_month).exists():
            # Its month is done already: it ran late, or early in the month before the pause.
            plan_next(one, after=run_at(one.next_month, one.day))

    _change(plan, actor, "resume_topup_plan", resume)


def stop_plan(*, plan: TopupPlan, actor: User, reason: str = "") -> None:
    """End a plan for good; its orders stay. Locks it. Staff give a `reason`, which is told."""

    def stop(one: TopupPlan) -> None:
        if one.status == PlanStatus.STOPPED:
            raise PlanNotChangeable
        one.status, one.paused_why = PlanStatus.STOPPED, ""
        one.next_month = one.next_at = one.due_at = one.reminded_at = None
        if reason:
            tell(
                one.member.user,
                "retail.topup_plan_stopped",
                phone=grouped(one.phone),
                reason=reason,
                plan=one.pk,
            )

    _change(plan, actor, "stop_topup_plan", stop, reason)


@transaction.atomic
def _change(
    plan: TopupPlan,
    actor: User,
    action: str,
    change: Callable[[TopupPlan], None],
    reason: str = "",
) -> None:
    locked = (
        TopupPlan.objects.select_for_update(of=("self",), no_key=True)
        .select_related("member__user")
        .get(pk=plan.pk)
    )
    change(locked)
    locked.save()
    audit.record(
        actor=actor,
        action=action,
        target=f"plan:{plan.pk}",
        **({"reason": reason} if reason else {}),
    )
