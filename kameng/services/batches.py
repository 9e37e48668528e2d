"""Batches of orders: taken in one piece, then placed line by line, each in its own transaction.

A line is an order like any other: idempotent by its own `client_ref`, paid when its turn comes,
refused alone. Lines are placed in their order by one worker at a time (the batch's row is locked,
before the wallet). The rows are the truth: a worker that dies in the middle has placed what it has
committed, and the sweeper has the rest done.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

import structlog
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone, translation

from database.due import take_due
from kameng.api.errors import (
    BatchConflict,
    BuyingNotAllowed,
    InternalError,
    KeyEnded,
    TooManyBatches,
)
from kameng.api.inputs import read_order
from kameng.api.problems import document
from kameng.models import Agent, ApiKey, Batch, BatchLine, BatchPause
from kameng.services.api_buying import place_api_order, place_portal_order
from orders.models import Order
from outbound.hints import after_commit
from outbound.numbers import new_number
from users.errors import PersonError
from users.notices import tell

log = structlog.get_logger(__name__)

# So many lines are placed while the caller waits; more would hold a web process for too long.
LINES_AT_ONCE = 20
MOST_OPEN = 5
# A worker does so much, then lets others have their turn.
TURN_SECONDS = 20
# Longer than a turn: a batch that nobody works on any more is due again.
LEASE = timedelta(seconds=45)
MOST_ATTEMPTS = 5
SWEPT = 50
_PAUSES = {
    "insufficient_balance": BatchPause.BALANCE,
    "limit_exceeded": BatchPause.LIMIT,
    "agent_suspended": BatchPause.SUSPENDED,
}


@dataclass(frozen=True, slots=True)
class TakenBatch:
    """`is_new` is False when the same request had been taken before: this is that batch."""

    batch: Batch
    is_new: bool


def take_batch(
    *, key: ApiKey, batch_ref: str, orders: Sequence[Mapping[str, object]], language: str
) -> TakenBatch:
    """Store a batch; place its lines now when they are few, else have a worker do it.

    Idempotent by `batch_ref`. Charges nothing by itself. Raises BatchConflict, TooManyBatches.
    """
    digest = digest_of(orders)
    try:
        batch = _store(key, batch_ref, orders, digest, language)
    except IntegrityError:
        batch = None  # somebody was quicker, or it is a repeat
    if batch is None:
        earlier = of_reference(key.agent, batch_ref, is_sandbox=key.is_sandbox)
        if earlier.digest != digest:
            raise BatchConflict(field="batch_ref")
        return TakenBatch(earlier, is_new=False)
    if len(orders) <= LINES_AT_ONCE:
        work_on(batch_id=batch.pk)
        batch.refresh_from_db()
    return TakenBatch(batch, is_new=True)


@transaction.atomic
def _store(
    key: ApiKey,
    batch_ref: str,
    orders: Sequence[Mapping[str, object]],
    digest: str,
    language: str,
) -> Batch | None:
    own = Batch.objects.filter(agent=key.agent, is_sandbox=key.is_sandbox)
    if own.filter(batch_ref=batch_ref).exists():
        return None
    if own.filter(key__isnull=False, finished_at=None).count() >= MOST_OPEN:
        raise TooManyBatches(MOST_OPEN)
    batch = Batch.objects.create(
        agent=key.agent,
        key=key,
        is_sandbox=key.is_sandbox,
        batch_no=new_number("B"),
        batch_ref=batch_ref,
        digest=digest,
        language=language,
        line_count=len(orders),
        due_at=timezone.now() + LEASE,
    )
    BatchLine.objects.bulk_create(
        BatchLine(batch=batch, place=place, client_ref=str(one["client_ref"]), asked=dict(one))
        for place, one in enumerate(orders, start=1)
    )
    if len(orders) > LINES_AT_ONCE:
        after_commit("kameng.tasks.work_on_batch", batch.pk)
    return batch


def digest_of(orders: Sequence[Mapping[str, object]]) -> str:
    """What makes a batch sent again the same one."""
    return hashlib.sha256(json.dumps(list(orders), sort_keys=True).encode()).hexdigest()


def of_reference(agent: Agent, batch_ref: str, *, is_sandbox: bool = False) -> Batch:
    return Batch.objects.get(agent=agent, is_sandbox=is_sandbox, batch_ref=batch_ref)


def work_on(*, batch_id: int) -> None:
    """Place waiting lines, one after the other, until none is left or the turn is over.

    Safe to run twice or at once: who doesn't get the batch's row leaves it to who has it.
    """
    until = time.monotonic() + TURN_SECONDS
    while time.monotonic() < until:
        try:
            if not _place_next(batch_id):
                return
        except Exception:  # a failure of ours: the line's transaction is undone, the line waits
            log.exception("batch_line_failed", batch=batch_id)
            _count_failure(batch_id)
            return
    after_commit("kameng.tasks.work_on_batch", batch_id)


@transaction.atomic
def _place_next(batch_id: int) -> bool:
    """Place or refuse the next line; say whether there may be another. Locks the batch first."""
    batch = (
        Batch.objects.select_for_update(skip_locked=True, of=("self",), no_key=True)
        .select_related("key", "agent__user", "agent__tier")
        .filter(pk=batch_id, finished_at=None, paused_at=None)
        .first()
    )
    if batch is None:
        return False
    line = batch.lines.filter(order=None, problem__isnull=True).order_by("place").first()
    if line is None:
        Batch.objects.filter(pk=batch.pk).update(finished_at=timezone.now(), due_at=None)
        return False
    with translation.override(batch.language):
        return _place(batch, line)


def _place(batch: Batch, line: BatchLine) -> bool:
    """Place a line, or refuse it, or have the whole batch wait; say whether it goes on."""
    try:
        line.order = _order(batch, line)
    except PersonError as refusal:
        reason = pause_for(refusal) if batch.is_from_portal else None
        if reason is not None:  # nothing was charged, and the line keeps its turn
            Batch.objects.filter(pk=batch.pk).update(
                paused_at=timezone.now(), pause_reason=reason, due_at=None
            )
            _tell_paused(batch, reason)
            return False
        line.problem = document(refusal)
    line.save(update_fields=["order", "problem"])
    return True


def _tell_paused(batch: Batch, reason: BatchPause) -> None:
    tell(
        batch.agent.user,
        "wholesale.job_paused",
        title=batch.title or batch.batch_no,
        batch=batch.batch_no,
        left=batch.lines.filter(order=None, problem__isnull=True).count(),
        why=str(reason.label),
    )


def _order(batch: Batch, line: BatchLine) -> Order:
    """The line's order. Raises what keeps it from being placed."""
    asked = read_order(line.asked)
    key = batch.key
    if key is None:
        return place_portal_order(agent=batch.agent, asked=asked).order
    if not key.is_usable:
        raise KeyEnded
    if not key.can_buy:
        raise BuyingNotAllowed
    key.agent = batch.agent
    return place_api_order(key=key, asked=asked).order


