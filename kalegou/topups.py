"""What the top-up page shows for what has been typed and chosen so far. Reads only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

from catalog.models import Carrier, DeliveryKind, Speed
from catalog.phone_numbers import PhoneInfo, recognise
from catalog.queries import sellable_skus
from kalegou.availability import Choice, choices
from kalegou.models import SavedNumber
from kalegou.promises import delivery_promise, delivery_time
from kalegou.typed import typed as text_of
from kalegou.visitors import Visitor
from users.phones import normalise_mobile

# Three of them fit side by side on a phone.
SHORT_NAMES: Mapping[Carrier, str | Promise] = {
    Carrier.MOBILE: pgettext_lazy("carrier", "Mobile"),
    Carrier.UNICOM: pgettext_lazy("carrier", "Unicom"),
    Carrier.TELECOM: pgettext_lazy("carrier", "Telecom"),
    Carrier.BROADNET: pgettext_lazy("carrier", "Broadnet"),
}
PREFERRED_FACE = Decimal(100)
RECENT_KEPT = 6
RECENT_ORDERS_READ = 30
MAX_TYPED_LENGTH = 40
MAX_CODE_LENGTH = 60


@dataclass(frozen=True, slots=True)
class Typed:
    """What came with the request, as it came; `for_number` is what the amounts were shown for."""

    phone: str = ""
    for_number: str = ""
    carrier: str = ""
    speed: str = ""
    sku: str = ""

    @classmethod
    def read(cls, data: Mapping[str, str]) -> Typed:
        return cls(
            phone=text_of(data, "phone", max_length=MAX_TYPED_LENGTH),
            for_number=text_of(data, "for_number", max_length=MAX_TYPED_LENGTH),
            carrier=text_of(data, "carrier", max_length=MAX_CODE_LENGTH),
            speed=text_of(data, "speed", max_length=MAX_CODE_LENGTH),
            sku=text_of(data, "sku", max_length=MAX_CODE_LENGTH),
        )

    @property
    def number(self) -> str:
        return normalise_mobile(self.phone) or ""

    @property
    def saw_these_amounts(self) -> bool:
        """Whether the carrier and the amounts were chosen for this very number."""
        return bool(self.number) and self.number == self.for_number


@dataclass(frozen=True, slots=True)
class Recent:
    """A number that was topped up before."""

    phone: str
    label: str
    carrier: str


@dataclass(frozen=True, slots=True)
class Topup:
    """The page: `carrier` decides the amounts; `was_chosen` when the person overrode our guess."""

    typed: Typed
    info: PhoneInfo | None
    carriers: Sequence[tuple[str, str | Promise]]
    carrier: str
    was_chosen: bool
    speeds: Sequence[tuple[str, str | Promise]]
    speed: str
    amounts: Sequence[Choice]
    selected: Choice | None

    @property
    def carrier_label(self) -> str:
        return str(Carrier(self.carrier).label) if self.carrier else ""

    @property
    def promise(self) -> str | Promise:
        return delivery_promise(DeliveryKind.TOPUP, self.speed)

    @property
    def time(self) -> str | Promise:
        return delivery_time(DeliveryKind.TOPUP, self.speed)

    @property
    def discount(self) -> Decimal:
        """What the price lies below the face value; 0 when it doesn't."""
        if self.selected is None:
            return Decimal(0)
        return max(self.selected.sku.face_value - self.selected.price, Decimal(0))


def read_topup(typed: Typed, visitor: Visitor, recent: Sequence[Recent]) -> Topup:
    """The page for what was typed. Four queries whatever the number of amounts."""
    info = recognise(typed.phone)
    carriers = _carriers()
    guess = str(info.carrier) if info and info.carrier else ""
    kept = next((r.carrier for r in recent if r.phone == typed.number and r.carrier), "")
    carrier, was_chosen = _carrier(typed, [code for code, _label in carriers], guess, kept)
    found = choices(
        sellable_skus()
        .filter(kind=DeliveryKind.TOPUP, product__carrier=carrier or "none")
        .order_by("face_value", "pk"),
        visitor.member,
    )
    speeds = [s for s in Speed if any(choice.sku.product.speed == s for choice in found)]
    speed = typed.speed if typed.speed in speeds else next(iter(speeds), Speed.FAST)
    amounts = [choice for choice in found if choice.sku.product.speed == speed]
    return Topup(
        typed=typed,
        info=info,
        carriers=carriers,
        carrier=carrier,
        was_chosen=was_chosen,
        speeds=[(s.value, s.label) for s in speeds],
        speed=speed,
        amounts=amounts,
        selected=_selected(typed.sku, found, amounts),
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


def _selected(code: str, found: Sequence[Choice], amounts: Sequence[Choice]) -> Choice | None:
    """The amount that was chosen, or the same amount of the carrier shown now, or a usual one."""
    wanted = next((choice.sku.face_value for choice in found if choice.sku.code == code), None)
    if wanted is None and code:
        wanted = _face_of(code)
    available = [choice for choice in amounts if choice.is_available]
    for face in (wanted, PREFERRED_FACE):
        for choice in available:
            if choice.sku.face_value == face:
                return choice
    return available[len(available) // 2] if available else None


def _face_of(code: str) -> Decimal | None:
    skus = sellable_skus().filter(kind=DeliveryKind.TOPUP, code=code)
    return skus.values_list("face_value", flat=True).first()


def recent_numbers(visitor: Visitor) -> list[Recent]:
    """The numbers that this visitor topped up last. One query at most."""
    if visitor.member:
        saved = SavedNumber.objects.filter(member=visitor.member)[:RECENT_KEPT]
        return [Recent(row.phone, row.label, row.carrier) for row in saved]
    if not visitor.guest_keys:
        return []
    phones = (
        visitor.orders()
        .filter(kind=DeliveryKind.TOPUP, account__has_key="phone")
        .values_list("account__phone", flat=True)[:RECENT_ORDERS_READ]
    )
    return [Recent(phone, "", "") for phone in dict.fromkeys(phones)][:RECENT_KEPT]
