"""What the top-up page shows for what has been typed and chosen so far. Reads only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

from catalog.authorisation import contracts_of
from catalog.models import SKU, Carrier, DeliveryKind, Speed, SupplierContract
from catalog.phone_numbers import PhoneInfo, recognise
from catalog.queries import sellable_skus
from kalegou.availability import Choice, choices
from kalegou.closures import Closure, Why, closures
from kalegou.lane_times import LaneTime, lane_times
from kalegou.limits import Room, room_of
from kalegou.other_amounts import Other, read_other
from kalegou.promises import delivery_promise, delivery_time
from kalegou.recent_numbers import Recent
from kalegou.typed import typed as text_of
from kalegou.visitors import Visitor
from orders.money import total_of
from users.phones import normalise_mobile

# Three of them fit side by side on a phone.
SHORT_NAMES: Mapping[Carrier, str | Promise] = {
    Carrier.MOBILE: pgettext_lazy("carrier", "Mobile"),
    Carrier.UNICOM: pgettext_lazy("carrier", "Unicom"),
    Carrier.TELECOM: pgettext_lazy("carrier", "Telecom"),
    Carrier.BROADNET: pgettext_lazy("carrier", "Broadnet"),
}
SPEED_NAMES: Mapping[Speed, str | Promise] = {
    Speed.FAST: pgettext_lazy("top-up", "Fast"),
    Speed.SLOW: pgettext_lazy("top-up", "Slow"),
}
PREFERRED_FACE = Decimal(100)
MAX_TYPED_LENGTH = 40
MAX_CODE_LENGTH = 60
MAX_OTHER_LENGTH = 12


@dataclass(frozen=True, slots=True)
class Typed:
    """What came with the request, as it came; `for_number` is what the amounts were shown for."""

    phone: str = ""
    for_number: str = ""
    carrier: str = ""
    speed: str = ""
    sku: str = ""
    other: str = ""

    @classmethod
    def read(cls, data: Mapping[str, str]) -> Typed:
        return cls(
            phone=text_of(data, "phone", max_length=MAX_TYPED_LENGTH),
            for_number=text_of(data, "for_number", max_length=MAX_TYPED_LENGTH),
            carrier=text_of(data, "carrier", max_length=MAX_CODE_LENGTH),
            speed=text_of(data, "speed", max_length=MAX_CODE_LENGTH),
            sku=text_of(data, "sku", max_length=MAX_CODE_LENGTH),
            other=text_of(data, "other", max_length=MAX_OTHER_LENGTH),
        )

    @property
    def number(self) -> str:
        return normalise_mobile(self.phone) or ""

    @property
    def saw_these_amounts(self) -> bool:
        """Whether the carrier and the amounts were chosen for this very number."""
        return bool(self.number) and self.number == self.for_number


@dataclass(frozen=True, slots=True)
class Amount:
    """One amount of the grid: as this buyer would pay it, and why it can't be chosen, if so."""

    choice: Choice
    closure: Closure | None

    @property
    def sku(self) -> SKU:
        return self.choice.sku

    @property
    def price(self) -> Decimal:
        return self.choice.price

    @property
    def is_available(self) -> bool:
        return self.closure is None


@dataclass(frozen=True, slots=True)
class Lane:
    """Fast or slow, for the chosen amount: `price` is None when the lane doesn't have it.

    `saved` is what it costs less than the dearest lane.
    """

    speed: str
    name: str | Promise
    time: str | Promise
    promise: str | Promise
    measured: LaneTime | None
    price: Decimal | None
    saved: Decimal
    is_open: bool


@dataclass(frozen=True, slots=True)
class Unavailable:
    """Amounts that can't be chosen for one reason, and what could be bought instead."""

    faces: Sequence[Decimal]
    closure: Closure
    instead: Amount | None


