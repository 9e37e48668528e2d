"""The retail storefront as orders see it (orders/channels.py)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import ClassVar

from django.utils.translation import gettext as _

from catalog.models import SKU
from kalegou.errors import CouponRefused, PointsRefused, WalletNeedsLogIn
from kalegou.limits import limits_of
from kalegou.models import Member
from kalegou.points import most_points, still_spent, worth_of
from kalegou.pricing import EXCHANGE, rate_of, retail_price
from kalegou.queries.coupons import basket_of, find_coupon, must_be_usable
from kalegou.services.claims import is_of_claim, replacement_ended
from kalegou.services.couponing import (
    cost_of_coupon,
    hold_coupon,
    keep_coupon,
    must_be_there,
)
from kalegou.services.discounting import (
    promotion_lines,
    return_points,
    returning_lines,
    spend_points,
)
from kalegou.services.exchanging import (
    hold_exchange,
    item_of,
    keep_exchange,
    must_be_had,
)
from kalegou.services.rewarding import reward_order, take_back_reward
from kalegou.services.telling import tell_buyer
from kalegou.terms import CouponTerms, MemberTerms
from ledger import accounts
from ledger import services as ledger
from ledger.services import Line
from orders.channels import Channel, Earned, Quote, Reversal, Sale
from orders.models import Funding, Order, Refund, Replacement
from orders.money import total_of
from users.models import User


class RetailChannel(Channel):
    """Consumers: members at their level's price, with points; guests at the list price."""

    code: ClassVar[str] = "retail"

    def quote(
        self,
        *,
        buyer: User | None,
        sku: SKU,
        quantity: int,
        funding: Funding,
        points: int = 0,
        coupon: str = "",
    ) -> Quote:
        """The list price, or the member level's share of it, less a coupon, less what points pay.

        Raises WalletNeedsLogIn when a guest wants to pay from a wallet, CouponRefused when the
        coupon isn't for this, PointsRefused when the points aren't there or are more than may be
        spent on what the coupon leaves.
        """
        member = _member_of(buyer)
        if member is None and funding != Funding.GATEWAY:
            raise WalletNeedsLogIn(field="payment")
        if member is not None and funding == Funding.POINTS:
            return _exchange_quote(member, sku, quantity)
        price = retail_price(sku.list_price, rate_of(member))
        gross = total_of(price.amount, quantity)
        held = (
            quoted_coupon(member, coupon, sku, price=price.amount, quantity=quantity, gross=gross)
            if coupon
            else None
        )
        off = held.worth if held else Decimal(0)
        if points and points > usable_points(member, gross - off):
            raise PointsRefused
        terms = MemberTerms.of(member, points_spent=points, coupon=held) if member else None
        return Quote(
            unit_price=price.amount,
            rule=price.rule,
            terms=terms.as_json() if terms else {},
            wallet_id=member.wallet_id if member else None,
            limits=limits_of(member),
            discount=off + worth_of(points),
        )

    def quote_again(self, order: Order, sku: SKU) -> Quote:
        """Today's price; what was taken off stays, if the coupon and the points are still there.

        Locks the coupon, which would be held again.
        """
        terms = MemberTerms.read(order.terms)
        price = retail_price(sku.list_price, rate_of(_member_of(order.buyer)))
        if terms is not None:
            if terms.coupon:
                must_be_there(terms, terms.coupon)
            if terms.points_spent > ledger.available(terms.points_id):
                raise PointsRefused
        return Quote(unit_price=price.amount, rule=price.rule)

    def wallet_of(self, order: Order) -> int | None:
        terms = MemberTerms.read(order.terms)
        return terms.wallet_id if terms else None

    def guarded_accounts(self, order: Order) -> Sequence[int]:
        terms = MemberTerms.read(order.terms)
        return (terms.wallet_id, terms.points_id) if terms else ()

    def pays(self, order: Order, amount: Decimal) -> Line:
        """The promotion pays for what goes for points."""
        return Line(accounts.promotion(order.channel), -amount)

    def on_placed(self, order: Order) -> Sequence[Line]:
        terms = MemberTerms.read(order.terms)
        if terms is None:
            return ()
        if terms.exchange:
            return hold_exchange(order, terms)
        hold_coupon(order, terms)
        return spend_points(order, terms)

    def on_unsold(self, order: Order) -> Sequence[Line]:
        terms = MemberTerms.read(order.terms)
        if terms is None:
            return ()
        keep_coupon(order, terms, kept=Decimal(0), is_given_back=True)
        keep_exchange(order, terms, delivered=0)
        if not terms.points_spent:
            return ()
        back = return_points(order, terms, before=order.total, after=Decimal(0))
        return returning_lines(order, terms, back)

    def on_completed(self, order: Order, sale: Sale) -> Earned:
        terms = MemberTerms.read(order.terms)
        if terms is None:
            return Earned()
        if terms.exchange:
            keep_exchange(order, terms, delivered=sale.quantity)
            back = return_points(order, terms, before=order.total, after=sale.amount)
            return Earned(returning_lines(order, terms, back))
        cost = cost_of_coupon(order, terms, kept=sale.amount)
        lines: list[Line] = [*promotion_lines(order, cost)]
        keep_coupon(order, terms, kept=sale.amount)
        if terms.points_spent:
            spent = still_spent(terms.points_spent, total=order.total, kept=sale.amount)
            back = return_points(order, terms, before=order.total, after=sale.amount)
            lines += promotion_lines(order, worth_of(spent))
            lines += returning_lines(order, terms, back)
        lines += reward_order(order.order_no, terms, kept=sale.amount)
        return Earned(lines)

    def on_paid(self, order: Order) -> None:
        """Nobody waits for it: the buyer is on the page."""

    def on_returned(self, order: Order, refund: Refund) -> None:
        """Tell the member; what a claim brought, the claim tells."""
        if not is_of_claim(refund):
            tell_buyer("order_refunded", user=order.buyer, order=order, amount=refund.amount)

    def on_replaced(self, order: Order, replacement: Replacement) -> None:
        replacement_ended(order, replacement)

    def on_finished(self, order: Order) -> None:
        """Nobody needs to be told: the buyer's page looks by itself."""

    def on_refunded(self, order: Order, reversal: Reversal) -> Sequence[Line]:
        terms = MemberTerms.read(order.terms)
        if terms is None:
            return ()
        after = reversal.kept - reversal.amount
        if terms.exchange:
            back = return_points(order, terms, before=reversal.kept, after=after)
            return returning_lines(order, terms, back)
        cost = cost_of_coupon(order, terms, kept=after)
        before = cost_of_coupon(order, terms, kept=reversal.kept)
        lines: list[Line] = [*promotion_lines(order, cost - before)]
        keep_coupon(order, terms, kept=after, is_given_back=not after)
        returned = 0
        if terms.points_spent:
            back = return_points(order, terms, before=reversal.kept, after=after)
            lines += promotion_lines(order, -worth_of(back.due))
            lines += returning_lines(order, terms, back)
            returned = back.posted
        lines += take_back_reward(
            order.order_no, terms, before=reversal.kept, after=after, returned=returned
        )
        return lines


