"""The retail storefront as orders see it (orders/channels.py)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import ClassVar

from catalog.models import SKU
from kalegou.errors import PointsRefused, WalletNeedsLogIn
from kalegou.limits import limits_of
from kalegou.models import Member
from kalegou.points import most_points, still_spent, worth_of
from kalegou.pricing import rate_of, retail_price
from kalegou.services.claims import is_of_claim, replacement_ended
from kalegou.services.discounting import (
    promotion_lines,
    return_points,
    returning_lines,
    spend_points,
)
from kalegou.services.rewarding import reward_order, take_back_reward
from kalegou.services.telling import tell_buyer
from kalegou.terms import MemberTerms
from ledger.services import Line
from orders.channels import Channel, Earned, Quote, Reversal, Sale
from orders.models import Funding, Order, Refund, Replacement
from orders.money import total_of
from users.models import User


class RetailChannel(Channel):
    """Consumers: members at their level's price, with points; guests at the list price."""

    code: ClassVar[str] = "retail"

    def quote(
        self, *, buyer: User | None, sku: SKU, quantity: int, funding: Funding, points: int = 0
    ) -> Quote:
        """The list price, or the member level's share of it, less what points pay.

        Raises WalletNeedsLogIn when a guest wants to pay from a wallet, PointsRefused when the
        points aren't there or are more than may be spent on this order.
        """
        member = (
            Member.objects.select_related("level", "points").filter(user=buyer).first()
            if buyer
            else None
        )
        if member is None and funding == Funding.WALLET:
            raise WalletNeedsLogIn(field="payment")
        price = retail_price(sku.list_price, rate_of(member))
        if points and points > usable_points(member, total_of(price.amount, quantity)):
            raise PointsRefused
        return Quote(
            unit_price=price.amount,
            rule=price.rule,
            terms=MemberTerms.of(member, points_spent=points).as_json() if member else {},
            wallet_id=member.wallet_id if member else None,
            limits=limits_of(member),
            discount=worth_of(points),
        )

    def quote_again(self, order: Order, sku: SKU) -> Quote:
        terms = MemberTerms.read(order.terms)
        return self.quote(
            buyer=order.buyer,
            sku=sku,
            quantity=order.quantity,
            funding=Funding.GATEWAY,
            points=terms.points_spent if terms else 0,
        )

    def wallet_of(self, order: Order) -> int | None:
        terms = MemberTerms.read(order.terms)
        return terms.wallet_id if terms else None

    def guarded_accounts(self, order: Order) -> Sequence[int]:
        terms = MemberTerms.read(order.terms)
        return (terms.wallet_id, terms.points_id) if terms else ()

    def on_placed(self, order: Order) -> Sequence[Line]:
        terms = MemberTerms.read(order.terms)
        return spend_points(order, terms) if terms else ()

    def on_unsold(self, order: Order) -> Sequence[Line]:
        terms = MemberTerms.read(order.terms)
        if terms is None or not terms.points_spent:
            return ()
        back = return_points(order, terms, before=order.total, after=Decimal(0))
        return returning_lines(order, terms, back)

    def on_completed(self, order: Order, sale: Sale) -> Earned:
        terms = MemberTerms.read(order.terms)
        if terms is None:
            return Earned()
        lines: list[Line] = []
        if terms.points_spent:
            spent = still_spent(terms.points_spent, total=order.total, kept=sale.amount)
            back = return_points(order, terms, before=order.total, after=sale.amount)
            lines += promotion_lines(order, spent)
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
        lines: list[Line] = []
        returned = 0
        if terms.points_spent:
            back = return_points(order, terms, before=reversal.kept, after=after)
            lines += promotion_lines(order, -back.due)
            lines += returning_lines(order, terms, back)
            returned = back.posted
        lines += take_back_reward(
            order.order_no, terms, before=reversal.kept, after=after, returned=returned
        )
        return lines


def usable_points(member: Member | None, total: Decimal) -> int:
    """How many points the member may spend on an order of `total` (CNY) now; a guest has none."""
    if member is None or member.points.balance is None:
        return 0
    return most_points(total, int(member.points.balance - member.points.floor))
