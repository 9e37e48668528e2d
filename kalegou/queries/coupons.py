"""The coupons of a member: which can be used for an order, and why another can't. Reads only."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from catalog.models import SKU, Category
from kalegou.costs import unit_costs
from kalegou.coupons import Basket, Offer, Rules, State, taken_off, why_not_for, why_not_now
from kalegou.errors import CouponRefused
from kalegou.models import Coupon, CouponGrant, CouponScope, CouponSource, CouponUse, Member
from kalegou.terms import CouponTerms
from orders.models import Channel, Order, OrderStatus

GRANT_PREFIX = "grant:"
MOST_LISTED = 100
# An order of these kinds is nobody's first order.
_CAME_TO_NOTHING = (OrderStatus.CANCELLED, OrderStatus.FAILED)
# What counts against the orders of one member: by the code, or kept by it.
BY_CODE = Q(grant=None) | Q(grant__source=CouponSource.CLAIMED)


@dataclass(frozen=True, slots=True)
class Held:
    """A coupon as it stands for a member and, perhaps, an order: `worth` (CNY) would come off."""

    coupon: Coupon
    grant: CouponGrant | None
    worth: Decimal
    problem: str
    used_on: str = ""

    @property
    def is_usable(self) -> bool:
        return not self.problem

    @property
    def reference(self) -> str:
        """What names it to orders: the code, or the member's own."""
        return f"{GRANT_PREFIX}{self.grant.pk}" if self.grant else self.coupon.code

    @property
    def ends_at(self) -> datetime | None:
        return _ends_at(self.coupon, self.grant)

    @property
    def is_over(self) -> bool:
        return self.coupon.stopped_at is not None or (
            self.ends_at is not None and self.ends_at <= timezone.now()
        )

    @property
    def terms(self) -> CouponTerms:
        grant_id = self.grant.pk if self.grant else None
        return CouponTerms(self.coupon.pk, grant_id, self.coupon.code, self.worth)


def basket_of(sku: SKU, *, price: Decimal, quantity: int, gross: Decimal) -> Basket:
    """What of an order decides about coupons. `price` is CNY for one, `gross` for all."""
    category: Category = sku.product.category
    above = category.get_ancestors(include_self=True).values_list("pk", flat=True)
    cost = unit_costs({sku.pk: price}).get(sku.pk)
    return Basket(
        sku_id=sku.pk,
        product_id=sku.product_id,
        category_ids=list(above),
        gross=gross,
        cost=cost * quantity if cost is not None else None,
    )


def coupons_of(
    member: Member,
    *,
    basket: Callable[[], Basket] | None = None,
    grants: QuerySet[CouponGrant] | None = None,
) -> list[Held]:
    """The coupons that a member has, the most useful for the basket first. Seven queries at most.

    Without `grants` those that weren't used, the newest hundred. The basket isn't asked for when
    there are none.
    """
    if grants is None:
        used = CouponUse.objects.filter(member=member, returned_at=None).exclude(grant=None)
        grants = CouponGrant.objects.filter(member=member).exclude(pk__in=used.values("grant"))
    found = list(
        grants.select_related("coupon__min_level").prefetch_related(*_SCOPES)[:MOST_LISTED]
    )
    if not found:
        return []
    states = _states(member, [(grant.coupon, grant) for grant in found])
    order = basket() if basket else None
    held = [
        _held(grant.coupon, grant, state, order) for grant, state in zip(found, states, strict=True)
    ]
    return sorted(held, key=lambda one: (not one.is_usable, -one.worth, _latest(one)))


def best_of(held: Sequence[Held]) -> Held | None:
    """What takes the most off; of equals the one that ends first."""
    return next((one for one in held if one.is_usable), None)


def find_coupon(member: Member, reference: str, basket: Basket | None) -> Held:
    """The coupon that a member names, by its code or as one that the member has.

    A code that the member has a coupon of means that one. Raises CouponRefused for one that isn't
    there; one that can't be used comes back with its problem.
    """
    coupons = Coupon.objects.select_related("min_level").prefetch_related("categories")
    grants = CouponGrant.objects.filter(member=member).select_related("coupon__min_level")
    grant: CouponGrant | None
    if not reference.isprintable():  # PostgreSQL refuses NUL in a comparison
        raise CouponRefused(field="coupon")
    if reference.startswith(GRANT_PREFIX):
        key = reference.removeprefix(GRANT_PREFIX)
        number = int(key) if key.isascii() and key.isdigit() and len(key) < 19 else 0
        grant = grants.filter(pk=number).first()
        coupon = grant.coupon if grant else None
    else:
        coupon = coupons.filter(code=reference.strip().upper()).first()
        grant = _unused_grant(grants, coupon) if coupon else None
        if coupon and grant is None and not coupon.is_public:
            coupon = None
    if coupon is None:
        raise CouponRefused(field="coupon")
    (state,) = _states(member, [(coupon, grant)])
    return _held(coupon, grant, state, basket)


