"""What the uplines of a sale earn. Pure arithmetic of dataclasses, CNY; no database.

kameng/services/commissions.py writes and settles what is computed here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from orders.channels import Sale
from orders.money import TEN_THOUSANDTH, round_down

MAX_GENERATIONS = 3  # 禁止传销条例; the database refuses more as well
NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Policy:
    """One version of the rules. `generation_rates[0]` is the direct upline's share.

    `override_id` is the version's exception for what was sold, when its shares are these.
    """

    policy_id: int
    level_difference_share: Decimal
    max_generations: int
    after_sale_hours: int
    generation_rates: tuple[Decimal, ...]
    override_id: int | None = None

    @property
    def depth(self) -> int:
        """How many uplines may earn."""
        return min(self.max_generations, MAX_GENERATIONS)


@dataclass(frozen=True, slots=True)
class Upline:
    """An upline and its own price for one of what was sold, at the time of the order."""

    agent_id: int
    own_price: Decimal


@dataclass(frozen=True, slots=True)
class Path:
    """What the buyer paid for one, and the uplines from the direct one up."""

    price_paid: Decimal
    uplines: Sequence[Upline]


@dataclass(frozen=True, slots=True)
class Share:
    """What one upline earns: `amount` is the two parts together, less what the margin cut."""

    agent_id: int
    generation: int
    level_difference: Decimal
    generation_share: Decimal
    amount: Decimal
    was_capped: bool = False


def shares(sale: Sale, path: Path, policy: Policy) -> tuple[Share, ...]:
    """The uplines' shares of one sale, the direct upline's first.

    Level difference: the gap between the lowest price paid below an upline on the path and its own
    price, for each unit delivered, times the policy's share of it. Generation share: the rate of
    the generation times the sale's amount. Each is rounded down to 0.0001. Together they never
    exceed the margin (amount − cost): what would is cut from the furthest upline inward, flagged.
    """
    earned: list[Share] = []
    lowest = path.price_paid
    for generation, upline in enumerate(path.uplines[: policy.depth], start=1):
        gap = max(lowest - upline.own_price, NOTHING)
        lowest = min(lowest, upline.own_price)
        difference = round_down(gap * sale.quantity * policy.level_difference_share)
        by_rate = round_down(sale.amount * _rate(policy, generation))
        earned.append(Share(upline.agent_id, generation, difference, by_rate, difference + by_rate))
    return _within(max(sale.amount - sale.cost, NOTHING), earned)


def _rate(policy: Policy, generation: int) -> Decimal:
    rates = policy.generation_rates
    return rates[generation - 1] if generation <= len(rates) else NOTHING


def _within(margin: Decimal, earned: Sequence[Share]) -> tuple[Share, ...]:
    left = margin
    kept: list[Share] = []
    for share in earned:
        amount = min(share.amount, round_down(left))
        left -= amount
        kept.append(replace(share, amount=amount, was_capped=amount < share.amount))
    return tuple(kept)


def taken_back(left: Decimal, *, refunded: Decimal, kept: Decimal) -> Decimal:
    """How much of a commission goes back when `refunded` of the `kept` amount is refunded.

    The refund's proportion of what is `left` of the commission, to the nearest 0.0001; refunding
    all that was kept takes back all that is left, to the last digit.
    """
    if refunded >= kept:
        return left
    return min(left, (left * refunded / kept).quantize(TEN_THOUSANDTH))
