"""Mail to people: due → sent, or tried again, or given up after a day.

The row is the truth and the queue a hint. Each attempt belongs to whoever moves `attempts` on, so
that nobody sends the same one twice; no transaction is held over the call.
"""

from __future__ import annotations

import smtplib
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import structlog
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from database.due import take_due
from outbound.hints import after_commit
from outbound.retrying import next_attempt_at
from users.models import OutgoingMail, User

log = structlog.get_logger(__name__)

# Longer than an attempt can take (EMAIL_TIMEOUT, a call to an SMS service): then it is taken for
# lost, and due again.
LEASE = timedelta(seconds=60)
KEPT_FOR = timedelta(days=30)
BATCH = 100
# A mail server that hangs may hold up this many of a worker's threads, never all of them.
_places = threading.BoundedSemaphore(2)


def queue_mail(*, user: User, address: str, subject: str, text: str) -> OutgoingMail:
    """Have a mail sent after commit. Runs in the caller's transaction."""
    mail = OutgoingMail.objects.create(
        user=user,
        address=address,
        subject=" ".join(subject.split())[:200],  # one line, whatever a name holds
        text=text,
        next_attempt_at=timezone.now(),
    )
    after_commit("users.tasks.send_mail", mail.pk, mail.attempts)
    return mail


def sweep_mail() -> int:
    """Hint at every mail that is due; return how many. Skips rows that others hold."""
    return hint_due(OutgoingMail.objects.all(), task="users.tasks.send_mail")


@transaction.atomic
def hint_due(rows: QuerySet[Any], *, task: str) -> int:
    """Hint `task` at every row that is due, with the number of its attempt; return how many."""
    due = take_due(rows.only("pk", "attempts"), by="next_attempt_at", again_in=LEASE, most=BATCH)
    for row in due:
        after_commit(task, row.pk, row.attempts)
    return len(due)


def send_mail(*, mail_id: int, attempt: int) -> None:
    """Make one attempt, numbered from 0. Safe to run twice or at once."""
    attempt_mail(
        OutgoingMail.objects.all(),
        mail_id=mail_id,
        attempt=attempt,
        message=_message,
        says="mail_sent",
    )


def _message(mail: OutgoingMail) -> EmailMessage:
    return EmailMessage(mail.subject, mail.text, to=[mail.address])


def attempt_mail(
    mails: QuerySet[Any],
    *,
    mail_id: int,
    attempt: int,
    message: Callable[[Any], EmailMessage],
    says: str,
) -> None:
    """One attempt at one of `mails`, rows that are due as those of OutgoingMail; `says` it in logs.

    Whoever counts the attempt up makes it. While a mail server hangs, two threads wait for it; a
    third leaves its mail to the sweeper. A failure is tried again, later each time.
    """
    if not _places.acquire(blocking=False):
        return  # still due: the sweeper comes back to it
    try:
        mine = mails.filter(pk=mail_id, attempts=attempt, next_attempt_at__isnull=False).update(
            attempts=F("attempts") + 1, next_attempt_at=timezone.now() + LEASE
        )
        if mine:
            _attempt(mails, mails.get(pk=mail_id), message, says)
    finally:
        _places.release()


def _attempt(
    mails: QuerySet[Any], mail: Any, message: Callable[[Any], EmailMessage], says: str
) -> None:
    problem = ""
    try:
        message(mail).send()
    except (OSError, smtplib.SMTPException) as failure:
        problem = type(failure).__name__[:40]
    # A success always counts; a failure only for the latest attempt.
    rows = mails.filter(pk=mail.pk, sent_at=None)
    if problem:
        again_at = next_attempt_at(mail.attempts, since=mail.created_at)
        rows.filter(attempts=mail.attempts).update(problem=problem, next_attempt_at=again_at)
    else:
        rows.update(problem="", sent_at=timezone.now(), next_attempt_at=None)
    log.info(says, mail_id=mail.pk, attempt=mail.attempts, problem=problem)


def forget_old_mail(*, batch: int = 5000) -> int:
    """Delete the oldest of what was sent or given up more than a month ago; return how many."""
    old = OutgoingMail.objects.filter(
        created_at__lt=timezone.now() - KEPT_FOR, next_attempt_at=None
    ).order_by("created_at")
    ids = list(old.values_list("pk", flat=True)[:batch])
    gone, _rows = OutgoingMail.objects.filter(pk__in=ids).delete()
    return gone
