"""An order as staff see it before they decide: whose it is, and where its money lies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from orders.models import FINAL_STATUSES, Order, OrderStatus, Refund
from orders.timeline import TimelineRow, timeline
from ui.formats import full_moment, money


@dataclass(frozen=True, slots=True)
class Fact:
    label: str | Promise
    text: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Summary:
    """`money` is one sentence: what was paid, and where it lies now."""

    order: Order
    facts: Sequence[Fact]
    money: str
    timeline: Sequence[TimelineRow]
    refunds: Sequence[Refund]


def summary_of(order: Order) -> Summary:
    """An order in the reader's language; three queries."""
    return Summary(
        order=order,
        facts=_facts(order),
        money=where_the_money_is(order),
        timeline=timeline(order),
        refunds=list(order.refunds.all()),
    )


def _facts(order: Order) -> list[Fact]:
    buyer = order.buyer
    return [
        Fact(_("Order"), order.order_no, reverse("admin:orders_order_change", args=[order.pk])),
        Fact(_("Goods"), f"{order.product_name} {order.sku_name} × {order.quantity}"),
        Fact(_("Account"), " · ".join(order.account.values()) or _("none: codes")),
        Fact(
            _("Buyer"),
            str(buyer) if buyer else _("a guest"),
            reverse("admin:users_user_change", args=[buyer.pk]) if buyer else "",
        ),
        Fact(_("Channel"), order.get_channel_display()),
        Fact(_("Buyer's reference"), order.client_ref),
        Fact(_("Placed"), full_moment(order.created_at)),
        Fact(_("Finished"), full_moment(order.finished_at) if order.finished_at else "—"),
    ]


def where_the_money_is(order: Order) -> str:
    """What the buyer paid, and what became of it."""
    shown = {
        "total": money(order.total),
        "refunded": money(order.refunded),
        "kept": money(order.total - order.refunded),
        "delivered": order.delivered_quantity,
        "ordered": order.quantity,
    }
    if order.status in (OrderStatus.AWAITING_PAYMENT, OrderStatus.CANCELLED):
        return _("%(total)s isn't paid.") % shown
    if order.status not in FINAL_STATUSES:
        return _("%(total)s is paid and waits: %(delivered)d of %(ordered)d is delivered.") % shown
    return (
        _(
            "%(total)s was paid, %(refunded)s went back, %(kept)s is kept for %(delivered)d of"
            " %(ordered)d."
        )
        % shown
    )
