"""Telling an agent's program that its order has ended: due → sent → told, or tried again.

The row is the truth: a lost hint, a crash or a full worker costs time only. Each attempt belongs
to whoever moves `attempts` on, so that nobody sends the same one twice.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone, translation
from rest_framework.utils.encoders import JSONEncoder

from database.due import take_due
from kameng.api.serializers import OrderSerializer
from kameng.docking.callbacks import docked_body
from kameng.models import ApiKey, DockedOrder, OrderCallback
from kameng.services.api_keys import secret_of
from kameng.services.sending import (
    Sent,
    Signer,
    SignsAsTheyDo,
    nothing_sent,
    places,
    send,
    write_attempt,
)
from orders.models import Order
from outbound.hints import after_commit
from outbound.retrying import next_attempt_at

log = structlog.get_logger(__name__)

# Longer than an attempt can take: then it is taken for lost, and due again.
LEASE = timedelta(seconds=30)
BATCH = 200


def make_callback_due(order: Order) -> None:
    """The order has ended: send its callback after commit. Runs in the caller's transaction.

    Does nothing when the callback's row isn't there yet: an order that ends while it is being
    placed has it made due by `ask_for_callback`.
    """
    if OrderCallback.objects.filter(order=order, attempts=0).update(next_attempt_at=timezone.now()):
        _hint(OrderCallback.objects.only("pk", "attempts").get(order=order))


def ask_for_callback(*, order: Order, key: ApiKey) -> None:
    """Remember which key placed a new order: its callback is signed with it.

    Runs in the transaction that places the order.
    """
    is_over = order.is_final
    callback = OrderCallback.objects.create(
        order=order, key=key, next_attempt_at=timezone.now() if is_over else None
    )
    if is_over:
        _hint(callback)


def _hint(callback: OrderCallback) -> None:
    after_commit("kameng.tasks.send_callback", callback.pk, callback.attempts)


@transaction.atomic
def sweep_callbacks() -> int:
    """Hint at every callback that is due; return how many. Skips rows that others hold."""
    due = take_due(
        OrderCallback.objects.only("pk", "attempts"),
        by="next_attempt_at",
        again_in=LEASE,
        most=BATCH,
    )
    for callback in due:
        _hint(callback)
    return len(due)


def send_callback(*, callback_id: int, attempt: int) -> None:
    """Make one attempt, numbered from 0. Holds no transaction over the call.

    Safe to run twice or at once: of all who want to make the same attempt, one does.
    """
    if not places.acquire(blocking=False):
        return  # still due: the sweeper comes back to it
    try:
        mine = OrderCallback.objects.filter(
            pk=callback_id, attempts=attempt, next_attempt_at__isnull=False
        ).update(attempts=F("attempts") + 1, next_attempt_at=timezone.now() + LEASE)
        if mine:
            callback = OrderCallback.objects.select_related("order__sku", "key").get(pk=callback_id)
            sent = _send(callback)
            write_attempt(sent, number=callback.attempts, callback=callback)
            _note(callback, sent.status, sent.problem)
    finally:
        places.release()


def _send(callback: OrderCallback) -> Sent:
    key = _signing_key(callback)
    url = callback.order.callback_url
    if key is None:
        return nothing_sent(url, "no_key")
    secret = secret_of(key)
    docked = DockedOrder.objects.filter(order=callback.order).first()
    if docked is not None:
        body, shown = docked_body(docked)
        return send(url=url, body=body, signer=SignsAsTheyDo(key.key_id, secret), shown=shown)
    return send(url=url, body=callback_body(callback.order), signer=Signer(key.key_id, secret))


@transaction.atomic
def resend_callback(*, callback: OrderCallback) -> None:
    """Tell it once more, with a day of attempts of its own. Safe to press twice.

    Nothing happens while the order is under way.
    """
    now = timezone.now()
    resting = OrderCallback.objects.filter(pk=callback.pk, order__finished_at__isnull=False)
    if resting.update(resent_at=now, next_attempt_at=now, delivered_at=None):
        _hint(OrderCallback.objects.only("pk", "attempts").get(pk=callback.pk))


def callback_body(order: Order) -> bytes:
    """The order as `GET /api/v1/orders/{order_no}` shows it, in the site's first language."""
    with translation.override(settings.LANGUAGE_CODE):
        document = OrderSerializer(order).data
    return json.dumps(document, cls=JSONEncoder, ensure_ascii=False, separators=(",", ":")).encode()


def _signing_key(callback: OrderCallback) -> ApiKey | None:
    """The key that placed the order; once it has ended, the agent's newest one that is not."""
    if callback.key.is_usable:
        return callback.key
    usable = ApiKey.objects.usable().filter(agent=callback.key.agent_id)
    return usable.filter(is_sandbox=callback.key.is_sandbox).first()


def _note(callback: OrderCallback, status: int | None, problem: str) -> None:
    """A success always counts; a failure only for the attempt that is still the latest."""
    is_told = status is not None and 200 <= status < 300
    again_at = None if is_told else _next_attempt_at(callback)
    rows = OrderCallback.objects.filter(pk=callback.pk, delivered_at=None)
    if not is_told:
        rows = rows.filter(attempts=callback.attempts)
    rows.update(
        last_status=status,
        last_error=problem,
        delivered_at=timezone.now() if is_told else None,
        next_attempt_at=again_at,
    )
    log.info(
        "callback",
        order_no=callback.order.order_no,
        attempt=callback.attempts,
        answer=status,
        problem=problem,
        is_given_up=not is_told and again_at is None,
    )


def _next_attempt_at(callback: OrderCallback) -> datetime | None:
    """When to try again after this failure; None after a day of it."""
    finished_at = callback.order.finished_at
    assert finished_at is not None, f"{callback.order.order_no} has not ended"
    began = max(finished_at, callback.resent_at or finished_at)
    return next_attempt_at(callback.attempts, since=began)
