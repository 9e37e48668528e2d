"""What a SKU costs an agent, and which rule says so. Pure; kameng/price_rules.py loads.

The first rule that exists wins (domain.md, Wholesale): the agent's contract price → the direct
upline's markup on the upline's own price → the tier's price → the tier's discount in the nearest
category → the list price. An upline's own price comes from the same rules, up the path.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from orders.money import FEN, to_fen


class PriceRule(enum.StrEnum):
    CONTRACT = "contract"
    MARKUP = "upline_markup"
    TIER_PRICE = "tier_price"
    TIER_DISCOUNT = "tier_discount"
    LIST = "list_price"


@dataclass(frozen=True, slots=True)
class AgentRules:
    """The price rules for one agent and one SKU; None where there is none.

    `markup_rate` is what the direct upline adds to its own price for this agent.
    """

    agent_id: int
    contract_price: Decimal | None = None
    markup_rate: Decimal | None = None
    tier_price: Decimal | None = None
    discount_rate: Decimal | None = None


@dataclass(frozen=True, slots=True)
class PriceContext:
    """Everything that decides a price: `path` is the agent, its upline, … up to the root."""

    list_price: Decimal
    path: Sequence[AgentRules]


@dataclass(frozen=True, slots=True)
class OwnPrice:
    """What one agent of the path pays for one (CNY, whole fen, at least 0.01), and why."""

    agent_id: int
    price: Decimal
    rule: PriceRule


@dataclass(frozen=True, slots=True)
class PriceQuote:
    """The agent's price first, then its uplines' own prices in the order of the path.

    `rate` is the markup or the discount that gave the price, when one of them did.
    """

    list_price: Decimal
    own: OwnPrice
    uplines: tuple[OwnPrice, ...]
    rate: Decimal | None = None

    @property
    def price(self) -> Decimal:
        return self.own.price

    @property
    def saved(self) -> Decimal:
        """What is saved against the list price; never negative."""
        return max(self.list_price - self.own.price, Decimal(0))


def resolve_price(context: PriceContext) -> PriceQuote:
    """The price for the first agent of the path, with its uplines' own prices."""
    own_prices: list[OwnPrice] = []
    upline: OwnPrice | None = None
    for rules in reversed(context.path):
        upline = _own_price(rules, context.list_price, upline)
        own_prices.append(upline)
    own_prices.reverse()
    return PriceQuote(
        list_price=to_fen(context.list_price),
        own=own_prices[0],
        uplines=tuple(own_prices[1:]),
        rate=_rate(own_prices[0].rule, context.path[0]),
    )


def _own_price(rules: AgentRules, list_price: Decimal, upline: OwnPrice | None) -> OwnPrice:
    if rules.contract_price is not None:
        price, rule = rules.contract_price, PriceRule.CONTRACT
    elif rules.markup_rate is not None and upline is not None:
        # A markup is never negative, so the upline's own price is the floor of what it asks.
        price, rule = upline.price * (1 + max(rules.markup_rate, Decimal(0))), PriceRule.MARKUP
    elif rules.tier_price is not None:
        price, rule = rules.tier_price, PriceRule.TIER_PRICE
    elif rules.discount_rate is not None:
        price, rule = list_price * rules.discount_rate, PriceRule.TIER_DISCOUNT
    else:
        price, rule = list_price, PriceRule.LIST
    return OwnPrice(rules.agent_id, max(to_fen(price), FEN), rule)


def _rate(rule: PriceRule, rules: AgentRules) -> Decimal | None:
    if rule == PriceRule.MARKUP:
        return rules.markup_rate
    return rules.discount_rate if rule == PriceRule.TIER_DISCOUNT else None


def explain(quote: PriceQuote, *, tier: str = "") -> str:
    """The sentence that tells a person where the price comes from."""
    return explain_rule(quote.own.rule, tier=tier, rate=quote.rate)


def explain_rule(rule: PriceRule, *, tier: str = "", rate: Decimal | None = None) -> str:
    """What each rule is in plain words. A markup's rate would tell what the upline pays."""
    match rule:
        case PriceRule.CONTRACT:
            return _("Your contract price.")
        case PriceRule.MARKUP:
            return _("Set by your upline for its agents.")
        case PriceRule.TIER_PRICE:
            return _("The price of your tier, %(tier)s.") % {"tier": tier}
        case PriceRule.TIER_DISCOUNT:
            percent = (rate or Decimal(1)) * 100
            return _("Your tier, %(tier)s, pays %(percent)s%% of the list price here.") % {
                "tier": tier,
                "percent": f"{percent.normalize():f}",
            }
        case PriceRule.LIST:
            return _("The list price: your tier has no price of its own for this yet.")
