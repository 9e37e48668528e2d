"""Text messages on their way: due → sent, or tried again while the code is good, or given up.

Like mail (users/mailing.py): the row is the truth and the queue a hint; each attempt belongs to
whoever moves `attempts` on; no transaction is held over the call.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog
from django.db.models import F
from django.utils import timezone

from database.sealing import SealedColumn, seal, unseal
from outbound.hints import after_commit
from users.mailing import LEASE, hint_due
from users.models import OutgoingText
from users.texts.backend import TextMessage, TextNotSent, backend

log = structlog.get_logger(__name__)

_AFTER = (timedelta(seconds=3), timedelta(seconds=10), timedelta(seconds=30), timedelta(minutes=1))
KEPT_FOR = timedelta(days=30)


def _context(phone: str) -> bytes:
    return f"text:{phone}".encode()


SEALED = SealedColumn(
    table="users_outgoingtext", column="sealed_code", context_column="phone", context=_context
)


def queue_text(
    *, phone: str, email: str, purpose: str, code: str, expires_at: datetime
) -> OutgoingText:
    """Have a code sent after commit. Runs in the caller's transaction."""
    text = OutgoingText.objects.create(
        phone=phone,
        email=email,
        purpose=purpose,
        sealed_code=seal(code.encode(), context=_context(phone)),
        expires_at=expires_at,
        next_attempt_at=timezone.now(),
    )
    after_commit("users.tasks.send_text", text.pk, text.attempts)
    return text


def sweep_texts() -> int:
    """Hint at every message that is due; return how many. Skips rows that others hold."""
    return hint_due(OutgoingText.objects.all(), task="users.tasks.send_text")


def send_text(*, text_id: int, attempt: int) -> None:
    """Make one attempt, numbered from 0. Safe to run twice or at once: only one of them sends.

    After a worker that was killed in between the same code may arrive twice, which harms nobody.
    """
    now = timezone.now()
    mine = OutgoingText.objects.filter(
        pk=text_id, attempts=attempt, next_attempt_at__isnull=False
    ).update(attempts=F("attempts") + 1, next_attempt_at=now + LEASE, problem="")
    if not mine:
        return
    text = OutgoingText.objects.get(pk=text_id)
    if text.expires_at <= now:
        _end(text, problem="too_late")
        return
    try:
        receipt = backend().send(_message(text))
    except TextNotSent as failure:
        again_at = timezone.now() + _AFTER[min(text.attempts, len(_AFTER)) - 1]
        if failure.may_retry and again_at < text.expires_at:
            OutgoingText.objects.filter(pk=text.pk, attempts=text.attempts).update(
                problem=failure.code, next_attempt_at=again_at
            )
        else:
            _end(text, problem=failure.code)
        log.warning("text_not_sent", text_id=text.pk, problem=failure.code)
    else:
        _end(text, receipt=receipt, sent_at=timezone.now())
        log.info("text_sent", text_id=text.pk, attempt=text.attempts)


def _message(text: OutgoingText) -> TextMessage:
    assert text.sealed_code is not None, "a message that is due has its code"
    left = text.expires_at - text.created_at
    return TextMessage(
        phone=text.phone,
        email=text.email,
        purpose=text.purpose,
        code=unseal(text.sealed_code, context=_context(text.phone)).decode(),
        minutes=round(left.total_seconds() / 60),
    )


def _end(
    text: OutgoingText, *, problem: str = "", receipt: str = "", sent_at: datetime | None = None
) -> None:
    """Nothing more is sent, so the code is forgotten."""
    OutgoingText.objects.filter(pk=text.pk).update(
        sealed_code=None,
        next_attempt_at=None,
        problem=problem,
        receipt=receipt,
        sent_at=sent_at,
    )


def forget_old_texts(*, batch: int = 5000) -> int:
    """Delete the oldest of what ended more than a month ago; return how many."""
    old = OutgoingText.objects.filter(
        created_at__lt=timezone.now() - KEPT_FOR, next_attempt_at=None
    ).order_by("created_at")
    ids = list(old.values_list("pk", flat=True)[:batch])
    gone, _rows = OutgoingText.objects.filter(pk__in=ids).delete()
    return gone