def pause_for(refusal: PersonError) -> BatchPause | None:
    """What refuses this line would refuse all others too: a person mends it, then it goes on."""
    if refusal.code == "limit_exceeded" and refusal.details.get("period") == "single":
        return None
    return _PAUSES.get(refusal.code)


@transaction.atomic
def _count_failure(batch_id: int) -> None:
    """The next line failed for a reason of ours: try again soon, and not for ever."""
    now = timezone.now()
    batch = Batch.objects.select_for_update(no_key=True).get(pk=batch_id)
    line = batch.lines.filter(order=None, problem__isnull=True).order_by("place").first()
    if line is None or batch.finished_at is not None:
        return
    line.attempts = F("attempts") + 1
    line.save(update_fields=["attempts"])
    line.refresh_from_db(fields=["attempts"])
    if line.attempts >= MOST_ATTEMPTS:
        with translation.override(batch.language):
            line.problem = document(InternalError())
        line.save(update_fields=["problem"])
    Batch.objects.filter(pk=batch_id).update(due_at=now)


@transaction.atomic
def sweep_batches() -> int:
    """Hint at every batch that nobody works on; return how many. Skips rows that others hold."""
    due = take_due(Batch.objects.only("pk"), by="due_at", again_in=LEASE, most=SWEPT)
    for batch in due:
        after_commit("kameng.tasks.work_on_batch", batch.pk)
    return len(due)
