"""The retail storefront as orders see it (orders/channels.py)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from catalog.models import SKU
from kalegou.errors import WalletNeedsLogIn
from kalegou.limits import limits_of
from kalegou.models import Member
from kalegou.pricing import rate_of, retail_price
from kalegou.services.rewarding import reward_order, take_back_reward
from kalegou.terms import MemberTerms
from ledger.services import Line
from orders.channels import Channel, Earned, Quote, Reversal, Sale
from orders.models import Funding, Order, Refund
from users.models import User


class RetailChannel(Channel):
    """Consumers: members at their level's price, with points; guests at the list price."""

    code: ClassVar[str] = "retail"

    def quote(self, *, buyer: User | None, sku: SKU, quantity: int, funding: Funding) -> Quote:
        """The list price, or the member level's share of it.

        Raises WalletNeedsLogIn when a guest wants to pay from a wallet.
        """
        member = (
            Member.objects.select_related("level").filter(user=buyer).first() if buyer else None
        )
        if member is None and funding == Funding.WALLET:
            raise WalletNeedsLogIn(field="payment")
        price = retail_price(sku.list_price, rate_of(member))
        return Quote(
            unit_price=price.amount,
            rule=price.rule,
            terms=MemberTerms.of(member).as_json() if member else {},
            wallet_id=member.wallet_id if member else None,
            limits=limits_of(member),
        )

    def guarded_accounts(self, order: Order) -> Sequence[int]:
        terms = MemberTerms.read(order.terms)
        return (terms.wallet_id, terms.points_id) if terms else ()

    def on_completed(self, order: Order, sale: Sale) -> Earned:
        terms = MemberTerms.read(order.terms)
        if terms is None:
            return Earned()
        return Earned(reward_order(order.order_no, terms, kept=sale.amount))

    def on_paid(self, order: Order) -> None:
        """Nobody waits for it: the buyer is on the page."""

    def on_returned(self, order: Order, refund: Refund) -> None:
        """The timeline tells."""

    def on_finished(self, order: Order) -> None:
        """Nobody needs to be told: the buyer's page looks by itself."""

    def on_refunded(self, order: Order, reversal: Reversal) -> Sequence[Line]:
        terms = MemberTerms.read(order.terms)
        if terms is None:
            return ()
        return take_back_reward(
            order.order_no, terms, before=reversal.kept, after=reversal.kept - reversal.amount
        )
