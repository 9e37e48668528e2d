"""What a wholesale order remembers of its sale, for good: `Order.terms`, written and read here.

The numbers of the policy and the uplines' prices are kept whole, so that completing an order reads
nothing else, and neither a moved subtree nor a new policy rewrites history.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from kameng.commissions import Policy
from orders.models import Order


@dataclass(frozen=True, slots=True)
class UplineTerms:
    """An upline when the order was placed: its own price, and its commission account."""

    agent_id: int
    own_price: Decimal
    payable_id: int


@dataclass(frozen=True, slots=True)
class Terms:
    """`uplines` goes as far up as the policy pays; no policy in force, no commissions.

    `list_price` and `rate` (the discount or the markup) tell how the price came about; orders of
    before they were kept have none.
    """

    agent_id: int
    tier: str
    uplines: tuple[UplineTerms, ...]
    policy: Policy | None
    list_price: Decimal | None = None
    rate: Decimal | None = None

    def as_json(self) -> dict[str, Any]:
        policy = self.policy
        return {
            "agent": self.agent_id,
            "tier": self.tier,
            "list_price": None if self.list_price is None else str(self.list_price),
            "rate": None if self.rate is None else str(self.rate),
            "uplines": [
                {"agent": u.agent_id, "price": str(u.own_price), "payable": u.payable_id}
                for u in self.uplines
            ],
            "policy": policy
            and {
                "id": policy.policy_id,
                "level_difference_share": str(policy.level_difference_share),
                "max_generations": policy.max_generations,
                "after_sale_hours": policy.after_sale_hours,
                "generation_rates": [str(rate) for rate in policy.generation_rates],
                "override": policy.override_id,
            },
        }

    @classmethod
    def of(cls, order: Order) -> Terms:
        kept = order.terms
        policy = kept["policy"]
        return cls(
            agent_id=kept["agent"],
            tier=kept["tier"],
            uplines=tuple(
                UplineTerms(u["agent"], Decimal(u["price"]), u["payable"]) for u in kept["uplines"]
            ),
            policy=policy
            and Policy(
                policy_id=policy["id"],
                level_difference_share=Decimal(policy["level_difference_share"]),
                max_generations=policy["max_generations"],
                after_sale_hours=policy["after_sale_hours"],
                generation_rates=tuple(Decimal(rate) for rate in policy["generation_rates"]),
                override_id=policy.get("override"),
            ),
            list_price=_decimal(kept.get("list_price")),
            rate=_decimal(kept.get("rate")),
        )


def _decimal(kept: str | None) -> Decimal | None:
    return None if kept is None else Decimal(kept)