def _member_of(buyer: User | None) -> Member | None:
    if buyer is None:
        return None
    return Member.objects.select_related("level", "points").filter(user=buyer).first()


def _exchange_quote(member: Member, sku: SKU, quantity: int) -> Quote:
    """The retail price, for the books; all of it is paid by points. Raises ExchangeRefused."""
    item = must_be_had(item_of(sku.pk), member, quantity)
    price = retail_price(sku.list_price)
    terms = MemberTerms.of(member, points_spent=item.points * quantity, exchange=item.pk)
    return Quote(
        unit_price=price.amount,
        rule=EXCHANGE,
        terms=terms.as_json(),
        limits=limits_of(member),
    )


def quoted_coupon(
    member: Member | None,
    reference: str,
    sku: SKU,
    *,
    price: Decimal,
    quantity: int,
    gross: Decimal,
) -> CouponTerms:
    """The coupon that a member names for these goods; raises CouponRefused."""
    if member is None:
        raise CouponRefused(_("Log in to use a coupon."), field="coupon")
    basket = basket_of(sku, price=price, quantity=quantity, gross=gross)
    return must_be_usable(find_coupon(member, reference, basket)).terms


def usable_points(member: Member | None, total: Decimal) -> int:
    """How many points the member may spend on an order of `total` (CNY) now; a guest has none."""
    if member is None or member.points.balance is None:
        return 0
    return most_points(total, int(member.points.balance - member.points.floor))
