"""How long is waited for what: the clocks of an attempt, in one place."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone

from orders.models import Fulfilment, FulfilmentStatus
from suppliers.models import Supplier

# Seconds to the next query after the n-th one; the last repeats.
QUERY_AFTER_SECONDS = (2, 3, 5, 8, 15, 30, 60, 120, 300)
# A slow top-up is promised within 72 hours: no need to ask every five minutes.
SLOW_QUERY_AFTER_SECONDS = (*QUERY_AFTER_SECONDS, 600, 1800)
# Between claiming an attempt and calling: longer means that this process was held up meanwhile, and
# others may have asked the supplier, been told "not found", and be about to act on it.
CALL_WITHIN_SECONDS = 5.0
# An adapter may make two calls for one submit: a refusal is made sure of by a query.
CALLS_OF_A_SUBMIT = 2
# How long an order waits for a supplier that nothing can be sent to, when there is no other.
UNSENT_LIMIT = timedelta(minutes=10)
SLOW_UNSENT_LIMIT = timedelta(hours=12)
# Sooner, when somebody else could do it.
UNSENT_BEFORE_OTHERS = timedelta(seconds=10)
# An answer about a decided attempt that was expected and didn't come is asked for this long.
ASKED_AFTER_THE_END = timedelta(days=1)


def call_limit(supplier: Supplier) -> timedelta:
    """The longest that one call to a supplier takes (outbound/http.py), from claiming on."""
    seconds = supplier.connect_timeout_seconds + 2 * supplier.read_timeout_seconds
    return timedelta(seconds=seconds + CALL_WITHIN_SECONDS)


def settled_at(attempt: Fulfilment) -> datetime | None:
    """From when on "no such order" is definite: the settling time after the last of the send.

    If the call's end isn't known (its worker died), after the longest that it could take. None when
    nothing was ever sent.
    """
    ended_at = _sent_by(attempt)
    if ended_at is None:
        return None
    return ended_at + timedelta(seconds=attempt.supplier.settling_seconds)


def is_being_sent(attempt: Fulfilment) -> bool:
    """Whether the call that sends it may still be under way: its answer isn't known yet."""
    ended_at = _sent_by(attempt)
    return (
        attempt.status == FulfilmentStatus.SUBMITTING
        and ended_at is not None
        and timezone.now() < ended_at
    )


def _sent_by(attempt: Fulfilment) -> datetime | None:
    """When the call that sent it was over, at the latest; None when nothing was ever sent."""
    if attempt.submitted_at is None or attempt.submit_ended_at is not None:
        return attempt.submit_ended_at
    return attempt.submitted_at + CALLS_OF_A_SUBMIT * call_limit(attempt.supplier)


def next_query_in(attempt: Fulfilment) -> timedelta:
    """The pause before the next query: longer each time."""
    steps = SLOW_QUERY_AFTER_SECONDS if attempt.is_slow else QUERY_AFTER_SECONDS
    return timedelta(seconds=steps[min(attempt.query_count, len(steps) - 1)])


def decision_due_at(attempt: Fulfilment) -> datetime | None:
    """When a person must decide about an attempt that is still open; None before it is sent."""
    if attempt.submitted_at is None:
        return None
    supplier = attempt.supplier
    seconds = supplier.manual_after_seconds
    if attempt.is_slow:
        seconds = max(seconds, supplier.slow_manual_after_seconds)
    return attempt.submitted_at + timedelta(seconds=seconds)


def unsent_until(attempt: Fulfilment) -> datetime:
    """How long an attempt may wait to be sent before it is a definite failure."""
    limit = SLOW_UNSENT_LIMIT if attempt.is_slow else UNSENT_LIMIT
    patience = timedelta(seconds=attempt.supplier.manual_after_seconds)
    return attempt.created_at + min(limit, patience)
