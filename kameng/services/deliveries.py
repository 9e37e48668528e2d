"""Sending events to endpoints: due → leased → delivered, or tried again, or given up after a day.

The row is the truth and the queue a hint. An attempt belongs to who leases the delivery, under the
endpoint's row lock: so an endpoint never has more requests at once than it may, and a later event
of a stream never overtakes an earlier one. An endpoint that fails goes quiet as a whole; it costs
one attempt now and then, and nobody else waits for it.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog
from django.db import connection, transaction
from django.utils import timezone

from kameng.api.webhooks import EVENT_HEADER, EVENT_ID_HEADER
from kameng.models import (
    Delivery,
    DeliveryAttempt,
    Endpoint,
    EventKind,
    PauseReason,
    WebhookEvent,
)
from kameng.services.endpoints import secrets_of, switch_secret_if_due
from kameng.services.events import event_body
from kameng.services.sending import Sent, Signer, places, send, write_attempt
from outbound.hints import after_commit
from outbound.retrying import GIVE_UP_AFTER, next_attempt_at, wait_after

log = structlog.get_logger(__name__)

# Longer than an attempt can take: then it is taken for lost.
LEASE = timedelta(seconds=30)
AT_ONCE = 4  # requests to one endpoint; one that fails gets one
PAUSE_AFTER = timedelta(days=3)
KEPT_FOR = timedelta(days=30)
BATCH = 200

# Ready: due, of an endpoint that isn't paused nor quiet (a test always is), and nothing of its
# stream waits before it. The earliest few of each endpoint, so that a long backlog of one doesn't
# keep another waiting.
_READY = """
SELECT id FROM (
    SELECT delivery.id, endpoint.failures,
           row_number() OVER (PARTITION BY delivery.endpoint_id
                              ORDER BY delivery.next_attempt_at, delivery.id) AS place
    FROM kameng_delivery delivery
    JOIN kameng_endpoint endpoint ON endpoint.id = delivery.endpoint_id
    JOIN kameng_webhookevent event ON event.id = delivery.event_id
    WHERE delivery.next_attempt_at <= %(now)s
      AND (delivery.leased_until IS NULL OR delivery.leased_until <= %(now)s)
      AND endpoint.deleted_at IS NULL
      AND (event.kind = 'test' OR (endpoint.paused_at IS NULL AND
           (endpoint.quiet_until IS NULL OR endpoint.quiet_until <= %(now)s)))
      AND (%(endpoint)s::bigint IS NULL OR delivery.endpoint_id = %(endpoint)s)
      AND NOT EXISTS (
          SELECT FROM kameng_delivery earlier
          WHERE earlier.endpoint_id = delivery.endpoint_id AND earlier.stream = delivery.stream
            AND earlier.id < delivery.id AND earlier.next_attempt_at IS NOT NULL)
) ready
WHERE place <= CASE WHEN failures > 0 THEN 1 ELSE %(at_once)s END
ORDER BY place, id LIMIT %(batch)s
"""


def sweep_deliveries() -> int:
    """Give up what has waited for a day; hint at what is ready. Returns how many hints."""
    _give_up_overdue()
    ready = _ready()
    for delivery_id in ready:
        after_commit("kameng.tasks.deliver", delivery_id)
    return len(ready)


def _ready(endpoint_id: int | None = None) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            _READY,
            {
                "now": timezone.now(),
                "endpoint": endpoint_id,
                "at_once": AT_ONCE,
                "batch": BATCH,
            },
        )
        return [row[0] for row in cursor.fetchall()]


def _give_up_overdue() -> None:
    now = timezone.now()
    overdue = Delivery.objects.waiting().filter(started_at__lte=now - GIVE_UP_AFTER)
    overdue.exclude(leased_until__gt=now).update(given_up_at=now, next_attempt_at=None)


def deliver(*, delivery_id: int) -> None:
    """Make one attempt, if this delivery is ready. Holds no transaction over the call.

    Safe to run twice or at once: of all who want to make the same attempt, one leases it.
    """
    if not places.acquire(blocking=False):
        return  # still due: the sweeper comes back to it
    try:
        leased = _lease(delivery_id)
        if leased is None:
            return
        delivery, signer = leased
        event = delivery.event
        sent = send(
            url=delivery.endpoint.url,
            body=event_body(event),
            signer=signer,
            headers={EVENT_ID_HEADER: str(event), EVENT_HEADER: event.kind},
        )
    finally:
        places.release()
    _note(delivery, sent)


@transaction.atomic
def _lease(delivery_id: int) -> tuple[Delivery, Signer] | None:
    """Make the attempt ours. Locks the endpoint for this moment only."""
    now = timezone.now()
    found = Delivery.objects.filter(pk=delivery_id).values_list("endpoint_id", flat=True).first()
    if found is None:
        return None
    endpoint = Endpoint.objects.select_for_update(no_key=True).get(pk=found)
    delivery = Delivery.objects.waiting().select_related("event").filter(pk=delivery_id).first()
    if delivery is None or not _is_ready(delivery, endpoint, now):
        return None
    switch_secret_if_due(endpoint, now=now)
    delivery.endpoint = endpoint
    delivery.attempts += 1
    delivery.leased_until = now + LEASE
    delivery.save(update_fields=["attempts", "leased_until"])
    secret, next_secret = secrets_of(endpoint)
    return delivery, Signer(endpoint.key_id, secret, next_secret)


def _is_ready(delivery: Delivery, endpoint: Endpoint, now: datetime) -> bool:
    due, leased_until = delivery.next_attempt_at, delivery.leased_until
    if due is None or due > now or (leased_until is not None and leased_until > now):
        return False
    waiting = Delivery.objects.waiting().filter(endpoint=endpoint)
    if waiting.filter(stream=delivery.stream, pk__lt=delivery.pk).exists():
        return False
    if endpoint.deleted_at is not None:
        return False
    if delivery.event.kind == EventKind.TEST:
        return True
    is_quiet = endpoint.quiet_until is not None and endpoint.quiet_until > now
    if endpoint.is_paused or is_quiet:
        return False
    under_way = waiting.filter(leased_until__gt=now).count()
    return under_way < (1 if endpoint.failures else AT_ONCE)


@transaction.atomic
def _note(delivery: Delivery, sent: Sent) -> None:
    """Write the attempt down, and what follows for the delivery and its endpoint.

    A success always counts; a failure only while the delivery still waits for this attempt.
    """
    now = timezone.now()
    write_attempt(sent, number=delivery.attempts, delivery=delivery)
    endpoint = Endpoint.objects.select_for_update(no_key=True).get(pk=delivery.endpoint_id)
    rows = Delivery.objects.filter(pk=delivery.pk)
    result = {"last_status": sent.status, "last_error": sent.problem, "leased_until": None}
    if sent.is_told:
        rows.update(**result, delivered_at=now, given_up_at=None, next_attempt_at=None)
    else:
        is_test = delivery.event.kind == EventKind.TEST  # somebody waits for the answer: one try
        again_at = (
            None if is_test else next_attempt_at(delivery.attempts, since=delivery.started_at)
        )
        rows.waiting().filter(attempts=delivery.attempts).update(
            **result,
            next_attempt_at=again_at,
            given_up_at=now if again_at is None else None,
        )
    _note_health(endpoint, is_well=sent.is_told, now=now)
    for ready in _ready(endpoint.pk):
        after_commit("kameng.tasks.deliver", ready)
    log.info(
        "webhook",
        delivery_id=delivery.pk,
        attempt=delivery.attempts,
        answer=sent.status,
        problem=sent.problem,
    )


def _note_health(endpoint: Endpoint, *, is_well: bool, now: datetime) -> None:
    """After failures in a row the endpoint goes quiet, longer each time; after days it pauses."""
    if is_well:
        endpoint.failures, endpoint.failing_since, endpoint.quiet_until = 0, None, None
        endpoint.last_success_at = now
    else:
        endpoint.failures += 1
        endpoint.failing_since = endpoint.failing_since or now
        endpoint.quiet_until = now + wait_after(endpoint.failures)
        if not endpoint.is_paused and now - endpoint.failing_since >= PAUSE_AFTER:
            endpoint.paused_at, endpoint.pause_reason = now, PauseReason.FAILING
            log.warning("webhook_endpoint_paused", endpoint_id=endpoint.pk)
    endpoint.save(
        update_fields=[
            "failures",
            "failing_since",
            "quiet_until",
            "last_success_at",
            "paused_at",
            "pause_reason",
        ]
    )


@transaction.atomic
def resend(*, delivery: Delivery) -> None:
    """Send an event once more, with a day of attempts of its own. Safe to press twice.

    An endpoint that is paused is told when it goes on. Nothing happens while an attempt is on its
    way already.
    """
    now = timezone.now()
    endpoint = Endpoint.objects.select_for_update(no_key=True).get(pk=delivery.endpoint_id)
    idle = Delivery.objects.filter(pk=delivery.pk).exclude(leased_until__gt=now)
    idle.update(started_at=now, next_attempt_at=now, delivered_at=None, given_up_at=None)
    endpoint.quiet_until = None
    endpoint.save(update_fields=["quiet_until"])
    after_commit("kameng.tasks.deliver", delivery.pk)


def forget_old(*, batch: int = 5000) -> int:
    """Delete what was told, or tried, more than KEPT_FOR ago, oldest first; return how many rows.

    What still waits is kept, and of an order's callback only the log goes.
    """
    before = timezone.now() - KEPT_FOR
    old = WebhookEvent.objects.filter(created_at__lt=before)
    old = old.exclude(deliveries__next_attempt_at__isnull=False).order_by("pk")
    forgotten, _rows = WebhookEvent.objects.filter(
        pk__in=list(old.values_list("pk", flat=True)[:batch])
    ).delete()
    tried = DeliveryAttempt.objects.filter(at__lt=before, delivery=None).order_by("pk")
    attempts, _rows = DeliveryAttempt.objects.filter(
        pk__in=list(tried.values_list("pk", flat=True)[:batch])
    ).delete()
    return forgotten + attempts
