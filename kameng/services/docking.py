"""Placing an order for a docked shop: by our SKU's key, idempotent by its own number."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.db import transaction

from catalog.errors import UnknownSKU
from catalog.models import SKU
from kameng.api.inputs import OrderRequest
from kameng.models import ApiKey, DockedOrder
from kameng.queries.api import order_of_reference
from kameng.services.api_buying import place_api_order
from orders.errors import IdempotencyConflict
from orders.models import Order

_PREFIX = "dj:"
_PLAIN = re.compile(r"[A-Za-z0-9_.\-]{1,60}", re.ASCII)


@dataclass(frozen=True, slots=True)
class DockingRequest:
    """An order as the other shop sends it, checked. `signature` is that of its request."""

    sku_id: int
    quantity: int
    signature: str
    account: Mapping[str, object] = field(default_factory=dict)
    downstream_order_no: str = ""
    trace_id: str = ""
    callback_url: str = ""

    @property
    def client_ref(self) -> str:
        """Their number in our space of references; without one, the request itself.

        The signature covers the body and the second, so a request that is sent twice on its way is
        one order, and the protocol has no nonce that would stop it.
        """
        if not self.downstream_order_no:
            return f"{_PREFIX}:{self.signature[:48]}"
        if _PLAIN.fullmatch(self.downstream_order_no):
            return _PREFIX + self.downstream_order_no
        digest = hashlib.sha256(self.downstream_order_no.encode()).hexdigest()
        return f"{_PREFIX}:{digest[:48]}"


@transaction.atomic
def place_docked_order(*, key: ApiKey, asked: DockingRequest) -> Order:
    """Place it, or find what the same number placed before, whatever it asks for now.

    That is the protocol: a repeat gets the existing order. Raises what `place_api_order` raises.
    """
    code = SKU.objects.filter(pk=asked.sku_id).values_list("code", flat=True).first()
    if code is None:
        raise UnknownSKU(field="sku_id")
    try:
        placed = place_api_order(
            key=key,
            asked=OrderRequest(
                sku=code,
                quantity=asked.quantity,
                client_ref=asked.client_ref,
                account=asked.account,
                callback_url=asked.callback_url,
            ),
        )
    except IdempotencyConflict:
        found = order_of_reference(key.agent, asked.client_ref, channel=key.channel)
        return found.get()
    if placed.is_new:
        DockedOrder.objects.create(
            order=placed.order,
            downstream_order_no=asked.downstream_order_no,
            trace_id=asked.trace_id,
        )
    return placed.order
