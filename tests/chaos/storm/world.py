"""What a storm needs beside the demo world; runs in a process of the product under test."""

from __future__ import annotations

from catalog.models import SKU
from kameng.demo import demo_keys
from kameng.models import Agent
from suppliers.models import HealthRule, Offer, Supplier
from suppliers.sandbox.accounts import ACCOUNTS
from tests import world
from tests.chaos.storm.plan import CARD, PORTIONS, TOPUPS

CARDS_IN_STOCK = 60
_PHONE_REFS = {"kameng": "mobile-{:.0f}", "dujiao": "{:.0f}"}


def prepare(*, settling_seconds: int, manual_after_seconds: int) -> None:
    """Goods of every kind and protocol, money for everybody, and no automatic pauses.

    In a storm every supplier looks bad; a paused one would get no orders, and be tried no more.
    `settling_seconds` is longer than a supplier may take to see an order that reached its door: on
    a machine that the storm keeps busy, many seconds. `manual_after_seconds` is for the suppliers
    that can't say “no such order”.
    """
    remote = Supplier.objects.exclude(adapter="stock").filter(is_sandbox=False)
    suppliers = {supplier.code: supplier for supplier in remote}
    for supplier in suppliers.values():
        rule = {"pauses_automatically": False}
        HealthRule.objects.update_or_create(supplier=supplier, defaults=rule)
    # These never say that there is no such order: what didn't reach them waits for a person.
    remote.update(manual_after_seconds=120, settling_seconds=settling_seconds)
    remote.filter(adapter__in=("juhe", "dujiao")).update(manual_after_seconds=manual_after_seconds)
    for code, first in TOPUPS.items():
        sku = SKU.objects.get(code=code)
        if first in _PHONE_REFS:  # the demo world's storefronts don't buy there
            world.make_offer(
                sku,
                suppliers[first],
                cost=str(sku.face_value * ACCOUNTS[first].phone_rate),
                supplier_ref=_PHONE_REFS[first].format(sku.face_value),
                allows_loss=True,  # dearer than the best tiers pay
                loss_reason="a storm",
            )
        offer = Offer.objects.get(sku=sku, supplier__code=first)
        Offer.objects.filter(pk=offer.pk).update(priority=1, is_open=True)
    card = world.make_sku(list_price="130", code=CARD)
    world.stock_cards(card, CARDS_IN_STOCK, tag="STORM")
    for priority, code in enumerate(("fulu-a", "fulu-b"), start=10):
        world.make_offer(
            card,
            suppliers[code],
            cost="98.20",
            supplier_ref="20000003",
            priority=priority,
            max_quantity=3,
        )
    portions = world.make_sku(list_price="13", code=PORTIONS)
    world.make_offer(portions, suppliers["fulu-b"], cost="9", supplier_ref="20000009")
    for agent in Agent.objects.filter(user__username__in=demo_keys()):
        world.pay_in(agent.wallet_id, "1000000")