def must_be_usable(held: Held) -> Held:
    if held.problem:
        raise CouponRefused(held.problem, field="coupon")
    return held


def problem_now(member: Member, coupon: Coupon, grant: CouponGrant | None) -> str:
    """Why a member can't use a coupon now, whatever the order; the caller has locked it."""
    (state,) = _states(member, [(coupon, grant)])
    return str(why_not_now(state, timezone.now()))


_SCOPES = ("coupon__categories", "coupon__products", "coupon__skus")


def _unused_grant(grants: QuerySet[CouponGrant], coupon: Coupon) -> CouponGrant | None:
    used = CouponUse.objects.filter(coupon=coupon, returned_at=None).exclude(grant=None)
    now = timezone.now()
    usable = grants.filter(coupon=coupon).exclude(pk__in=used.values("grant"))
    usable = usable.filter(Q(expires_at=None) | Q(expires_at__gt=now))
    return usable.order_by("expires_at", "pk").first()


def _held(coupon: Coupon, grant: CouponGrant | None, state: State, basket: Basket | None) -> Held:
    problem = str(why_not_now(state, timezone.now()))
    worth = Decimal(0)
    if basket is not None:
        rules = rules_of(coupon)
        worth = taken_off(rules.offer, basket.gross)
        problem = problem or why_not_for(rules, basket)
    return Held(coupon, grant, worth, problem, used_on=state.used_on)


def offer_of(coupon: Coupon) -> Offer:
    return Offer(coupon.amount, coupon.percent, coupon.cap)


def rules_of(coupon: Coupon) -> Rules:
    scope = coupon.scope
    return Rules(
        offer=offer_of(coupon),
        min_spend=coupon.min_spend,
        sku_ids=_keys(coupon.skus.all()) if scope == CouponScope.SKUS else None,
        product_ids=_keys(coupon.products.all()) if scope == CouponScope.PRODUCTS else None,
        category_ids=_keys(coupon.categories.all()) if scope == CouponScope.CATEGORIES else None,
        allows_loss=coupon.allows_loss,
    )


def _keys(rows: Iterable[SKU] | Iterable[Category] | Iterable[object]) -> frozenset[int]:
    return frozenset(row.pk for row in rows)  # type: ignore[attr-defined]


def _states(member: Member, pairs: Sequence[tuple[Coupon, CouponGrant | None]]) -> list[State]:
    """How these stand for the member, in three queries at most."""
    used_on = dict(
        CouponUse.objects.filter(
            grant__in=[grant.pk for _coupon, grant in pairs if grant], returned_at=None
        ).values_list("grant_id", "order_no")
    )
    by_code = [coupon for coupon, grant in pairs if grant is None]
    times = _uses_by_code(member, by_code) if by_code else {}
    is_new = any(coupon.new_members_only for coupon, _ in pairs) and is_first_order(member)
    return [
        _state(coupon, grant, member, used_on=used_on, times=times, is_new=is_new)
        for coupon, grant in pairs
    ]


def _state(
    coupon: Coupon,
    grant: CouponGrant | None,
    member: Member,
    *,
    used_on: Mapping[int, str],
    times: Mapping[int, int],
    is_new: bool,
) -> State:
    level = coupon.min_level
    is_below = level is not None and member.level.min_growth < level.min_growth
    is_empty = coupon.max_uses is not None and coupon.used_count >= coupon.max_uses
    is_spent = coupon.budget is not None and coupon.used_amount >= coupon.budget
    return State(
        starts_at=coupon.starts_at,
        ends_at=_ends_at(coupon, grant),
        is_stopped=coupon.stopped_at is not None,
        is_used_up=is_empty or is_spent,
        used_on=used_on.get(grant.pk, "") if grant else "",
        is_spent=grant is None and times.get(coupon.pk, 0) >= coupon.per_member,
        needs_level=level.label if level is not None and is_below else "",
        needs_first_order=coupon.new_members_only and not is_new,
    )


def _uses_by_code(member: Member, coupons: Sequence[Coupon]) -> dict[int, int]:
    uses = CouponUse.objects.filter(BY_CODE, member=member, coupon__in=coupons, returned_at=None)
    counted = uses.values_list("coupon").annotate(times=Count("pk")).order_by()
    return dict(counted)


def is_first_order(member: Member) -> bool:
    """Whether the member's next order is the first one that comes to something."""
    orders = Order.objects.filter(buyer=member.user_id, channel=Channel.RETAIL)
    return not orders.exclude(status__in=_CAME_TO_NOTHING).exists()


def _ends_at(coupon: Coupon, grant: CouponGrant | None) -> datetime | None:
    ends = [coupon.ends_at, grant.expires_at if grant else None]
    return min((end for end in ends if end is not None), default=None)


def _latest(held: Held) -> float:
    return held.ends_at.timestamp() if held.ends_at else float("inf")
