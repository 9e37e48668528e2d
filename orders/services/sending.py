"""What a worker does for one attempt: claim it, call the supplier outside any transaction, apply
the answer.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from django.db import connection
from django.utils import timezone

from orders.models import UNDECIDED, Fulfilment, FulfilmentStatus
from orders.services.deferring import held_back
from orders.services.evidence import kept_exchanges
from orders.services.outcomes import apply_outcome
from orders.services.patience import CALL_WITHIN_SECONDS, call_limit
from outbound.recording import Exchange, recorded
from suppliers.adapters.base import SubmitRequest
from suppliers.candidates import why_shut
from suppliers.models import Supplier
from suppliers.outcomes import Outcome, OutcomeKind
from suppliers.registry import adapter_of

log = structlog.get_logger(__name__)

# One row, taken by one worker. While it works the row is due again after the call's time-outs, so
# that what a dead worker has begun is asked about. Of what is due, fast goods go first.
_CLAIM = """
UPDATE orders_fulfilment AS mine SET
    status = CASE WHEN mine.status = 'queued' THEN 'submitting' ELSE mine.status END,
    submitted_at = CASE WHEN mine.status = 'queued' THEN %(now)s ELSE mine.submitted_at END,
    query_count = mine.query_count + CASE WHEN mine.status = 'queued' THEN 0 ELSE 1 END,
    due_at = %(due_again)s
FROM (
    SELECT id, status AS status_before FROM orders_fulfilment
    WHERE supplier_id = %(supplier)s AND due_at <= %(now)s
    ORDER BY is_slow, due_at, id LIMIT 1
    FOR NO KEY UPDATE SKIP LOCKED
) AS next
WHERE mine.id = next.id
RETURNING mine.id, next.status_before = 'queued'
"""


@dataclass(frozen=True, slots=True)
class _Job:
    fulfilment_id: int
    is_send: bool
    claimed_at: datetime
    claimed_ticks: float

    @property
    def is_late(self) -> bool:
        return time.monotonic() - self.claimed_ticks > CALL_WITHIN_SECONDS


def do_one(*, supplier_id: int) -> bool:
    """Send or ask about the supplier's next due attempt; say whether there was one.

    Holds no transaction over the call. Whatever the adapter does, even a bug of it, ends as an
    outcome: what may have been sent and has no answer is unknown.
    """
    supplier = Supplier.objects.get(pk=supplier_id)
    job = _claim(supplier)
    if job is None:
        return False
    fulfilment = Fulfilment.objects.select_related("order", "offer").get(pk=job.fulfilment_id)
    structlog.contextvars.bind_contextvars(order_no=fulfilment.order.order_no)
    with recorded() as exchanges:
        try:
            adapter = adapter_of(supplier)
            if job.is_late:
                _put_back(job)
                return True
            if job.is_send and (why := _why_held_back(fulfilment, supplier)):
                outcome = held_back(why)
            elif job.is_send:
                outcome = adapter.submit(submit_request(fulfilment))
            else:
                outcome = adapter.ask(
                    submit_request(fulfilment),
                    supplier_order_no=fulfilment.supplier_order_no,
                    may_send_again=fulfilment.status in UNDECIDED,
                )
        except Exception:
            log.exception("adapter_failed", fulfilment_no=fulfilment.fulfilment_no)
            outcome = Outcome(OutcomeKind.UNKNOWN, code="adapter_failed")
    _apply(job, outcome, exchanges, supplier)
    return True


def _claim(supplier: Supplier) -> _Job | None:
    ticks, now = time.monotonic(), timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(
            _CLAIM,
            {"supplier": supplier.pk, "now": now, "due_again": now + call_limit(supplier)},
        )
        row = cursor.fetchone()
    return _Job(row[0], row[1], now, ticks) if row else None


def _put_back(job: _Job) -> None:
    """This process was held up: nothing was sent, so let somebody do it in time."""
    mine = Fulfilment.objects.filter(pk=job.fulfilment_id)
    if job.is_send:
        mine = mine.filter(status=FulfilmentStatus.SUBMITTING, submitted_at=job.claimed_at)
        mine.update(status=FulfilmentStatus.QUEUED, submitted_at=None, due_at=timezone.now())
    else:
        mine.update(due_at=timezone.now())


def _apply(job: _Job, outcome: Outcome, exchanges: Sequence[Exchange], supplier: Supplier) -> None:
    apply_outcome(
        fulfilment_id=job.fulfilment_id,
        outcome=outcome,
        source="submit" if job.is_send else "query",
        asked_at=job.claimed_at,
        exchanges=kept_exchanges(exchanges, supplier),
    )


def _why_held_back(fulfilment: Fulfilment, supplier: Supplier) -> str:
    """An attempt may have waited until its supplier was paused or closed."""
    return why_shut(
        fulfilment.offer,
        in_sandbox=supplier.is_sandbox,
        committed_at=fulfilment.created_at,
    )


def submit_request(fulfilment: Fulfilment) -> SubmitRequest:
    """What the adapter needs to know."""
    order = fulfilment.order
    return SubmitRequest(
        fulfilment_no=fulfilment.fulfilment_no,
        kind=order.kind,
        offer_ref=fulfilment.offer.supplier_ref,
        face_value=order.face_value,
        quantity=fulfilment.quantity,
        account=order.account,
    )
