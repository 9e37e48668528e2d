"""A coupon on an order: held when it is placed, given back or kept as its money is.

What a coupon costs follows the money kept for its order (kalegou/coupons.py: still_off). It may be
used again when nothing is kept: the order was cancelled, failed, or refunded as a whole. Everything
here runs inside the order's transaction, with the member's wallet and points locked, and locks the
coupon after them: budget, number of orders and uses of one member have one writer at a time.
"""

from __future__ import annotations

from decimal import Decimal

from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from kalegou.coupons import still_off
from kalegou.errors import CouponRefused
from kalegou.models import Coupon, CouponGrant, CouponUse, Member
from kalegou.queries.coupons import problem_now
from kalegou.terms import CouponTerms, MemberTerms
from ledger import services as ledger
from orders.models import Order

_NOTHING = Decimal(0)


def hold_coupon(order: Order, terms: MemberTerms) -> None:
    """Hold the order's coupon, again if the order was cancelled and is paid after all.

    Raises CouponRefused: it was used, stopped or used up since the price was quoted.
    """
    held = terms.coupon
    if held is None:
        return
    ledger.lock((terms.wallet_id, terms.points_id))
    coupon = must_be_there(terms, held)
    if coupon.budget is not None and coupon.used_amount + held.worth > coupon.budget:
        raise CouponRefused(_("All of them have been used."), field="coupon")
    use, is_new = CouponUse.objects.get_or_create(
        order_no=order.order_no,
        defaults={
            "coupon_id": held.coupon_id,
            "grant_id": held.grant_id,
            "member_id": terms.member_id,
            "worth": held.worth,
            "kept": held.worth,
        },
    )
    if not is_new:
        use.kept, use.returned_at = held.worth, None
        use.save(update_fields=["kept", "returned_at"])
    _count(held.coupon_id, uses=1, amount=held.worth)


def must_be_there(terms: MemberTerms, held: CouponTerms) -> Coupon:
    """Lock the coupon; raises CouponRefused when the member can't use it now."""
    coupon = (
        Coupon.objects.select_for_update(no_key=True, of=("self",))
        .select_related("min_level")
        .get(pk=held.coupon_id)
    )
    member = Member.objects.select_related("level").get(pk=terms.member_id)
    grant = CouponGrant.objects.get(pk=held.grant_id) if held.grant_id else None
    if problem := problem_now(member, coupon, grant):
        raise CouponRefused(problem, field="coupon")
    return coupon


def keep_coupon(
    order: Order, terms: MemberTerms, *, kept: Decimal, is_given_back: bool = False
) -> None:
    """The order is over, or refunded: `kept` (CNY) of its total stays, and so does the coupon's.

    `is_given_back`: nothing of the order is left, and the member may use the coupon again.
    """
    if terms.coupon is None:
        return
    use = CouponUse.objects.select_for_update(no_key=True).get(order_no=order.order_no)
    costs = still_off(use.worth, total=order.total, kept=kept)
    change = costs - use.kept
    is_back = is_given_back and use.returned_at is None
    use.kept, use.sold = costs, kept
    if is_back:
        use.returned_at = timezone.now()
    use.save(update_fields=["kept", "sold", "returned_at"])
    if change or is_back:
        _count(use.coupon_id, uses=-1 if is_back else 0, amount=change)


def cost_of_coupon(order: Order, terms: MemberTerms, *, kept: Decimal) -> Decimal:
    """What the order's coupon costs while `kept` (CNY) of the order is kept."""
    if terms.coupon is None:
        return _NOTHING
    return still_off(terms.coupon.worth, total=order.total, kept=kept)


def _count(coupon_id: int, *, uses: int, amount: Decimal) -> None:
    Coupon.objects.filter(pk=coupon_id).update(
        used_count=F("used_count") + uses, used_amount=F("used_amount") + amount
    )