@dataclass(frozen=True, slots=True)
class Topup:
    """The page: `carrier` decides the amounts; `was_chosen` when the person overrode our guess."""

    typed: Typed
    info: PhoneInfo | None
    label: str  # the name of the saved number that was typed
    carriers: Sequence[tuple[str, str | Promise]]
    carrier: str
    was_chosen: bool
    lanes: Sequence[Lane]
    speed: str
    amounts: Sequence[Amount]
    selected: Amount | None
    unavailable: Sequence[Unavailable]
    room: Room | None
    other: Other | None  # an amount that is typed, where an offer allows it
    takes_other: bool  # that is what was chosen

    @property
    def carrier_label(self) -> str:
        return str(Carrier(self.carrier).label) if self.carrier else ""

    @property
    def contracts(self) -> list[SupplierContract]:
        """What stands behind the amounts shown; nothing when they aren't official. A query."""
        product = self.amounts[0].sku.product if self.amounts else None
        return contracts_of(product) if product and product.is_official else []

    @property
    def promise(self) -> str | Promise:
        return delivery_promise(DeliveryKind.TOPUP, self.speed)

    @property
    def time(self) -> str | Promise:
        return delivery_time(DeliveryKind.TOPUP, self.speed)

    @property
    def quantity(self) -> int:
        return self.other.quantity if self.other and self.takes_other else 1

    @property
    def face(self) -> Decimal:
        """What will be charged to the number; the page has a selected amount."""
        return self.selected.sku.face_value * self.quantity if self.selected else Decimal(0)

    @property
    def total(self) -> Decimal:
        """What this buyer pays (CNY)."""
        return total_of(self.selected.price, self.quantity) if self.selected else Decimal(0)

    @property
    def discount(self) -> Decimal:
        """What the price lies below the face value; 0 when it doesn't."""
        return max(self.face - self.total, Decimal(0))


def read_topup(typed: Typed, visitor: Visitor, recent: Sequence[Recent]) -> Topup:
    """The page for what was typed. The same queries whatever the number of amounts.

    Carriers, amounts and offers; the limits of a member; what closed those that are closed; and
    once a minute the measured times; the page then asks for the contracts.
    """
    info = recognise(typed.phone)
    carriers = _carriers()
    guess = str(info.carrier) if info and info.carrier else ""
    known = next((one for one in recent if one.phone == typed.number), None)
    kept = known.carrier if known else ""
    carrier, was_chosen = _carrier(typed, [code for code, _label in carriers], guess, kept)
    province = info.province if info else ""
    room = room_of(visitor.member)
    on_sale = _amounts(visitor, room, carrier=carrier, province=province)
    found = [one for one in on_sale if not one.sku.is_any_amount]
    speeds = [s for s in Speed if any(one.sku.product.speed == s for one in found)]
    speed = typed.speed if typed.speed in speeds else next(iter(speeds), Speed.FAST)
    amounts = [one for one in found if one.sku.product.speed == speed]
    other = _other(typed, on_sale, speed, room)
    takes_other = other is not None and _wants_other(typed, other, found)
    if other is not None and takes_other:
        selected = Amount(other.choice, None) if other.quantity and not other.closed else None
        face = other.sku.face_value * other.quantity
    else:
        selected = _selected(typed.sku, found, amounts)
        face = selected.sku.face_value if selected else _face_of(typed.sku) or PREFERRED_FACE
    return Topup(
        typed=typed,
        info=info,
        label=known.label if known else "",
        carriers=carriers,
        carrier=carrier,
        was_chosen=was_chosen,
        lanes=_lanes(speeds, found, face, other if takes_other else None),
        speed=speed,
        amounts=amounts,
        selected=selected,
        unavailable=_unavailable(amounts, found),
        room=room,
        other=other,
        takes_other=takes_other,
    )


def _other(typed: Typed, on_sale: Sequence[Amount], speed: str, room: Room | None) -> Other | None:
    """The amount that is typed, where this lane has a SKU for it."""
    for one in on_sale:
        if one.sku.is_any_amount and one.sku.product.speed == speed:
            closed = one.closure.text if one.closure else ""
            return read_other(
                one.choice, typed.other, closed=closed, room=room.most if room else None
            )
    return None


def _wants_other(typed: Typed, other: Other, found: Sequence[Amount]) -> bool:
    """Chosen here, or at another carrier or speed before the page changed to this one."""
    if typed.sku == other.sku.code:
        return True
    is_elsewhere = bool(typed.sku) and all(one.sku.code != typed.sku for one in found)
    if not (is_elsewhere and typed.other):
        return False
    return sellable_skus().filter(code=typed.sku, is_any_amount=True).exists()


def plan_amounts(
    typed: Typed, visitor: Visitor, recent: Sequence[Recent]
) -> tuple[Sequence[tuple[str, str | Promise]], list[Amount]]:
    """For a number that is topped up every month: all carriers, and the amounts of its own.

    What is closed today may be had on the day, and limits are those of then.
    """
    info = recognise(typed.phone)
    carriers = _carriers()
    codes = [code for code, _label in carriers]
    guess = str(info.carrier) if info and info.carrier else ""
    kept = next((one.carrier for one in recent if one.phone == typed.number), "")
    chosen = typed.carrier if typed.carrier in codes else ""
    carrier = chosen or kept or guess or next(iter(codes), "")
    found = _amounts(visitor, None, carrier=carrier, province="")
    return carriers, [one for one in found if not one.sku.is_any_amount]


