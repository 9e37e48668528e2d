"""Goods that a coupon would bring below what they cost us, for staff. Reads only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

from django.db.models import Min, Q, QuerySet

from catalog.models import SKU, Category
from catalog.queries import sellable_skus
from kalegou.costs import unit_costs
from kalegou.coupons import Offer, taken_off
from kalegou.models import Coupon, CouponScope, MemberLevel
from kalegou.pricing import retail_price
from kalegou.queries.coupons import offer_of
from orders.money import total_of

MOST_LOOKED_AT = 2000


@dataclass(frozen=True, slots=True)
class Loss:
    """The order of a SKU that loses the most: amounts are CNY, `result` is below zero."""

    sku: SKU
    quantity: int
    gross: Decimal
    off: Decimal
    cost: Decimal

    @property
    def result(self) -> Decimal:
        return self.gross - self.off - self.cost


def losses_of(coupon: Coupon) -> Sequence[Loss]:
    """Per SKU in the coupon's scope, at the best level's price, the worst first. Five queries."""
    skus = list(_in_scope(coupon)[:MOST_LOOKED_AT])
    rate = MemberLevel.objects.aggregate(rate=Min("price_rate"))["rate"] or Decimal(1)
    prices = {sku.pk: retail_price(sku.list_price, rate).amount for sku in skus}
    costs = unit_costs(prices)
    found = [
        worst
        for sku in skus
        if sku.pk in costs and (worst := _worst(coupon, sku, prices[sku.pk], costs[sku.pk]))
    ]
    return sorted(found, key=lambda loss: loss.result)


def _in_scope(coupon: Coupon) -> QuerySet[SKU]:
    skus = sellable_skus().order_by("pk")
    match coupon.scope:
        case CouponScope.CATEGORIES:
            below = Q()
            for category in coupon.categories.all():
                below |= Q(tree_id=category.tree_id, lft__gte=category.lft, rght__lte=category.rght)
            chosen = Category.objects.filter(below) if below else Category.objects.none()
            return skus.filter(product__category__in=chosen)
        case CouponScope.PRODUCTS:
            return skus.filter(product__in=coupon.products.all())
        case CouponScope.SKUS:
            return skus.filter(pk__in=coupon.skus.values("pk"))
    return skus


def _worst(coupon: Coupon, sku: SKU, price: Decimal, cost: Decimal) -> Loss | None:
    """The smallest order that the coupon is for, or the one at which its cap is reached."""
    offer = offer_of(coupon)
    quantities = {_reaching(coupon.min_spend, price)}
    if offer.percent and offer.cap:
        quantities.add(_reaching(offer.cap * 100 / offer.percent, price))
    possible = {max(quantity, sku.min_quantity) for quantity in quantities}
    losses = [
        _loss(offer, sku, quantity, price, cost)
        for quantity in possible
        if quantity <= sku.max_quantity and total_of(price, quantity) >= coupon.min_spend
    ]
    worst = min(losses, key=lambda loss: loss.result, default=None)
    return worst if worst and worst.result < 0 else None


def _reaching(amount: Decimal, price: Decimal) -> int:
    return max(int((amount / price).to_integral_value(ROUND_CEILING)), 1)


def _loss(offer: Offer, sku: SKU, quantity: int, price: Decimal, cost: Decimal) -> Loss:
    gross = total_of(price, quantity)
    return Loss(sku, quantity, gross, taken_off(offer, gross), cost * quantity)
