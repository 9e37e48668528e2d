"""An amount that isn't in the grid: typed, checked against the offers, and priced. Pure."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from django.utils.translation import gettext as _

from catalog.models import SKU
from kalegou.availability import Choice
from orders.money import total_of
from ui.formats import money

_SIGNS = str.maketrans("", "", "¥￥元, ")


@dataclass(frozen=True, slots=True)
class Other:
    """What was typed for a SKU of any amount: `quantity` steps of its face value, or a `problem`.

    `closed` says why nothing of it can be had now.
    """

    choice: Choice
    typed: str
    quantity: int
    problem: str
    closed: str = ""

    @property
    def sku(self) -> SKU:
        return self.choice.sku

    @property
    def least(self) -> Decimal:
        return self.sku.face_value * self.choice.least

    @property
    def most(self) -> Decimal:
        return self.sku.face_value * self.choice.most

    @property
    def step(self) -> Decimal:
        return self.sku.face_value

    @property
    def range(self) -> str:
        """What may be typed, in words."""
        return _range(self.choice)

    @property
    def total(self) -> Decimal:
        """What it costs this buyer (CNY)."""
        return total_of(self.choice.price, self.quantity)


def read_other(choice: Choice, typed: str, *, closed: str, room: Decimal | None) -> Other:
    """`room` is what a limit leaves for one more order (CNY); None: no limit."""
    amount = _amount(typed)
    step = choice.sku.face_value
    quantity, problem = 0, ""
    if amount is None:
        problem = _("Enter an amount: %(range)s.") % {"range": _range(choice)}
    elif amount % step:
        below = max(int(amount // step), choice.least)
        problem = _("It goes in steps of %(step)s: %(below)s or %(above)s, say.") % {
            "step": money(step, 0),
            "below": money(step * below, 0),
            "above": money(step * min(below + 1, choice.most), 0),
        }
    elif not choice.least <= amount // step <= choice.most:
        problem = _("This amount can't be had: %(range)s.") % {"range": _range(choice)}
    else:
        quantity = int(amount // step)
        if room is not None and total_of(choice.price, quantity) > room:
            quantity = 0
            problem = _("Your limit leaves %(most)s for one order now.") % {"most": money(room)}
    return Other(choice, typed, quantity, problem, closed)


def _range(choice: Choice) -> str:
    step = choice.sku.face_value
    return _("%(least)s to %(most)s, in steps of %(step)s") % {
        "least": money(step * choice.least, 0),
        "most": money(step * choice.most, 0),
        "step": money(step, 0),
    }


def _amount(typed: str) -> Decimal | None:
    """`５５`, `¥55`, `55.00元` → 55; None for anything that is no positive amount."""
    text = unicodedata.normalize("NFKC", typed).translate(_SIGNS)
    try:
        amount = Decimal(text)
    except InvalidOperation:
        return None
    return amount if amount.is_finite() and 0 < amount < 1_000_000 else None
