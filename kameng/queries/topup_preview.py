"""What a list of numbers would become: which SKU each, at what price, and what to mind."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models.fields.json import KT
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from catalog.models import AccountFieldKind, Carrier, DeliveryKind, Speed
from catalog.phone_numbers import PhoneInfo, recognise
from catalog.queries import sellable_skus
from kameng.models import Agent
from kameng.queries.goods import Ware, wares
from kameng.queries.orders import orders_of
from kameng.topup_lists import BadLine, Entry, TopupList
from orders.models import OrderStatus

RECENTLY = timedelta(hours=24)
# The carrier, the amount and the speed say which SKU it is.
Key = tuple[str, Decimal, str]


@dataclass(frozen=True, slots=True)
class Recent:
    """An order of the last day for the same number."""

    order_no: str
    at: datetime
    total: Decimal


@dataclass(frozen=True, slots=True)
class Item:
    """One line that can be ordered."""

    line: int
    number: str
    note: str
    info: PhoneInfo | None
    carrier: Carrier
    ware: Ware
    repeat_of: int | None
    recent: Recent | None


@dataclass(slots=True)
class Group:
    """The lines of one SKU."""

    ware: Ware
    count: int = 0

    @property
    def total(self) -> Decimal:
        return self.ware.price * self.count


@dataclass(slots=True)
class Preview:
    """`kept` is what would be ordered; `bad` is left out, with the reasons."""

    kept: list[Item] = field(default_factory=list)
    dropped: list[Item] = field(default_factory=list)
    bad: list[BadLine] = field(default_factory=list)

    @property
    def groups(self) -> list[Group]:
        groups: dict[int, Group] = {}
        for item in self.kept:
            groups.setdefault(item.ware.sku.pk, Group(item.ware)).count += 1
        return sorted(groups.values(), key=lambda one: -one.total)

    @property
    def total(self) -> Decimal:
        return sum((item.ware.price for item in self.kept), Decimal(0))

    @property
    def repeats(self) -> list[Item]:
        return [one for one in self._all() if one.repeat_of is not None]

    @property
    def recents(self) -> list[Item]:
        return [one for one in self._all() if one.recent is not None]

    @property
    def virtual_count(self) -> int:
        return sum(one.info is not None and one.info.is_virtual for one in self.kept)

    def _all(self) -> list[Item]:
        return sorted([*self.kept, *self.dropped], key=lambda one: one.line)

    @property
    def digest(self) -> str:
        """What a person has seen: another list, SKU or price gives another one."""
        seen = "\n".join(f"{one.number} {one.ware.sku.code} {one.ware.price}" for one in self.kept)
        return hashlib.sha256(seen.encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class PhoneGoods:
    """The phone top-ups that an agent can have."""

    by_key: Mapping[Key, Ware]

    def amounts(self, speed: str = "") -> list[Decimal]:
        return sorted({key[1] for key in self.by_key if not speed or key[2] == speed})


def phone_goods(agent: Agent) -> PhoneGoods:
    """Every SKU that charges a mobile number of one carrier: the cheapest where there are two."""
    skus = [
        sku
        for sku in sellable_skus()
        .filter(kind=DeliveryKind.TOPUP, is_any_amount=False)
        .exclude(product__carrier="")
        .prefetch_related("product__account_fields")
        if [(one.name, one.kind) for one in sku.product.account_fields.all()]
        == [("phone", AccountFieldKind.MOBILE)]
    ]
    by_key: dict[Key, Ware] = {}
    for ware in sorted(wares(agent, skus), key=lambda one: (not one.is_open, one.price)):
        key = (ware.product.carrier, ware.sku.face_value, ware.product.speed)
        by_key.setdefault(key, ware)
    return PhoneGoods(by_key)


def preview(
    agent: Agent,
    listed: TopupList,
    goods: PhoneGoods,
    *,
    amount: Decimal | None,
    speed: Speed,
    keeps_repeats: bool,
    keeps_recents: bool,
) -> Preview:
    """Look at every line. Three statements, whatever the number of lines."""
    made = Preview(bad=list(listed.bad))
    recent = _recent_orders(agent, [entry.number for entry in listed.entries])
    seen: dict[str, int] = {}
    for entry in listed.entries:
        item = _item(entry, goods, amount, speed, seen.get(entry.number), recent)
        if isinstance(item, BadLine):
            made.bad.append(item)
            continue
        seen.setdefault(entry.number, entry.line)
        is_dropped = (item.repeat_of is not None and not keeps_repeats) or (
            item.recent is not None and not keeps_recents
        )
        (made.dropped if is_dropped else made.kept).append(item)
    made.bad.sort(key=lambda one: one.line)
    return made


def _item(
    entry: Entry,
    goods: PhoneGoods,
    amount: Decimal | None,
    speed: Speed,
    repeat_of: int | None,
    recent: Mapping[str, Recent],
) -> Item | BadLine:
    def bad(reason: str | Promise) -> BadLine:
        return BadLine(entry.line, entry.number, reason)

    info = recognise(entry.number)
    carrier = entry.carrier or (info.carrier if info else None)
    if carrier is None:
        return bad(_("The carrier of this number isn't known: add a column with it."))
    wanted = entry.amount if entry.amount is not None else amount
    if wanted is None:
        return bad(_("There is no amount: write it after the number, or choose one for all."))
    ware = goods.by_key.get((carrier, wanted, speed))
    if ware is None:
        return bad(_no_such_amount(goods, carrier, wanted, speed))
    if not ware.is_buyable:
        return bad(_("Top-ups of this carrier and amount are under maintenance at present."))
    return Item(
        entry.line,
        entry.number,
        entry.note,
        info,
        carrier,
        ware,
        repeat_of,
        recent.get(entry.number),
    )


def _no_such_amount(goods: PhoneGoods, carrier: Carrier, wanted: Decimal, speed: Speed) -> str:
    amounts = sorted(key[1] for key in goods.by_key if (key[0], key[2]) == (carrier, speed))
    if not amounts:
        return _("Nothing is sold for %(carrier)s at this speed.") % {"carrier": carrier.label}
    return _("There is no ¥%(amount)s for %(carrier)s at this speed; there are %(amounts)s.") % {
        "amount": f"{wanted.normalize():f}",
        "carrier": carrier.label,
        "amounts": ", ".join(f"{one.normalize():f}" for one in amounts),
    }


def _recent_orders(agent: Agent, numbers: Sequence[str]) -> dict[str, Recent]:
    """The newest order of the last day for each of these numbers; failed ones don't count."""
    rows = (
        orders_of(agent.user)
        .filter(kind=DeliveryKind.TOPUP, created_at__gte=timezone.now() - RECENTLY)
        .exclude(status=OrderStatus.FAILED)
        .annotate(number=KT("account__phone"))
        .filter(number__in=set(numbers))
        .order_by("pk")
        .values_list("number", "order_no", "created_at", "total")
    )
    return {number: Recent(order_no, at, total) for number, order_no, at, total in rows}
