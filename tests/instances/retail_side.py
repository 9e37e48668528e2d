"""Run inside the retail instance (`manage.py shell`): what its staff and its customers do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from catalog.models import SKU
from orders.services import place_order
from suppliers.models import HealthRule, Offer, Supplier
from suppliers.registry import adapter_of
from suppliers.services import set_secrets
from users.models import User

SUPPLIER = "wholesale-side"


def source_from(base_url: str, key_id: str, secret: str, codes: Sequence[str]) -> None:
    """Buy these SKUs from the other instance only, at its own price list's prices."""
    supplier = Supplier.objects.create(
        code=SUPPLIER,
        name="另一个实例",
        adapter="kameng",
        base_url=base_url,
        read_timeout_seconds=1,
        settling_seconds=20,  # longer than an order may wait at the gate
        breaker_after=0,
    )
    # A slow machine's time-outs must not pause it: an order that nobody may take is refused.
    HealthRule.objects.create(supplier=supplier, pauses_automatically=False)
    set_secrets(
        supplier=supplier,
        secrets={"key_id": key_id, "secret": secret},
        actor=None,
        reason="test",
    )
    check = adapter_of(supplier).check()
    assert check.balance is not None, check
    listed = {product.ref: product for product in adapter_of(supplier).products() or ()}
    for code in codes:
        sku = SKU.objects.get(code=code)
        Offer.objects.filter(sku=sku).update(is_open=False)
        Offer.objects.create(
            supplier=supplier,
            sku=sku,
            supplier_ref=code,
            cost=listed[code].cost,
            max_quantity=listed[code].max_quantity or 1,
        )


def buy(wanted: Sequence[tuple[str, str, int, Mapping[str, str]]]) -> None:
    """The demo member buys: (reference, SKU, quantity, account), paid from the wallet."""
    member = User.objects.get(username="xiaoming")
    for reference, code, quantity, account in wanted:
        place_order(
            channel="retail",
            buyer=member,
            sku=SKU.objects.get(code=code),
            quantity=quantity,
            client_ref=reference,
            account=account,
        )
