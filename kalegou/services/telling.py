"""Telling the buyer of an order something: members by notices, guests by the page they hold."""

from __future__ import annotations

from orders.models import Order
from users.models import User
from users.notices.facts import Fact
from users.notices.services import tell


def tell_buyer(what: str, *, user: User | None, order: Order | None, **facts: Fact) -> None:
    """Tell a member, in the caller's transaction; `what` is a kind of kalegou.aftersale_notices.

    A guest sees it on the order's page.
    """
    if user is not None:
        number = {"order_no": order.order_no} if order else {}
        tell(user, f"retail.{what}", **{**number, **facts})
