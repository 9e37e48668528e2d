"""Goods for points: an order whose whole total is paid by points.

It is an order like any other, at the retail price: the promotion pays that into escrow, and the
member's points are taken in the same entry. What fails or isn't delivered gives both back; the
units go back to the offer. Everything but `exchange` runs inside the order's transaction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.db.models import F, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from kalegou.errors import ExchangeRefused
from kalegou.models import ExchangeItem, ExchangeUse, Member, PointsReason
from kalegou.points import Change
from kalegou.services.rewarding import points_lines
from kalegou.terms import MemberTerms
from ledger import services as ledger
from ledger.services import Line
from orders.models import Funding, Order
from orders.services import Placed, place_order
from users.models import User

CHANNEL = "retail"


def exchange(
    *,
    buyer: User,
    item: ExchangeItem,
    quantity: int,
    account: Mapping[str, str],
    client_ref: str,
    seen_points: int,
) -> Placed:
    """Give points for goods. `seen_points` is the price of one that the page showed.

    Idempotent by `client_ref`. Raises ExchangeRefused, and what place_order raises; nothing is
    taken then.
    """
    if item.points > seen_points:
        raise ExchangeRefused(
            _("It costs %(points)d points now. Nothing was taken: look again.")
            % {"points": item.points}
        )
    return place_order(
        channel=CHANNEL,
        buyer=buyer,
        sku=item.sku,
        quantity=quantity,
        client_ref=client_ref,
        account=account,
        funding=Funding.POINTS,
    )


def item_of(sku_id: int) -> ExchangeItem | None:
    return ExchangeItem.objects.filter(sku=sku_id, is_open=True).first()


def must_be_had(item: ExchangeItem | None, member: Member, quantity: int) -> ExchangeItem:
    """Raises ExchangeRefused with the reason when the member can't have so many of it now."""
    now = timezone.now()
    if item is None or not item.is_open or item.starts_at > now:
        raise ExchangeRefused
    if item.ends_at is not None and item.ends_at <= now:
        raise ExchangeRefused
    if item.left is not None and item.left < quantity:
        if not item.left:
            raise ExchangeRefused(_("All of them have been taken."), field="quantity")
        raise ExchangeRefused(
            _("Only %(left)d are left. Choose fewer.") % {"left": item.left}, field="quantity"
        )
    if item.per_member is not None:
        mine = ExchangeUse.objects.filter(item=item, member=member)
        had = mine.aggregate(total=Sum("quantity"))["total"] or 0
        if had + quantity > item.per_member:
            raise ExchangeRefused(
                _("One member may have %(most)d of it, and you have had %(had)d.")
                % {"most": item.per_member, "had": had},
                field="quantity",
            )
    missing = item.points * quantity - int(ledger.available(member.points_id))
    if missing > 0:
        raise ExchangeRefused(_("You need %(missing)d more points.") % {"missing": missing})
    return item


def hold_exchange(order: Order, terms: MemberTerms) -> Sequence[Line]:
    """Take the units and the points; return their lines.

    Locks the wallet and the points, then the offer, and looks again: of two at once, the second
    finds what the first left.
    """
    assert terms.exchange is not None
    ledger.lock((terms.wallet_id, terms.points_id))
    item = ExchangeItem.objects.select_for_update(no_key=True).get(pk=terms.exchange)
    member = Member.objects.get(pk=terms.member_id)
    must_be_had(item, member, order.quantity)
    if item.points * order.quantity != terms.points_spent:
        raise ExchangeRefused
    ExchangeUse.objects.create(
        item=item,
        member=member,
        order_no=order.order_no,
        points=terms.points_spent,
        quantity=order.quantity,
    )
    ExchangeItem.objects.filter(pk=item.pk).update(taken=F("taken") + order.quantity)
    spent = Change(-terms.points_spent, -terms.points_spent)
    return points_lines(order.order_no, terms, spent, PointsReason.EXCHANGE)


def keep_exchange(order: Order, terms: MemberTerms, *, delivered: int) -> None:
    """The order is over: what wasn't delivered can be taken by others."""
    if terms.exchange is None:
        return
    use = ExchangeUse.objects.select_for_update(no_key=True).get(order_no=order.order_no)
    back = use.quantity - delivered
    if back:
        ExchangeUse.objects.filter(pk=use.pk).update(quantity=delivered)
        ExchangeItem.objects.filter(pk=use.item_id).update(taken=F("taken") - back)
