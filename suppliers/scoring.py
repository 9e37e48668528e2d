"""Scoring offers by what staff weigh: each factor is 0 to 1, the score their weighted mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from suppliers.routing import Candidate

ORDERED, SCORED = "ordered", "scored"
ONE, NOTHING = Decimal(1), Decimal(0)
# A supplier of which nothing is known yet is neither praised nor condemned.
UNKNOWN_SUCCESS = Decimal("0.9")
UNKNOWN_SPEED = Decimal("0.5")
# Money with the supplier for this many such orders is plenty.
COMFORTABLE_ORDERS = 20
_STEP = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class Rule:
    """How a SKU's offers are ranked; weights are relative to each other, and used when scored."""

    mode: str = ORDERED
    may_split: bool = True
    weight_priority: int = 0
    weight_cost: int = 0
    weight_success: int = 0
    weight_speed: int = 0
    weight_balance: int = 0


@dataclass(frozen=True, slots=True)
class Scored:
    """A score and what it is made of, each 0 to 1."""

    total: Decimal
    priority: Decimal
    cost: Decimal
    success: Decimal
    speed: Decimal
    balance: Decimal

    def as_data(self) -> dict[str, str]:
        return {
            "total": str(self.total),
            "priority": str(self.priority),
            "cost": str(self.cost),
            "success": str(self.success),
            "speed": str(self.speed),
            "balance": str(self.balance),
        }


def scores(offers: Sequence[Candidate], rule: Rule, quantity: int) -> dict[int, Scored]:
    """The score of each offer among these, by offer; nothing when the rule doesn't score."""
    if rule.mode != SCORED or not offers:
        return {}
    cheapest = min(offer.cost for offer in offers)
    first, last = min(o.priority for o in offers), max(o.priority for o in offers)
    known = [offer.p50_seconds for offer in offers if offer.p50_seconds]
    fastest = min(known) if known else 0.0
    found = {}
    for offer in offers:
        priority = _share(Decimal(last - offer.priority), Decimal(last - first), ONE)
        cost = _share(cheapest, offer.cost, ONE)
        success, speed, balance = _success(offer), _speed(offer, fastest), _balance(offer, quantity)
        weighted = (
            priority * rule.weight_priority
            + cost * rule.weight_cost
            + success * rule.weight_success
            + speed * rule.weight_speed
            + balance * rule.weight_balance
        )
        weights = (
            rule.weight_priority
            + rule.weight_cost
            + rule.weight_success
            + rule.weight_speed
            + rule.weight_balance
        )
        total = _share(weighted, Decimal(weights), NOTHING)
        found[offer.offer_id] = Scored(total, priority, cost, success, speed, balance)
    return found


def _success(offer: Candidate) -> Decimal:
    if offer.is_local:
        return ONE
    return UNKNOWN_SUCCESS if offer.success_rate is None else offer.success_rate


def _speed(offer: Candidate, fastest: float) -> Decimal:
    """Local stock is there at once; others against the fastest of them."""
    if offer.is_local:
        return ONE
    if not offer.p50_seconds:
        return UNKNOWN_SPEED
    return _share(Decimal(str(fastest)), Decimal(str(offer.p50_seconds)), ONE)


def _balance(offer: Candidate, quantity: int) -> Decimal:
    if offer.is_local or offer.balance is None:
        return ONE
    comfortable = offer.cost * quantity * COMFORTABLE_ORDERS
    return _share(max(offer.balance, NOTHING), comfortable, ONE)


def _share(part: Decimal, whole: Decimal, otherwise: Decimal) -> Decimal:
    return min(part / whole, ONE).quantize(_STEP) if whole else otherwise