def _amounts(visitor: Visitor, room: Room | None, *, carrier: str, province: str) -> list[Amount]:
    """What is on sale for this carrier, at this visitor's price."""
    found = choices(
        sellable_skus()
        .filter(kind=DeliveryKind.TOPUP, product__carrier=carrier or "none")
        .order_by("face_value", "pk"),
        visitor.member,
        carrier=carrier,
        province=province,
    )
    closed = closures(found, carrier=carrier, province=province)
    return [Amount(one, closed.get(one.sku.pk) or _beyond(one, room)) for one in found]


def _beyond(choice: Choice, room: Room | None) -> Closure | None:
    if room is None or choice.price <= room.most:
        return None
    return Closure(Why.LIMIT, note=room.text)


def _lanes(
    speeds: Sequence[Speed], found: Sequence[Amount], face: Decimal, other: Other | None
) -> list[Lane]:
    """Every speed that is on sale for this carrier, with its price for the same amount.

    `other` is the amount that is typed, if that was chosen.
    """
    measured = lane_times()
    prices = {
        one.sku.product.speed: (one.price, one.is_available)
        for one in found
        if one.sku.face_value == face
    }
    if other is not None and other.quantity:
        prices[other.sku.product.speed] = (other.total, not other.closed)
    dearest = max((price for price, _is_open in prices.values()), default=Decimal(0))
    lanes = []
    for speed in speeds:
        price, is_open = prices.get(speed, (None, False))
        lanes.append(
            Lane(
                speed=speed.value,
                name=SPEED_NAMES[speed],
                time=delivery_time(DeliveryKind.TOPUP, speed),
                promise=delivery_promise(DeliveryKind.TOPUP, speed),
                measured=measured.get(speed.value),
                price=price,
                saved=dearest - price if price is not None else Decimal(0),
                is_open=is_open,
            )
        )
    return lanes


def _unavailable(amounts: Sequence[Amount], found: Sequence[Amount]) -> list[Unavailable]:
    """The closed amounts by reason, each with the nearest thing that can be had."""
    groups: dict[Closure, list[Amount]] = {}
    for one in amounts:
        if one.closure is not None:
            groups.setdefault(one.closure, []).append(one)
    return [
        Unavailable([one.sku.face_value for one in closed], closure, _instead(closed[0], found))
        for closure, closed in groups.items()
    ]


def _instead(closed: Amount, found: Sequence[Amount]) -> Amount | None:
    """The same amount at another speed, else the nearest amount at this one, else any nearest."""
    open_ones = [one for one in found if one.is_available]
    return min(
        open_ones,
        key=lambda one: (
            abs(one.sku.face_value - closed.sku.face_value),
            one.sku.product.speed != closed.sku.product.speed,
        ),
        default=None,
    )


def _carriers() -> list[tuple[str, str | Promise]]:
    """The carriers whose top-ups are on sale. One query."""
    on_sale = set(
        sellable_skus()
        .filter(kind=DeliveryKind.TOPUP)
        .exclude(product__carrier="")
        .values_list("product__carrier", flat=True)
        .distinct()
    )
    return [(c.value, SHORT_NAMES[c]) for c in Carrier if c.value in on_sale]


def _carrier(typed: Typed, on_sale: Sequence[str], guess: str, kept: str) -> tuple[str, bool]:
    """The carrier to show, and whether the person chose it against what we would have guessed.

    A choice counts for the number that it was made for: a new number is guessed anew. A carrier
    that was chosen for a saved number before is better than a guess.
    """
    if typed.carrier in on_sale and typed.saw_these_amounts:
        return typed.carrier, typed.carrier != guess
    if typed.number and (expected := kept or guess):
        return expected, expected != guess
    if typed.carrier in on_sale:
        return typed.carrier, False
    return next(iter(on_sale), ""), False


def _selected(code: str, found: Sequence[Amount], amounts: Sequence[Amount]) -> Amount | None:
    """The amount that was chosen, or the same amount of the carrier shown now, or a usual one."""
    wanted = next((one.sku.face_value for one in found if one.sku.code == code), None)
    if wanted is None and code:
        wanted = _face_of(code)
    available = [one for one in amounts if one.is_available]
    for face in (wanted, PREFERRED_FACE):
        for one in available:
            if one.sku.face_value == face:
                return one
    return available[len(available) // 2] if available else None


def _face_of(code: str) -> Decimal | None:
    skus = sellable_skus().filter(kind=DeliveryKind.TOPUP, code=code)
    return skus.values_list("face_value", flat=True).first()
