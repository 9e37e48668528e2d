"""An agent's orders as rows of a file. Never with codes: those leave by their own, audited way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from django.utils.translation import gettext as _

from kameng.templatetags.kameng import goods
from orders.models import Order
from ui.exports import Cell


def order_heading() -> list[str]:
    return [
        _("Order number"),
        _("Goods"),
        _("SKU code"),
        _("Account"),
        _("Quantity"),
        _("Delivered"),
        _("Unit price"),
        _("Total"),
        _("Refunded"),
        _("Status"),
        _("Your reference"),
        _("Placed"),
        _("Finished"),
    ]


def order_rows(found: Iterable[Order]) -> Iterator[list[Cell]]:
    for order in found:
        yield [
            order.order_no,
            goods(order),
            order.sku.code,
            order.target,
            order.quantity,
            order.delivered_quantity,
            order.unit_price,
            order.total,
            order.refunded,
            str(order.get_status_display()),
            order.client_ref,
            order.created_at,
            order.finished_at,
        ]
