"""The checkout as the person sees it: what is bought, what comes off, what is left to pay."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy

from catalog.queries import sellable_skus
from kalegou.availability import Choice, choices
from kalegou.channel import usable_points
from kalegou.coupon_words import what_of
from kalegou.coupons import Basket
from kalegou.drafts import Draft
from kalegou.errors import CouponRefused
from kalegou.models import Member
from kalegou.points import worth_of
from kalegou.promises import delivery_promise, delivery_time
from kalegou.queries.coupons import Held, basket_of, best_of, coupons_of, find_coupon
from kalegou.services.buying import WALLET
from kalegou.visitors import Visitor
from orders.money import total_of
from payments.queries import gateways

POINTS = "points"
COUPON = "coupon"
NO_COUPON = "none"


def checkout_address(
    draft: Draft, *, uses_points: bool = False, coupon: str = "", view: str = "kalegou:checkout"
) -> str:
    """A checkout's address. `coupon` names one, or says NO_COUPON; "": the best one."""
    chosen = {POINTS: "1"} if uses_points else {}
    if coupon:
        chosen[COUPON] = coupon
    return reverse(view) + "?" + urlencode({"draft": draft.seal(), **chosen})


@dataclass(frozen=True, slots=True)
class Checkout:
    """A draft as it stands now: today's price, a coupon, the points that may pay, the wallet.

    `coupon` is the one that comes off. `coupon_problem` says why the one that the person named
    (`named`) doesn't.
    """

    draft: Draft
    choice: Choice
    visitor: Visitor
    uses_points: bool = False
    coupon: Held | None = None
    named: str = ""
    coupon_problem: str = ""
    has_coupons: bool = False

    @property
    def gross(self) -> Decimal:
        """What the goods cost this person before points."""
        return total_of(self.choice.price, self.draft.quantity)

    @property
    def face(self) -> Decimal | None:
        """What a top-up of an amount that was typed comes to on the number; None for others."""
        sku = self.choice.sku
        return sku.face_value * self.draft.quantity if sku.is_any_amount else None

    @property
    def listed_total(self) -> Decimal:
        return self.gross + self.choice.saved * self.draft.quantity

    @property
    def coupon_worth(self) -> Decimal:
        """What the coupon takes off (CNY)."""
        return self.coupon.worth if self.coupon else Decimal(0)

    @property
    def coupon_what(self) -> str:
        return what_of(self.coupon.coupon) if self.coupon else ""

    @property
    def usable_points(self) -> int:
        return usable_points(self.visitor.member, self.gross - self.coupon_worth)

    @property
    def points_worth(self) -> Decimal:
        """What the usable points would pay (CNY)."""
        return worth_of(self.usable_points)

    @property
    def points(self) -> int:
        """The points that will be spent."""
        return self.usable_points if self.uses_points else 0

    @property
    def total(self) -> Decimal:
        return self.gross - self.coupon_worth - worth_of(self.points)

    @property
    def address(self) -> str:
        return self._with(uses_points=self.uses_points)

    @property
    def other_address(self) -> str:
        """The same with points, or without them."""
        return self._with(uses_points=not self.uses_points)

    @property
    def coupons_address(self) -> str:
        """Where another coupon is chosen."""
        return checkout_address(self.draft, uses_points=self.uses_points, view="kalegou:coupons")

    @property
    def sealed(self) -> str:
        return self.draft.seal()

    def _with(self, *, uses_points: bool) -> str:
        """This page with the coupon that it shows, so that no other one comes in its place."""
        reference = self.coupon.reference if self.coupon else NO_COUPON
        return checkout_address(
            self.draft,
            uses_points=uses_points,
            coupon=reference if self.visitor.member and self.has_coupons else "",
        )

    @property
    def balance(self) -> Decimal | None:
        """What the member can spend; None for a guest."""
        member = self.visitor.member
        if member is None or member.wallet.balance is None:
            return None
        return member.wallet.balance - member.wallet.floor

    @property
    def missing(self) -> Decimal:
        """What the wallet lacks for this order; 0 when it suffices, or for a guest."""
        return (
            max(self.total - self.balance, Decimal(0)) if self.balance is not None else Decimal(0)
        )

    @property
    def methods(self) -> list[tuple[str, str | Promise]]:
        wallet: list[tuple[str, str | Promise]] = (
            [(WALLET, gettext_lazy("My balance"))] if self.visitor.member else []
        )
        return [*wallet, *gateways()]

    @property
    def preferred(self) -> str:
        """The wallet when it suffices, otherwise the first gateway."""
        usable = [code for code, _label in self.methods if code != WALLET or not self.missing]
        return usable[0] if usable else ""

    @property
    def account(self) -> list[tuple[str, str]]:
        """The account to be charged, for reading: (label, value)."""
        fields = self.choice.sku.product.account_fields.all()
        return [(f.title, self.draft.account.get(f.name, "")) for f in fields]

    @property
    def time(self) -> str | Promise:
        product = self.choice.sku.product
        return delivery_time(product.kind, product.speed)

    @property
    def promise(self) -> str | Promise:
        product = self.choice.sku.product
        return delivery_promise(product.kind, product.speed)


def read_checkout(
    draft: Draft, visitor: Visitor, *, uses_points: bool = False, named: str = ""
) -> Checkout | None:
    """The draft with today's price and coupon; None when its goods are no longer on sale.

    A member who names no coupon gets the one that takes the most off.
    """
    skus = sellable_skus().filter(code=draft.sku_code).prefetch_related("product__account_fields")
    found = choices(skus, visitor.member)
    if not found:
        return None
    choice, member = found[0], visitor.member
    if member is None:
        return Checkout(draft, choice, visitor)
    held, problem = None, ""
    basket = cache(lambda: basket_for(draft, choice))
    mine = coupons_of(member, basket=basket)
    if not named:
        held = best_of(mine)
    elif named != NO_COUPON:
        held, problem = _named_coupon(member, named, basket())
    return Checkout(
        draft,
        choice,
        visitor,
        uses_points,
        coupon=held,
        named=named if problem else "",
        coupon_problem=problem,
        has_coupons=bool(mine) or held is not None,
    )


def basket_for(draft: Draft, choice: Choice) -> Basket:
    return basket_of(
        choice.sku,
        price=choice.price,
        quantity=draft.quantity,
        gross=total_of(choice.price, draft.quantity),
    )


def _named_coupon(member: Member, named: str, basket: Basket) -> tuple[Held | None, str]:
    """The coupon, or why it can't be used."""
    try:
        held = find_coupon(member, named, basket)
    except CouponRefused as error:
        return None, str(error)
    return (held, "") if held.is_usable else (None, held.problem)
