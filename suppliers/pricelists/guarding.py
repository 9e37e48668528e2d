"""Taking an offer out at once, and letting it back: cost above the price, gone, not for sale, or
other goods under the same number.

Looks at the supplier's own line of an offer, not at the cost that staff accepted: a cost that has
risen counts before anybody has read the proposal. So does routing, for each order's own price. Safe
to run again at any time: a stop and its alert begin once, and end when nothing of it is true any
more. A person's closing isn't touched.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import structlog
from django.db import transaction
from django.utils import timezone

from suppliers.alerts import services as alerts
from suppliers.models import AlertCause, Offer, OfferStop, StopCause, Supplier, SupplierGoods
from suppliers.pricelists.floors import Floor, lowest_prices
from suppliers.pricelists.knowing import changed_goods, remember
from suppliers.pricelists.matching import Reason

log = structlog.get_logger(__name__)

_ALERTS = {
    StopCause.COST: AlertCause.COST,
    StopCause.GONE: AlertCause.GONE,
    StopCause.CHANGED: AlertCause.CHANGED,
}


@dataclass(frozen=True, slots=True)
class Stop:
    """A cause that holds now, with its figures."""

    cause: StopCause
    facts: Mapping[str, str] = field(default_factory=dict)


def guard_all() -> int:
    """Look at the offers of every supplier that has a price list; return how many stops changed."""
    suppliers = Supplier.objects.watched().filter(goods__isnull=False).distinct()
    return sum(guard(supplier_id=supplier.pk) for supplier in suppliers)


@transaction.atomic
def guard(*, supplier_id: int) -> int:
    """Look at one supplier's offers; return how many stops began or ended.

    Locks the supplier (as all of its price list's writes do), then the stops.
    """
    supplier = Supplier.objects.select_for_update(no_key=True).get(pk=supplier_id)
    offers = list(
        Offer.objects.filter(supplier=supplier)
        .exclude(supplier_ref="")
        .select_related("sku__routing")
    )
    goods = {row.ref: row for row in SupplierGoods.objects.filter(supplier=supplier)}
    remember(offers, goods)
    changed = changed_goods(offers, goods)
    # What one agent's contract can't pay for is passed over for that agent's orders alone
    # (suppliers/routing.py): it must not take the offer away from everybody.
    floors = lowest_prices({offer.sku_id for offer in offers}, with_contracts=False)
    open_stops: dict[int, dict[str, OfferStop]] = {}
    for stop in OfferStop.objects.filter(offer__in=offers, ended_at=None):
        open_stops.setdefault(stop.offer_id, {})[stop.cause] = stop
    return sum(
        _apply(
            offer,
            _stops(offer, goods.get(offer.supplier_ref), floors, changed.get(offer.pk, [])),
            open_stops,
        )
        for offer in offers
    )


def _stops(
    offer: Offer,
    goods: SupplierGoods | None,
    floors: Mapping[int, Floor],
    changed: Sequence[Reason],
) -> Iterator[Stop]:
    if goods is None:  # entered by hand, and never on the list: nothing is known against it
        return
    facts = {"sku": offer.sku.code, "ref": goods.ref, "name": goods.name}
    if goods.gone_at is not None:
        yield Stop(StopCause.GONE, facts)
        return
    if changed:
        yield Stop(StopCause.CHANGED, facts | {"names": changed[0].figure})
    if not goods.is_available:
        yield Stop(StopCause.UNAVAILABLE, facts)
    floor = floors.get(offer.sku_id)
    cost = goods.cost_of(offer.sku)
    if floor is not None and cost > floor.price and not may_lose(offer):
        yield Stop(
            StopCause.COST,
            {
                "sku": offer.sku.code,
                "cost": str(cost),
                "price": str(floor.price),
                "who": floor.who,
                "who_name": floor.name,
            },
        )


def may_lose(offer: Offer) -> bool:
    """Staff allowed selling below cost, for the offer or for all of its SKU."""
    return offer.allows_loss or (hasattr(offer.sku, "routing") and offer.sku.routing.allows_loss)


def _apply(
    offer: Offer, stops: Iterator[Stop], open_stops: Mapping[int, Mapping[str, OfferStop]]
) -> int:
    kept = open_stops.get(offer.pk, {})
    now_true = {stop.cause: stop for stop in stops}
    changed = 0
    for cause, stop in now_true.items():
        if cause not in kept:
            OfferStop.objects.create(
                offer=offer, cause=cause, facts=dict(stop.facts), began_at=timezone.now()
            )
            log.warning("offer_stopped", offer=offer.pk, cause=cause)
            changed += 1
        elif kept[cause].facts != stop.facts:  # higher still, or another price: told as it is now
            OfferStop.objects.filter(pk=kept[cause].pk).update(facts=dict(stop.facts))
        if cause in _ALERTS and offer.is_open:
            alerts.begin(
                _ALERTS[cause], supplier=offer.supplier, offer=offer, facts=dict(stop.facts)
            )
    for cause_name, row in kept.items():
        if StopCause(cause_name) not in now_true:
            OfferStop.objects.filter(pk=row.pk).update(ended_at=timezone.now())
            changed += 1
    for stop_cause, alert_cause in _ALERTS.items():
        if stop_cause not in now_true or not offer.is_open:
            alerts.end(alert_cause, supplier=offer.supplier, offer=offer)
    return changed


def stopped_offers(offer_ids: Collection[int]) -> dict[int, list[OfferStop]]:
    """The open stops of these offers, for lists; one query."""
    found: dict[int, list[OfferStop]] = {}
    for stop in OfferStop.objects.filter(offer__in=offer_ids, ended_at=None).order_by("id"):
        found.setdefault(stop.offer_id, []).append(stop)
    return found
