"""A coupon in words: what it takes off, from which amount, for what."""

from __future__ import annotations

from django.utils.translation import gettext as _

from kalegou.models import Coupon, CouponScope
from ui.formats import grouped, money


def what_of(coupon: Coupon) -> str:
    """`¥5 off`, `10% off, at most ¥20`."""
    if coupon.amount is not None:
        return _("%(amount)s off") % {"amount": short(coupon.amount)}
    return _("%(percent)s%% off, at most %(cap)s") % {
        "percent": grouped(coupon.percent, 2).rstrip("0").rstrip("."),
        "cap": short(coupon.cap),
    }


def from_of(coupon: Coupon) -> str:
    """`orders from ¥50`."""
    if not coupon.min_spend:
        return _("any order")
    return _("orders from %(amount)s") % {"amount": short(coupon.min_spend)}


def scope_of(coupon: Coupon) -> str:
    """What it is for, by name; the caller has prefetched the sets."""
    match coupon.scope:
        case CouponScope.CATEGORIES:
            names = [category.label for category in coupon.categories.all()]
        case CouponScope.PRODUCTS:
            names = [product.label for product in coupon.products.all()]
        case CouponScope.SKUS:
            names = [sku.label for sku in coupon.skus.all()]
        case _:
            return _("all goods")
    return _(", ").join(names)


def short(amount: object) -> str:
    """`¥5`, `¥5.50`."""
    return money(amount).removesuffix(".00")
