"""Telling members that what was sold out can be bought again."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from catalog.models import SKU
from catalog.queries import sellable_skus
from kalegou.availability import choices
from kalegou.errors import NothingToWaitFor, TooManyWishes
from kalegou.models import RestockWish
from users.models import User
from users.notices import tell

MOST_WISHES = 50
TOLD_AT_ONCE = 500


@transaction.atomic
def wish_for(*, user: User, sku: SKU) -> RestockWish:
    """Remember that this person wants to hear when the SKU is back. Safe to repeat.

    Raises NothingToWaitFor when it can be bought now, TooManyWishes. Costs and promises nothing.
    Locks the person's row, so that two at once don't get past the limit.
    """
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    open_ones = RestockWish.objects.filter(user=user, told_at=None)
    if (same := open_ones.filter(sku=sku).first()) is not None:
        return same
    if any(choice.is_available for choice in choices([sku], None)):
        raise NothingToWaitFor
    if open_ones.count() >= MOST_WISHES:
        raise TooManyWishes
    return RestockWish.objects.create(user=user, sku=sku)


def forget_wish(*, user: User, sku: SKU) -> None:
    """Stop waiting. Safe to repeat."""
    RestockWish.objects.filter(user=user, sku=sku, told_at=None).delete()


def tell_of_restock() -> int:
    """Tell everybody whose SKU can be bought again, once; return how many were told.

    By a beat task. Each SKU is a transaction of its own, in which its wishes are locked and, by
    another pass, passed over. What was told is done, even if the goods sell out again a moment
    later: the page says so, and lets one wish anew.
    """
    waiting = RestockWish.objects.filter(sku=OuterRef("pk"), told_at=None)
    back = [
        choice.sku
        for choice in choices(sellable_skus().filter(Exists(waiting)), None)
        if choice.is_available
    ]
    return sum(_tell_all(sku) for sku in back)


@transaction.atomic
def _tell_all(sku: SKU) -> int:
    wishes = list(
        RestockWish.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(sku=sku, told_at=None)
        .select_related("user")
        .order_by("pk")[:TOLD_AT_ONCE]
    )
    RestockWish.objects.filter(pk__in=[wish.pk for wish in wishes]).update(told_at=timezone.now())
    for wish in wishes:
        tell(
            wish.user,
            "retail.back_in_stock",
            goods=f"{sku.product.label} {sku.label}",
            code=sku.product.code,
        )
    return len(wishes)
