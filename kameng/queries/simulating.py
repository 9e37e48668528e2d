"""Who would earn what: a purchase that isn't made, by the same pure functions as a real one."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from catalog.models import SKU
from kameng.commissions import Path, Policy, Upline, shares
from kameng.models import Agent
from kameng.price_rules import pricing_for_order
from kameng.pricing import PriceQuote, explain, resolve_price
from orders.channels import Sale
from orders.money import total_of


@dataclass(frozen=True, slots=True)
class SimulatedUpline:
    """An upline of the path: what it pays for one itself, and what it would earn (CNY).

    `is_beyond`: the policy pays no one so far up. `cut` is what the margin took off.
    """

    agent: Agent
    generation: int
    own_price: Decimal
    price_below: Decimal
    rule: str
    level_difference: Decimal
    generation_share: Decimal
    amount: Decimal
    cut: Decimal
    is_beyond: bool


@dataclass(frozen=True, slots=True)
class Simulation:
    """CNY. `left` is what the platform keeps of the margin after the shares."""

    agent: Agent
    sku: SKU
    quantity: int
    quote: PriceQuote
    explanation: str
    unit_cost: Decimal
    sale: Sale
    policy: Policy | None
    uplines: tuple[SimulatedUpline, ...]

    @property
    def margin(self) -> Decimal:
        return self.sale.amount - self.sale.cost

    @property
    def paid_out(self) -> Decimal:
        return sum((one.amount for one in self.uplines), Decimal(0))

    @property
    def cut(self) -> Decimal:
        return sum((one.cut for one in self.uplines), Decimal(0))

    @property
    def left(self) -> Decimal:
        return self.margin - self.paid_out


def simulate(
    *, agent: Agent, sku: SKU, quantity: int, unit_cost: Decimal, policy: Policy | None
) -> Simulation:
    """What an order of today would pay under `policy`. Reads only."""
    pricing = pricing_for_order(user_id=agent.user_id, sku_id=sku.pk)
    assert pricing is not None, "the agent is one"
    quote = resolve_price(pricing.context)
    sale = Sale(quantity, total_of(quote.price, quantity), unit_cost * quantity)
    path = Path(quote.price, [Upline(own.agent_id, own.price) for own in quote.uplines])
    earned = {one.agent_id: one for one in shares(sale, path, policy)} if policy else {}
    agents = Agent.objects.select_related("tier").in_bulk([own.agent_id for own in quote.uplines])
    uplines = []
    lowest = quote.price
    for generation, own in enumerate(quote.uplines, start=1):
        share = earned.get(own.agent_id)
        wanted = share.level_difference + share.generation_share if share else Decimal(0)
        uplines.append(
            SimulatedUpline(
                agent=agents[own.agent_id],
                generation=generation,
                own_price=own.price,
                price_below=lowest,
                rule=own.rule.value,
                level_difference=share.level_difference if share else Decimal(0),
                generation_share=share.generation_share if share else Decimal(0),
                amount=share.amount if share else Decimal(0),
                cut=wanted - share.amount if share else Decimal(0),
                is_beyond=share is None,
            )
        )
        lowest = min(lowest, own.price)
    return Simulation(
        agent=agent,
        sku=sku,
        quantity=quantity,
        quote=quote,
        explanation=explain(quote, tier=agent.tier.label),
        unit_cost=unit_cost,
        sale=sale,
        policy=policy,
        uplines=tuple(uplines),
    )
