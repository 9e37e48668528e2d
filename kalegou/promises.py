"""What the shop promises, in one place: said before the purchase, and again while it runs."""

from __future__ import annotations

from django.utils.functional import Promise as LazyText
from django.utils.translation import gettext_lazy as _

from catalog.models import DeliveryKind, Speed
from kalegou.models import Promise
from kalegou.service_promises import FIRST_ANSWER_WITHIN

# Kind of delivery and speed → (in two words, in a sentence)
_DELIVERY: dict[tuple[str, str], tuple[str | LazyText, str | LazyText]] = {
    (DeliveryKind.CARD, Speed.FAST): (
        _("In seconds"),
        _("The codes appear on the order page within seconds of your payment."),
    ),
    (DeliveryKind.TOPUP, Speed.FAST): (
        _("1–10 minutes"),
        _("Usually there within 1 to 10 minutes; a little later at the turn of the month."),
    ),
    (DeliveryKind.TOPUP, Speed.SLOW): (
        _("Up to 72 hours"),
        _("Arrives within 72 hours, sometimes in parts, and costs less for it."),
    ),
}


# What each measured promise says, and the seconds that it means at most.
PROMISED: dict[Promise, tuple[str | LazyText, float]] = {
    Promise.CARDS: (_("within 10 seconds"), 10),
    Promise.FAST: (_("within 10 minutes"), 600),
    Promise.SLOW: (_("within 72 hours"), 72 * 3600),
    Promise.REFUND_WALLET: (_("within 5 seconds"), 5),
    Promise.REFUND_GATEWAY: (_("as fast as the payment service confirms, usually a minute"), 60),
    Promise.FIRST_ANSWER: (
        _("within 30 minutes, day and night"),
        FIRST_ANSWER_WITHIN.total_seconds(),
    ),
}


def delivery_time(kind: str, speed: str) -> str | LazyText:
    """How long delivery takes, in two words."""
    return _delivery(kind, speed)[0]


def delivery_promise(kind: str, speed: str) -> str | LazyText:
    """How long delivery takes, in a sentence."""
    return _delivery(kind, speed)[1]


def _delivery(kind: str, speed: str) -> tuple[str | LazyText, str | LazyText]:
    return _DELIVERY.get((kind, speed)) or _DELIVERY[DeliveryKind.CARD, Speed.FAST]
