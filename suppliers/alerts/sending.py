"""Delivering alert messages: due → sent → delivered, or tried again, or given up after a day.

The row is the truth: a lost hint, a crash or a full worker costs time only. Each attempt belongs to
whoever moves `attempts` on, so that nobody sends the same one twice.
"""

from __future__ import annotations

import smtplib
import threading
import time
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from database.due import take_due
from outbound import checked
from outbound.http import NoAnswer
from outbound.retrying import next_attempt_at
from outbound.signing import signed_headers
from suppliers.alerts.messages import document_of, message_of
from suppliers.alerts.services import hint, secret_of
from suppliers.models import AlertAttempt, AlertDelivery, DeliveryEvent, ReceiverKind

log = structlog.get_logger(__name__)

# A person waits for a test: it is tried a few times only.
MOST_TEST_ATTEMPTS = 3
# Longer than an attempt can take: then it is taken for lost, and due again.
LEASE = timedelta(seconds=60)
BATCH = 100
LIMITS = checked.Limits(connect_seconds=3, total_seconds=8)
# A slow receiver may hold up this many of a worker's threads, never all of them.
_places = threading.BoundedSemaphore(2)


@transaction.atomic
def sweep_alerts() -> int:
    """Hint at every message that is due; return how many. Skips rows that others hold."""
    due = take_due(
        AlertDelivery.objects.only("pk", "attempts"),
        by="next_attempt_at",
        again_in=LEASE,
        most=BATCH,
    )
    for delivery in due:
        hint(delivery)
    return len(due)


def send_alert(*, delivery_id: int, attempt: int) -> None:
    """Make one attempt, numbered from 0. Holds no transaction over the call.

    Safe to run twice or at once: of all who want to make the same attempt, one does.
    """
    if not _places.acquire(blocking=False):
        return  # still due: the sweeper comes back to it
    try:
        mine = AlertDelivery.objects.filter(
            pk=delivery_id, attempts=attempt, next_attempt_at__isnull=False
        ).update(attempts=F("attempts") + 1, next_attempt_at=timezone.now() + LEASE)
        if mine:
            _attempt(
                AlertDelivery.objects.select_related(
                    "receiver", "alert__supplier", "alert__offer__sku"
                ).get(pk=delivery_id)
            )
    finally:
        _places.release()


def _attempt(delivery: AlertDelivery) -> None:
    started = time.monotonic()
    status, problem = None, ""
    try:
        if not delivery.receiver.is_open:
            problem = "closed"
        elif delivery.receiver.kind == ReceiverKind.EMAIL:
            _mail(delivery)
        else:
            status = _call(delivery)
            problem = "" if 200 <= status < 300 else "refused"
    except checked.AddressRefused:
        problem = "refused_address"
    except NoAnswer as silence:
        problem = silence.code
    except (OSError, smtplib.SMTPException) as failure:
        problem = type(failure).__name__[:40]
    _note(delivery, status, problem, seconds=time.monotonic() - started)


def _mail(delivery: AlertDelivery) -> None:
    message = message_of(delivery)
    subject = " ".join(message.subject.split())  # one line, whatever a name holds
    EmailMessage(subject, message.text, to=[delivery.receiver.address]).send()


def _call(delivery: AlertDelivery) -> int:
    receiver = delivery.receiver
    target = checked.parse(receiver.address, allow_private=settings.ALLOW_PRIVATE_CALLBACKS)
    body = document_of(delivery)
    headers = signed_headers(
        key_id=receiver.code,
        secret=secret_of(receiver),
        method="POST",
        path_and_query=target.path_and_query,
        body=body,
    )
    answer = checked.post(
        target, body=body, headers={"Content-Type": "application/json", **headers}, limits=LIMITS
    )
    return answer.status


@transaction.atomic
def _note(delivery: AlertDelivery, status: int | None, problem: str, *, seconds: float) -> None:
    """Log the attempt. A success always counts; a failure only for the latest attempt."""
    AlertAttempt.objects.bulk_create(
        [
            AlertAttempt(
                delivery=delivery,
                number=delivery.attempts,
                seconds=round(seconds, 3),
                http_status=status,
                problem=problem,
            )
        ],
        ignore_conflicts=True,
    )
    rows = AlertDelivery.objects.filter(pk=delivery.pk, delivered_at=None)
    if problem:
        rows.filter(attempts=delivery.attempts).update(next_attempt_at=_next_attempt_at(delivery))
    else:
        rows.update(delivered_at=timezone.now(), next_attempt_at=None)
    log.info(
        "alert_sent",
        receiver=delivery.receiver.code,
        delivery=delivery.pk,
        attempt=delivery.attempts,
        answer=status,
        problem=problem,
    )


def _next_attempt_at(delivery: AlertDelivery) -> datetime | None:
    """When to try again after this failure; None when it is given up."""
    if not delivery.receiver.is_open:
        return None
    if delivery.event == DeliveryEvent.TEST and delivery.attempts >= MOST_TEST_ATTEMPTS:
        return None
    return next_attempt_at(delivery.attempts, since=delivery.created_at)
