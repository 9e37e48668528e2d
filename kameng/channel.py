"""The wholesale storefront and its sandbox, as orders see them (settings.ORDER_CHANNELS)."""

from __future__ import annotations

from collections.abc import Sequence

from catalog.models import SKU
from kameng.errors import AgentSuspended, NotAnAgent, WalletOnly
from kameng.models import Sandbox
from kameng.price_rules import Pricing, pricing_for_order
from kameng.pricing import PriceQuote, resolve_price
from kameng.services.callbacks import make_callback_due
from kameng.services.commissions import accrue_commissions, take_back_commissions
from kameng.services.events import tell_order_finished, tell_order_refunded
from kameng.services.watching import watch_balance
from kameng.terms import Terms, UplineTerms
from ledger.models import Unit
from ledger.services import Line
from orders.channels import Channel, Earned, Quote, Reversal, Sale
from orders.models import Funding, Order, Refund
from users.models import User


class WholesaleChannel(Channel):
    """Agents buy at their own price, from their wallet; their uplines earn commissions."""

    code = "wholesale"

    def quote(
        self,
        *,
        buyer: User | None,
        sku: SKU,
        quantity: int,
        funding: Funding,
        points: int = 0,
        coupon: str = "",
    ) -> Quote:
        """The agent's price, in one statement. Raises NotAnAgent, AgentSuspended, WalletOnly."""
        pricing = _pricing(buyer, sku, funding)
        price = resolve_price(pricing.context)
        return Quote(
            unit_price=price.price,
            rule=price.own.rule.value,
            terms=_terms(pricing, price).as_json(),
            wallet_id=pricing.path[0].wallet_id,
            limits=pricing.limits,
            has_listeners=pricing.has_listeners,
        )

    def guarded_accounts(self, order: Order) -> Sequence[int]:
        """None: commissions go to open accounts, so an upline's wallet is never locked."""
        return ()

    def on_completed(self, order: Order, sale: Sale) -> Earned:
        return accrue_commissions(order=order, sale=sale)

    def on_paid(self, order: Order) -> None:
        """The wallet has less now: the agent may want to know."""
        watch_balance(agent_id=order.terms["agent"])

    def on_finished(self, order: Order) -> None:
        """Tell the program that placed it, if it asked for that, and the agent's endpoints."""
        _tell_finished(order)

    def on_returned(self, order: Order, refund: Refund) -> None:
        tell_order_refunded(order, refund)

    def on_refunded(self, order: Order, reversal: Reversal) -> Sequence[Line]:
        return take_back_commissions(order=order, reversal=reversal)


class SandboxChannel(Channel):
    """Agents try the API out: their own prices, play money, sandbox suppliers, no commissions."""

    code = "sandbox"
    unit = Unit.PLAY
    is_sandbox = True

    def quote(
        self,
        *,
        buyer: User | None,
        sku: SKU,
        quantity: int,
        funding: Funding,
        points: int = 0,
        coupon: str = "",
    ) -> Quote:
        """The agent's real price, to be paid in play money. Raises as the real shop does."""
        pricing = _pricing(buyer, sku, funding)
        agent = pricing.path[0]
        price = resolve_price(pricing.context)
        wallet_id = Sandbox.objects.values_list("wallet_id", flat=True).get(agent=agent.agent_id)
        terms = Terms(
            agent_id=agent.agent_id,
            tier=agent.tier_code,
            uplines=(),
            policy=None,
            list_price=price.list_price,
            rate=price.rate,
        )
        return Quote(
            unit_price=price.price,
            rule=price.own.rule.value,
            terms=terms.as_json(),
            wallet_id=wallet_id,
            limits=pricing.limits,
        )

    def guarded_accounts(self, order: Order) -> Sequence[int]:
        return ()

    def on_completed(self, order: Order, sale: Sale) -> Earned:
        return Earned()

    def on_paid(self, order: Order) -> None:
        """Nobody watches the balance of play money."""

    def on_finished(self, order: Order) -> None:
        _tell_finished(order)

    def on_returned(self, order: Order, refund: Refund) -> None:
        tell_order_refunded(order, refund)

    def on_refunded(self, order: Order, reversal: Reversal) -> Sequence[Line]:
        return ()


def _tell_finished(order: Order) -> None:
    if order.callback_url:
        make_callback_due(order)
    if order.has_listeners is not False:
        tell_order_finished(order)


def _pricing(buyer: User | None, sku: SKU, funding: Funding) -> Pricing:
    """What decides the price, for an agent who may buy; raises what `quote` says."""
    pricing = pricing_for_order(user_id=buyer.pk, sku_id=sku.pk) if buyer else None
    if pricing is None:
        raise NotAnAgent
    if not pricing.path[0].is_active:
        raise AgentSuspended
    if funding != Funding.WALLET:
        raise WalletOnly
    return pricing


def _terms(pricing: Pricing, price: PriceQuote) -> Terms:
    agent, *uplines = pricing.path
    depth = pricing.policy.depth if pricing.policy else 0
    return Terms(
        agent_id=agent.agent_id,
        tier=agent.tier_code,
        uplines=tuple(
            UplineTerms(upline.agent_id, own.price, upline.payable_id)
            for upline, own in zip(uplines[:depth], price.uplines, strict=False)
        ),
        policy=pricing.policy,
        list_price=price.list_price,
        rate=price.rate,
    )
