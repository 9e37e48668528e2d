"""Why routing chose an offer or passed it over, as sentences for staff (suppliers/routing.py)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.models import Carrier
from suppliers.models import StopCause
from ui.formats import full_moment, money

_SENTENCES: Mapping[str, str | Promise] = {
    "chosen": gettext_lazy("Chosen for %(quantity)s."),
    "failed_before": gettext_lazy("Has failed this order before."),
    "offer_closed": gettext_lazy("The offer is closed."),
    "supplier_closed": gettext_lazy("The supplier is closed."),
    "paused": gettext_lazy("The supplier was paused by itself."),
    "stopped": gettext_lazy("The offer was taken out: %(cause)s."),
    "maintenance": gettext_lazy("In maintenance until %(until)s."),
    "carrier": gettext_lazy("Not for numbers of %(carrier)s."),
    "province": gettext_lazy("Not for numbers of %(province)s."),
    "below_cost": gettext_lazy("Costs more than the price of %(price)s."),
    "quantity_too_small": gettext_lazy("Takes %(least)s or more at once."),
    "quantity_too_large": gettext_lazy("Takes %(most)s at once at most."),
    "balance_low": gettext_lazy("Our balance there was too low: %(balance)s."),
    "stock_short": gettext_lazy("Only %(stock)s in stock."),
    "others_first": gettext_lazy("Others stood before it and took all."),
    "does_not_add_up": gettext_lazy("Its limits and the others' don't add up to the quantity."),
}
_PARTS: tuple[tuple[str, str | Promise], ...] = (
    ("priority", gettext_lazy("priority")),
    ("cost", gettext_lazy("cost")),
    ("success", gettext_lazy("success")),
    ("speed", gettext_lazy("speed")),
    ("balance", gettext_lazy("balance")),
)


def sentence(verdict: Mapping[str, Any]) -> str:
    """One stored verdict in the reader's language; a code of another version as it is."""
    text = _SENTENCES.get(verdict["reason"])
    if text is None:
        return str(verdict["reason"])
    return str(text) % _shown(verdict)


def score_text(verdict: Mapping[str, Any]) -> str:
    """The score and what it is made of, or nothing when the rule doesn't score."""
    score = verdict.get("score")
    if not score:
        return ""
    parts = ", ".join(f"{name} {score[key]}" for key, name in _PARTS if key in score)
    return _("Score %(total)s (%(parts)s)") % {"total": score["total"], "parts": parts}


def _shown(verdict: Mapping[str, Any]) -> dict[str, str]:
    shown = {name: str(value) for name, value in verdict.get("details", {}).items()}
    shown["quantity"] = str(verdict.get("quantity", ""))
    if "until" in shown:
        shown["until"] = full_moment(datetime.fromisoformat(shown["until"]))
    if "carrier" in shown:
        shown["carrier"] = str(dict(Carrier.choices).get(shown["carrier"], shown["carrier"]))
    if "cause" in shown:
        shown["cause"] = str(dict(StopCause.choices).get(shown["cause"], shown["cause"]))
    for name in ("price", "balance"):
        if name in shown:
            shown[name] = money(shown[name])
    return shown
