"""What wasn't sent: held back by a limit, a broken connection, or because the supplier was shut.

The attempt is queued again under its number; where somebody else could take over, it does.
"""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from orders.models import Fulfilment, FulfilmentStatus, Order
from orders.services.patience import UNSENT_BEFORE_OTHERS, unsent_until
from orders.services.replacing import go_on_after
from orders.services.sourcing import NobodyTakesOver
from orders.state import end_attempt
from suppliers.outcomes import Outcome, OutcomeKind

# Held back by these, an attempt waits long: somebody else may be quicker.
LONG_WAITS = frozenset({"circuit_open", "unreachable"})
# Why we ourselves don't send what waited (suppliers/routing.py, shut_because).
SHUT = frozenset({"supplier_closed", "offer_closed", "paused", "stopped", "maintenance"})
HELD_BACK_SECONDS = 15


def held_back(why: str) -> Outcome:
    """The outcome of not sending to a supplier that was shut while the attempt waited."""
    assert why in SHUT, why
    return Outcome(OutcomeKind.DEFERRED, code=why, retry_after_seconds=HELD_BACK_SECONDS)


def is_said_again(fulfilment: Fulfilment, outcome: Outcome) -> bool:
    """That we still hold it back is no news: nothing was said on the wire."""
    if outcome.kind != OutcomeKind.DEFERRED or outcome.code not in SHUT:
        return False
    last = fulfilment.evidence.order_by("-id").first()
    return last is not None and (last.outcome, last.code) == (outcome.kind.value, outcome.code)


def defer(order: Order, fulfilment: Fulfilment, outcome: Outcome) -> None:
    """Nothing was sent: the attempt is queued again, and sent later under this number.

    `submitted_at` is None says so, and the supplier isn't asked about what it never got. Where
    another offer could take over while this one must wait long, it does: what was never sent can't
    be delivered twice. What can't be sent at all for too long is a definite failure.
    """
    if fulfilment.status == FulfilmentStatus.ACCEPTED:  # the supplier itself said that it has it
        return
    now = timezone.now()
    fulfilment.status = FulfilmentStatus.QUEUED
    fulfilment.submitted_at = fulfilment.submit_ended_at = None
    fulfilment.due_at = now + timedelta(seconds=max(outcome.retry_after_seconds, 0))
    is_shut = outcome.code in SHUT
    waits_long = outcome.code in LONG_WAITS or now - fulfilment.created_at >= UNSENT_BEFORE_OTHERS
    if now >= unsent_until(fulfilment):
        end_attempt(fulfilment, FulfilmentStatus.FAILED)
        go_on_after(order, fulfilment)
    elif is_shut or waits_long:
        _hand_over(order, fulfilment, may_come_back=is_shut)


def _hand_over(order: Order, queued: Fulfilment, *, may_come_back: bool) -> None:
    """End an attempt that was never sent for another offer's; without one, it goes on waiting.

    Even the other's last place on trial may have been taken this moment: a buyer who only waits
    must not be told that it failed. `may_come_back`: its own supplier was shut, which routing knows
    by itself; should it be on trial by now, this is an order for one of the places.
    """
    due_at, needs_decision = queued.due_at, queued.needs_decision
    try:
        with transaction.atomic():
            end_attempt(queued, FulfilmentStatus.FAILED)
            again = queued.offer_id if may_come_back else None
            go_on_after(order, queued, gives_up=False, again=again)
    except NobodyTakesOver:
        queued.status, queued.finished_at = FulfilmentStatus.QUEUED, None
        queued.due_at, queued.needs_decision = due_at, needs_decision
