"""An agent's lists of numbers: started in one piece, paused, gone on with, cancelled.

A job is a batch without a key (kameng/services/batches.py places its lines). Nothing is charged by
starting one; each line is paid in its turn.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from kameng.api.errors import BatchConflict
from kameng.api.problems import document
from kameng.buying_errors import JobNotChangeable, LineCancelled, TooManyJobs
from kameng.models import Agent, Batch, BatchLine, BatchPause
from kameng.order_sources import JOB_PREFIX
from kameng.services.batches import LEASE, TakenBatch, digest_of, of_reference
from outbound.hints import after_commit
from outbound.numbers import new_number
from users import audit
from users.models import User

MOST_LINES = 5000
MOST_OPEN = 10


@dataclass(frozen=True, slots=True)
class JobLine:
    """One top-up to be: the SKU's code, the number, and the most that it may cost (CNY)."""

    sku: str
    number: str
    most_price: Decimal
    note: str = ""


def start_job(
    *, agent: Agent, ref: str, title: str, lines: Sequence[JobLine], language: str
) -> TakenBatch:
    """Store a job and have a worker place its lines. Charges nothing by itself.

    Idempotent by `ref`: the same list again is the same job. Raises BatchConflict, TooManyJobs.
    """
    content: list[dict[str, object]] = [
        {"sku": one.sku, "number": one.number, "most": str(one.most_price), "note": one.note}
        for one in lines
    ]
    digest = digest_of(content)
    try:
        batch = _store(agent, ref, title, lines, digest, language)
    except IntegrityError as error:
        if "batch_ref_once" not in str(error):
            raise
        earlier = of_reference(agent, ref)
        if earlier.digest != digest:
            raise BatchConflict from error
        return TakenBatch(earlier, is_new=False)
    return TakenBatch(batch, is_new=True)


@transaction.atomic
def _store(
    agent: Agent, ref: str, title: str, lines: Sequence[JobLine], digest: str, language: str
) -> Batch:
    batch_no = new_number("B")
    batch = Batch.objects.create(
        agent=agent,
        batch_no=batch_no,
        batch_ref=ref,
        digest=digest,
        language=language,
        title=title,
        line_count=len(lines),
        due_at=timezone.now() + LEASE,
    )
    if Batch.objects.filter(agent=agent, key=None, finished_at=None).count() > MOST_OPEN:
        raise TooManyJobs(
            _("%(count)d of your lists are under way. Let one finish first. Nothing was started.")
            % {"count": MOST_OPEN}
        )
    BatchLine.objects.bulk_create(
        (_line(batch, place, one) for place, one in enumerate(lines, start=1)), batch_size=1000
    )
    after_commit("kameng.tasks.work_on_batch", batch.pk)
    return batch


def _line(batch: Batch, place: int, one: JobLine) -> BatchLine:
    reference = f"{JOB_PREFIX}{batch.batch_no}-{place}"
    return BatchLine(
        batch=batch,
        place=place,
        client_ref=reference,
        note=one.note,
        asked={
            "sku": one.sku,
            "quantity": 1,
            "client_ref": reference,
            "account": {"phone": one.number},
            "max_unit_price": str(one.most_price),
        },
    )


def pause_job(
    *, batch: Batch, actor: User, why: BatchPause = BatchPause.AGENT, reason: str = ""
) -> None:
    """Have a job stand still after the line that is being placed. Locks the batch."""

    def pause(job: Batch) -> None:
        if job.status != "working":
            raise JobNotChangeable
        job.paused_at, job.pause_reason, job.due_at = timezone.now(), why, None

    _change(batch, actor, "pause_batch", pause, reason=reason)


def resume_job(*, batch: Batch, actor: User) -> None:
    """Have a paused job go on with its next line. Locks the batch."""

    def resume(job: Batch) -> None:
        if job.status != "paused":
            raise JobNotChangeable
        job.paused_at, job.pause_reason = None, ""
        job.due_at = timezone.now() + LEASE
        after_commit("kameng.tasks.work_on_batch", job.pk)

    _change(batch, actor, "resume_batch", resume)


def cancel_job(*, batch: Batch, actor: User, reason: str = "") -> None:
    """Refuse every line that hasn't had its turn; what was ordered stays ordered. Locks the batch.

    Nothing is charged for the cancelled ones, and they can be started again as a new job.
    """

    def cancel(job: Batch) -> None:
        if job.status == "finished":
            raise JobNotChangeable
        with translation.override(job.language):
            told = document(LineCancelled())
        job.lines.filter(order=None, problem__isnull=True).update(problem=told)
        job.paused_at, job.pause_reason, job.due_at = None, "", None
        job.finished_at = timezone.now()

    _change(batch, actor, "cancel_batch", cancel, reason=reason)


@transaction.atomic
def _change(
    batch: Batch, actor: User, action: str, change: Callable[[Batch], None], reason: str = ""
) -> None:
    job = Batch.objects.select_for_update(no_key=True).get(pk=batch.pk)
    if not job.is_from_portal:
        raise JobNotChangeable
    change(job)
    job.save(update_fields=["paused_at", "pause_reason", "due_at", "finished_at"])
    audit.record(actor=actor, action=action, target=f"batch:{job.batch_no}", reason=reason)
