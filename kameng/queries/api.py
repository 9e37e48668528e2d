"""What the open API reads for an agent: a constant number of statements, whatever the rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import QuerySet

from catalog.models import SKU, AccountField, Category, DeliveryKind
from catalog.queries import search_skus, stock_of
from kameng.limits import limits_of
from kameng.models import Agent
from kameng.price_rules import price_list
from kameng.queries.orders import orders_of
from ledger.models import Account, Unit
from orders.limits import Limits, Spent, spent
from orders.models import Channel, Order


@dataclass(frozen=True, slots=True)
class AccountState:
    """An agent as its own program sees it (amounts in `currency`)."""

    username: str
    tier: str
    status: str
    balance: Decimal
    currency: str
    credit_line: Decimal
    limits: Limits
    spent: Spent


@dataclass(frozen=True, slots=True)
class PricedSKU:
    """A SKU on sale with one agent's price (CNY). `stock` is None for what isn't kept in stock."""

    sku: SKU
    price: Decimal
    stock: int | None

    @property
    def name(self) -> str:
        return f"{self.sku.product.label} {self.sku.label}"

    @property
    def account_fields(self) -> list[AccountField]:
        return list(self.sku.product.account_fields.all())


def account_state(agent: Agent, channel: Channel) -> AccountState:
    wallet = Account.objects.only("balance", "floor", "unit").get(pk=wallet_of(agent, channel))
    assert wallet.balance is not None, "a wallet is guarded"
    return AccountState(
        username=agent.user.username,
        tier=agent.tier.code,
        status=agent.status,
        balance=wallet.balance,
        currency=Unit(wallet.unit).value,
        credit_line=-wallet.floor,
        limits=limits_of(agent),
        spent=spent(channel=channel, buyer_key=f"u{agent.user_id}"),
    )


def wallet_of(agent: Agent, channel: Channel) -> int:
    """The ledger account that an agent pays from in a channel."""
    return agent.sandbox.wallet_id if channel == Channel.SANDBOX else agent.wallet_id


def skus_for_api(
    *, kind: str = "", category: Category | None = None, search: str = ""
) -> QuerySet[SKU]:
    """SKUs on sale in the order in which they were made: a page never shifts under a reader."""
    found = search_skus(search)
    if kind:
        found = found.filter(kind=DeliveryKind(kind))
    if category is not None:
        found = found.filter(
            product__category__tree_id=category.tree_id,
            product__category__lft__gte=category.lft,
            product__category__rght__lte=category.rght,
        )
    return found.order_by("pk").prefetch_related("product__account_fields")


def priced(agent: Agent, skus: Sequence[SKU]) -> list[PricedSKU]:
    """These SKUs with the agent's price and the stock: two statements."""
    quotes = price_list(agent, [sku.pk for sku in skus])
    stock = stock_of([sku.pk for sku in skus if sku.kind == DeliveryKind.CARD])
    return [
        PricedSKU(
            sku=sku,
            price=quotes[sku.pk].price,
            stock=stock[sku.pk] if sku.kind == DeliveryKind.CARD else None,
        )
        for sku in skus
    ]


def orders_for_api(agent: Agent, channel: Channel) -> QuerySet[Order]:
    """The agent's orders, newest first, with what an answer shows of each."""
    return orders_of(agent.user, channel).select_related("sku").prefetch_related("events")


def order_of_reference(agent: Agent, client_ref: str, *, channel: Channel) -> QuerySet[Order]:
    """The agent's order with this client reference, if there is one: by the unique index."""
    own = orders_for_api(agent, channel)
    return own.filter(buyer_key=f"u{agent.user_id}", client_ref=client_ref)
