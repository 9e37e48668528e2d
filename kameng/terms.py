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
    """`uplines` goes as far up as the policy pays; no policy in force, no commissions."""

    agent_id: int
    tier: str
    uplines: tuple[UplineTerms, ...]
    policy: Policy | None

    def as_json(self) -> dict[str, Any]:
        policy = self.policy
        return {
            "agent": self.agent_id,
            "tier": self.tier,
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
            ),
        )
