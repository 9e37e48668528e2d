"""Why goods can't be had right now, until when, and whether waiting helps. Reads only.

`kalegou.availability` says whether; this says why, and is asked only for what can't be had.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from kalegou.availability import Choice, is_for
from suppliers.maintenance import Window, closed_until
from suppliers.models import MaintenanceWindow, Offer, OfferStop, SupplierPause
from ui.formats import moment


class Why(enum.IntEnum):
    """The higher one is told when the offers of a SKU have different reasons."""

    CLOSED = 0  # nobody offers it, or only at a loss
    PLACE = 1  # not for numbers of this carrier or province
    TROUBLE = 2  # its supplier has trouble, and is tried again by itself
    MAINTENANCE = 3  # planned, with an end
    SOLD_OUT = 4
    LIMIT = 5  # the buyer's own


@dataclass(frozen=True, slots=True)
class Closure:
    why: Why
    until: datetime | None = None
    note: str = ""  # a sentence that is known already

    @property
    def short(self) -> str:
        """In two words, in the place of a price."""
        match self.why:
            case Why.MAINTENANCE if self.until:
                return _("back at %(time)s") % {"time": moment(self.until)}
            case Why.SOLD_OUT:
                return _("Sold out")
            case Why.PLACE:
                return _("Not for this number")
            case Why.LIMIT:
                return _("Above your limit")
            case Why.TROUBLE:
                return _("Interrupted")
        return _("Maintenance")

    @property
    def text(self) -> str:
        """Why and until when, in a sentence."""
        if self.note:
            return self.note
        match self.why:
            case Why.MAINTENANCE if self.until:
                return _("Planned maintenance until %(time)s; after that it is on sale again.") % {
                    "time": moment(self.until)
                }
            case Why.SOLD_OUT:
                return _("Sold out; we are buying more.")
            case Why.PLACE:
                return _("Nobody delivers this to numbers of this carrier and province.")
            case Why.TROUBLE:
                return _(
                    "Deliveries were failing, so we stopped taking orders before anybody pays for"
                    " nothing. We try again by ourselves every few minutes."
                )
        return _("Nobody delivers it at the moment, and we don't know yet when that changes.")


def closures(
    found: Iterable[Choice], *, carrier: str = "", province: str = ""
) -> Mapping[int, Closure]:
    """By SKU, for those that can't be had; two queries, none when everything can."""
    closed = {choice.sku.pk: choice for choice in found if not choice.is_available}
    if not closed:
        return {}
    return {
        pk: _closure(closed[pk], offers, carrier=carrier, province=province)
        for pk, offers in _offers(list(closed)).items()
    }


@dataclass(frozen=True, slots=True)
class _Offer:
    is_open: bool
    cost: Decimal
    allows_loss: bool
    carriers: Sequence[str]
    provinces: Sequence[str]
    is_in_trouble: bool
    until: datetime | None


def _offers(sku_ids: Sequence[int]) -> dict[int, list[_Offer]]:
    pauses = SupplierPause.objects.filter(
        supplier=OuterRef("supplier"), ended_at=None, trial_slots=0
    )
    rows = list(
        Offer.objects.filter(sku__in=sku_ids, supplier__is_sandbox=False)
        .annotate(
            is_paused=Exists(pauses),
            is_stopped=Exists(OfferStop.objects.filter(offer=OuterRef("pk"), ended_at=None)),
        )
        .select_related("supplier", "sku__routing")
    )
    windows = list(
        MaintenanceWindow.objects.filter(
            Q(offer__in=[row.pk for row in rows])
            | Q(supplier__in={row.supplier_id for row in rows})
        )
    )
    now = timezone.now()
    found: dict[int, list[_Offer]] = {pk: [] for pk in sku_ids}
    for row in rows:
        mine = (
            Window(one.starts_at, one.ends_at, one.daily_from, one.daily_until)
            for one in windows
            if one.offer_id == row.pk or one.supplier_id == row.supplier_id
        )
        rule = getattr(row.sku, "routing", None)
        found[row.sku_id].append(
            _Offer(
                is_open=row.is_open and row.supplier.is_open,
                cost=row.cost,
                allows_loss=row.allows_loss or bool(rule and rule.allows_loss),
                carriers=row.carriers,
                provinces=row.provinces,
                is_in_trouble=row.is_paused or row.is_stopped,
                until=closed_until(mine, now),
            )
        )
    return found


def _closure(choice: Choice, offers: Iterable[_Offer], *, carrier: str, province: str) -> Closure:
    if choice.is_sold_out:
        return Closure(Why.SOLD_OUT)
    reasons = [_reason(offer, choice.price, carrier=carrier, province=province) for offer in offers]
    if not reasons:
        return Closure(Why.CLOSED)
    best = max(reason.why for reason in reasons)
    same = [reason for reason in reasons if reason.why == best]
    # The first supplier to be back is enough.
    return min(same, key=lambda reason: reason.until or timezone.now())


def _reason(offer: _Offer, price: Decimal, *, carrier: str, province: str) -> Closure:
    """Why this one can't: the lasting reasons first, since the end of another one won't help."""
    if not offer.is_open or (offer.cost > price and not offer.allows_loss):
        return Closure(Why.CLOSED)
    if not (is_for(offer.carriers, carrier) and is_for(offer.provinces, province)):
        return Closure(Why.PLACE)
    if offer.is_in_trouble:
        return Closure(Why.TROUBLE)
    if offer.until:
        return Closure(Why.MAINTENANCE, offer.until)
    return Closure(Why.TROUBLE)  # on trial, say: the next look tells
