"""What happens to an agent, written down for its endpoints in the transaction that makes it happen.

An event is the state as it was then; one delivery for each endpoint that listens. Nothing is
written for an agent that nobody listens for.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.utils import timezone, translation
from rest_framework.utils.encoders import JSONEncoder

from kameng.api.serializers import OrderSerializer, amount_text
from kameng.models import Delivery, Endpoint, EventKind, WebhookEvent
from orders.models import Channel, Order, Refund
from outbound.hints import after_commit

Content = Mapping[str, object]


def record_event(
    *,
    agent_id: int,
    kind: EventKind,
    stream: str,
    content: Callable[[], Content],
    order: Order | None = None,
    is_sandbox: bool = False,
) -> WebhookEvent | None:
    """Write an event and its deliveries, if anybody listens. Runs in the caller's transaction.

    `content` is made only then. Deliveries of one `stream` go out in the order of their events.
    """
    endpoints = list(
        Endpoint.objects.filter(
            agent=agent_id, deleted_at=None, is_sandbox=is_sandbox, events__contains=[kind.value]
        ).values_list("pk", flat=True)
    )
    if not endpoints:
        return None
    return _write(agent_id, kind, stream, content(), endpoints, order)


def record_test(endpoint: Endpoint) -> Delivery:
    """An event that only this endpoint is told, whatever it listens to."""
    content = {"message": "This is a test. Nothing has happened."}
    event = _write(
        endpoint.agent_id, EventKind.TEST, f"test:{timezone.now():%s%f}", content, [endpoint.pk]
    )
    return event.deliveries.get()


def _write(
    agent_id: int,
    kind: EventKind,
    stream: str,
    content: Content,
    endpoints: list[int],
    order: Order | None = None,
) -> WebhookEvent:
    event = WebhookEvent.objects.create(
        agent_id=agent_id, kind=kind, order=order, payload=dict(content)
    )
    now = timezone.now()
    deliveries = Delivery.objects.bulk_create(
        Delivery(
            event=event, endpoint_id=endpoint, stream=stream, started_at=now, next_attempt_at=now
        )
        for endpoint in endpoints
    )
    for delivery in deliveries:
        after_commit("kameng.tasks.deliver", delivery.pk)
    return event


def tell_order_finished(order: Order) -> None:
    """An order has ended, and what wasn't delivered was given back: one event each."""
    _tell_of(order, EventKind.ORDER_FINISHED, lambda: {"order": order_content(order)})
    if order.refunded:
        _tell_refund(order, order.refunded, "not_delivered")


def tell_order_refunded(order: Order, refund: Refund) -> None:
    """Part or all of a delivered order was given back."""
    _tell_refund(order, refund.amount, refund.reason)


def _tell_refund(order: Order, amount: Decimal, reason: str) -> None:
    _tell_of(
        order,
        EventKind.ORDER_REFUNDED,
        lambda: {
            "refund": {"amount": amount_text(amount), "reason": reason},
            "order": order_content(order),
        },
    )


def _tell_of(order: Order, kind: EventKind, content: Callable[[], Content]) -> None:
    record_event(
        agent_id=order.terms["agent"],
        kind=kind,
        stream=f"order:{order.order_no}",
        content=content,
        order=order,
        is_sandbox=order.channel == Channel.SANDBOX,
    )


def order_content(order: Order) -> dict[str, Any]:
    """The order as the API shows it, in the language of the place."""
    with translation.override(settings.LANGUAGE_CODE):
        told = OrderSerializer(order).data
    plain: dict[str, Any] = json.loads(json.dumps(told, cls=JSONEncoder))
    return plain


def event_body(event: WebhookEvent) -> bytes:
    """What an endpoint is sent: the same bytes at every attempt."""
    document = {
        "id": str(event),
        "event": event.kind,
        "created_at": event.created_at.isoformat(),
        "data": event.payload,
    }
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
