"""More agents below those of the demo world, what they bought, and deposit handed down to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from catalog.models import SKU
from catalog.queries import stock_of
from kameng.models import Agent, Tier
from kameng.services.transfers import transfer_deposit
from kameng.services.tree import create_agent
from ledger import accounts
from ledger import services as ledger
from ledger.models import EntryKind
from ledger.services import Line
from orders.services import place_order
from users.models import User


@dataclass(frozen=True, slots=True)
class _Below:
    username: str
    phone: str
    name: str
    tier: str
    upline: str
    bought: tuple[int, ...]  # so many of the first card SKUs


_BELOW = (
    _Below("foshan", "13900000011", "佛山聚点科技", "level1", "zongdai", (3, 2)),
    _Below("longgang", "13900000012", "龙岗阿强数码", "level2", "yiji", (2, 4, 1)),
    _Below("baoan", "13900000013", "宝安云点卡铺", "level2", "yiji", (5,)),
    _Below("shunde", "13900000014", "顺德小罗充值", "level2", "foshan", (1, 1)),
    _Below("nanhai", "13900000015", "南海好运通讯", "level2", "foshan", ()),
)
PLENTY = 100
_DEPOSIT = Decimal(5_000)
_HANDED_ON = Decimal(500)


def load_downline(*, password_hash: str) -> None:
    """Load who is missing, with what they bought; who is there already stays as it is."""
    there = set(
        User.objects.filter(username__in=[one.username for one in _BELOW]).values_list(
            "username", flat=True
        )
    )
    if len(there) == len(_BELOW):
        return
    tiers = {tier.code: tier for tier in Tier.objects.all()}
    cards = list(SKU.objects.filter(kind="card", is_on_sale=True).order_by("pk"))
    stock = stock_of([sku.pk for sku in cards])
    goods = [sku for sku in cards if stock.get(sku.pk, 0) >= PLENTY][:3]
    for one in _BELOW:
        if one.username not in there:
            _load(one, tiers, goods, password_hash)


def _load(one: _Below, tiers: Mapping[str, Tier], goods: list[SKU], password_hash: str) -> None:
    user = User.objects.create(username=one.username, phone=one.phone, password=password_hash)
    upline = Agent.objects.get(user__username=one.upline)
    agent = create_agent(user=user, upline=upline, tier=tiers[one.tier], name=one.name)
    _pay_in(agent, _DEPOSIT)
    if one.upline == "foshan":
        transfer_deposit(
            sender=Agent.objects.get(pk=upline.pk),
            receiver=agent,
            amount=_HANDED_ON,
            client_ref=f"demo-{one.username}",
            note="首批备货",
        )
    for n, (sku, quantity) in enumerate(zip(goods, one.bought, strict=False)):
        place_order(
            channel="wholesale",
            buyer=user,
            sku=sku,
            quantity=quantity,
            client_ref=f"demo-{n}",
        )


def _pay_in(agent: Agent, amount: Decimal) -> None:
    ledger.post(
        reference=f"demo:deposit:{agent.user.username}",
        kind=EntryKind.DEPOSIT,
        lines=[Line(accounts.cash("bank"), -amount), Line(agent.wallet_id, amount)],
    )
