"""The table of goods that a coupon brings below cost, on its page."""

from __future__ import annotations

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from kalegou.models import Coupon
from kalegou.queries.coupon_losses import losses_of
from ui.formats import money

SHOWN = 20


def losses_table(coupon: Coupon) -> str | SafeString:
    """Which orders lose how much, and what was decided about them."""
    found = losses_of(coupon)
    if not found:
        return _("It brings none of its goods below what they cost us.")
    decision = (
        _("You let it: each of these orders loses what stands in the last column.")
        if coupon.allows_loss
        else _("It isn't taken for these orders, since it may not go below cost.")
    )
    rows = format_html_join(
        "",
        "<tr><td>{} {}</td><td>{} × {}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
        (
            (
                loss.sku.product.label,
                loss.sku.label,
                loss.quantity,
                money(loss.gross / loss.quantity),
                money(-loss.off),
                money(loss.cost),
                money(loss.result),
            )
            for loss in found[:SHOWN]
        ),
    )
    heads = (_("Goods"), _("Order"), _("Coupon"), _("Cost"), _("Result"))
    return format_html(
        '<p class="mb-2">{} {}</p><table class="w-full text-left">'
        "<thead><tr>{}</tr></thead><tbody>{}</tbody></table>",
        decision,
        _("%(count)d SKUs, the worst first.") % {"count": len(found)},
        format_html_join("", "<th>{}</th>", ((head,) for head in heads)),
        rows,
    )
