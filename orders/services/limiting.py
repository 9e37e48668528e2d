"""What staff do with the limits of one agent or member: each with a reason, audited.

Rows are changed by `update`, never by `save`: an agent's tree numbers may be out of date.
"""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from orders.limit_fields import BuyerLimits
from orders.limits import Limits
from users import audit
from users.models import User


@transaction.atomic
def set_own_limits(*, buyer: BuyerLimits, limits: Limits, actor: User, reason: str) -> None:
    """Give a buyer limits of its own; an empty one follows the tier or level again.

    Holds from the next order on; what was ordered today and this month counts.
    """
    _update(
        buyer,
        own_single_limit=limits.single,
        own_daily_limit=limits.daily,
        own_monthly_limit=limits.monthly,
    )
    audit.record(
        actor=actor,
        action="set_limits",
        target=_target(buyer),
        reason=reason,
        single=_text(limits.single),
        daily=_text(limits.daily),
        monthly=_text(limits.monthly),
    )


@transaction.atomic
def verify(*, buyer: BuyerLimits, actor: User, reason: str) -> None:
    """Staff have seen papers: the higher limits hold from the next order on."""
    _update(buyer, verified_at=timezone.now())
    audit.record(actor=actor, action="verify", target=_target(buyer), reason=reason)


@transaction.atomic
def withdraw_verification(*, buyer: BuyerLimits, actor: User, reason: str) -> None:
    """The papers don't hold any more: the lower limits hold from the next order on."""
    _update(buyer, verified_at=None)
    audit.record(actor=actor, action="withdraw_verification", target=_target(buyer), reason=reason)


def _update(buyer: BuyerLimits, **changes: object) -> None:
    type(buyer)._default_manager.filter(pk=buyer.pk).update(**changes)


def _target(buyer: BuyerLimits) -> str:
    return f"{buyer._meta.model_name}:{buyer.pk}"


def _text(amount: object) -> str | None:
    return None if amount is None else str(amount)
