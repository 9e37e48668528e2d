"""A person says what became of an attempt that no supplier could tell: the same door, audited."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from orders.errors import NotDecidable
from orders.locks import lock_fulfilment
from orders.models import UNDECIDED, Fulfilment, FulfilmentStatus
from orders.services.outcomes import apply_outcome
from orders.services.patience import is_being_sent
from suppliers.outcomes import DeliveredCard, Outcome, OutcomeKind
from users import audit
from users.models import User


@transaction.atomic
def decide(
    *,
    fulfilment: Fulfilment,
    was_delivered: bool,
    reason: str,
    actor: User,
    cards: Sequence[DeliveredCard] = (),
) -> None:
    """Book what a person found out about an open attempt.

    Delivered completes its units; for cards the codes are needed, and what of them is missing is
    refunded. Failed gives the units to the next offer, or the money back. Raises NotDecidable when
    it is decided already, is being sent, was never sent, or lacks its codes. Locks as
    `apply_outcome` does.
    """
    order, mine = lock_fulfilment(fulfilment.pk)
    if mine.status not in UNDECIDED:
        raise NotDecidable(_("This attempt is decided already. Nothing was changed."))
    if is_being_sent(mine):
        raise NotDecidable(
            _(
                "It is being sent at this moment, and what a person knows is older. Wait a minute"
                " and look again."
            )
        )
    if was_delivered and mine.status == FulfilmentStatus.QUEUED:
        raise NotDecidable(_("This attempt was never sent, so it can't have been delivered."))
    if was_delivered and order.kind == "card" and not cards:
        raise NotDecidable(_("Enter the codes that the supplier gave."), field="cards")
    if len(cards) > mine.quantity:
        raise NotDecidable(
            _("These are more codes than the %(count)d of this attempt.")
            % {"count": mine.quantity},
            field="cards",
        )
    audit.record(
        actor=actor,
        action="decide_fulfilment",
        target=f"order:{order.order_no}",
        reason=reason,
        decision="delivered" if was_delivered else "rejected",
        fulfilment=mine.fulfilment_no,
    )
    apply_outcome(
        fulfilment_id=mine.pk,
        outcome=Outcome(
            OutcomeKind.DELIVERED if was_delivered else OutcomeKind.REJECTED,
            message=reason,
            cards=tuple(cards),
        ),
        source="staff",
    )
    mine.refresh_from_db()
    if mine.status in UNDECIDED:  # a code that was sold or stocked before
        raise NotDecidable(
            _("One of these codes was in stock or sold before. Nothing was booked."), field="cards"
        )
