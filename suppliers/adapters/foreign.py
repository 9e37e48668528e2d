"""Suppliers that are paid in another currency: one rate, set by staff, makes CNY of it."""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from suppliers.adapters.base import Adapter, Setting
from suppliers.adapters.calling import Unclear
from suppliers.adapters.values import amount_of

TEN_THOUSANDTH = Decimal("0.0001")

CNY_RATE = Setting(
    "cny_rate",
    _("CNY for one unit of the account's currency"),
    _("What a unit costs you: costs and balance are shown in CNY by it."),
    is_required=True,
    pattern=r"\d{1,6}(\.\d{1,6})?",
)


def in_cny(adapter: Adapter, amount: Decimal) -> Decimal:
    """An amount of the account's currency in CNY; raises Unclear while there is no rate."""
    rate = amount_of(adapter.option(CNY_RATE.name))
    if not rate:
        raise Unclear("no_cny_rate", "the CNY rate of the account's currency isn't set")
    return (amount * rate).quantize(TEN_THOUSANDTH)
