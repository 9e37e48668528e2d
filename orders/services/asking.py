"""Having a supplier asked now: because it called, or because a person wants to know."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone

from orders.models import Fulfilment, FulfilmentEvent, FulfilmentStatus
from orders.services.hinting import hint_work
from users import audit
from users.models import User


@transaction.atomic
def ask_soon(*, fulfilment: Fulfilment) -> None:
    """Make a query due at once, also about a decided attempt: a late success is found that way.

    What was never sent isn't asked about. Safe to repeat: it is due once. Locks the fulfilment.
    """
    Fulfilment.objects.filter(pk=fulfilment.pk).exclude(status=FulfilmentStatus.QUEUED).update(
        due_at=timezone.now()
    )
    hint_work(fulfilment.supplier_id, fulfilment.supplier.code)


@transaction.atomic
def note_callback(*, fulfilment: Fulfilment, exchanges: Sequence[dict[str, Any]]) -> None:
    """A supplier called and its word alone doesn't count: keep the call, and ask."""
    FulfilmentEvent.objects.create(
        fulfilment=fulfilment, source="callback", outcome="hint", exchanges=list(exchanges)
    )
    ask_soon(fulfilment=fulfilment)


@transaction.atomic
def ask_again(*, fulfilment: Fulfilment, reason: str, actor: User) -> None:
    """Staff want the supplier asked once more: noted among the evidence, audited."""
    FulfilmentEvent.objects.create(
        fulfilment=fulfilment, source="staff", outcome="ask", message=reason[:300]
    )
    audit.record(
        actor=actor,
        action="ask_supplier_again",
        target=f"order:{fulfilment.order.order_no}",
        reason=reason,
        fulfilment=fulfilment.fulfilment_no,
    )
    ask_soon(fulfilment=fulfilment)
