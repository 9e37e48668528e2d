"""What staff allow, and the fee: read here by everybody."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from kameng.models import FundsRules

FEN = Decimal("0.01")


def funds_rules() -> FundsRules:
    """The rules of now; the defaults as long as nobody has changed them."""
    return FundsRules.objects.filter(pk=1).first() or FundsRules(pk=1)


def fee_of(amount: Decimal, rules: FundsRules) -> Decimal:
    """What a withdrawal of this amount costs (CNY, whole fen), taken out of the amount.

    Fixed part plus percent, at least the lowest and at most the highest fee, and never more than
    the amount itself.
    """
    fee = rules.fee_fixed + amount * rules.fee_percent / 100
    fee = max(fee, rules.fee_min)
    if rules.fee_max is not None:
        fee = min(fee, rules.fee_max)
    return min(fee, amount).quantize(FEN, rounding=ROUND_HALF_UP)
