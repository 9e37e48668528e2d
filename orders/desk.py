"""Orders that wait for a person, and how today goes."""

from __future__ import annotations

from django.core.cache import cache
from django.db.models import Count, F, Min, Sum
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from orders.models import Channel, Fulfilment, Order, OrderStatus
from ui.formats import grouped, money
from users.desk import Figure, Waiting

FIGURES_SECONDS = 30


def waiting() -> list[Waiting]:
    """Two statements over partial indexes."""
    undecided = Fulfilment.objects.filter(needs_decision=True).aggregate(
        count=Count("pk"), oldest=Min("submitted_at")
    )
    looked_at = Order.objects.filter(needs_attention=True).aggregate(
        count=Count("pk"), oldest=Min("created_at"), amount=Sum("total")
    )
    return [
        Waiting(
            _("Results that nobody knows: delivered or not?"),
            undecided["count"],
            "orders_fulfilment_changelist",
            "orders.view_fulfilment",
            "?needs=decision",
            oldest=undecided["oldest"],
        ),
        Waiting(
            _("Orders to look at"),
            looked_at["count"],
            "orders_order_changelist",
            "orders.view_order",
            "?needs_attention__exact=1",
            amount=looked_at["amount"],
            oldest=looked_at["oldest"],
        ),
    ]


def today() -> list[Figure]:
    """What was finished since midnight; remembered for half a minute, however many look."""
    return cache.get_or_set("orders.desk.today", _count_today, FIGURES_SECONDS) or []


def _count_today() -> list[Figure]:
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    goods = Order.objects.exclude(channel=Channel.SANDBOX)
    rows = (
        goods.filter(finished_at__gte=midnight)
        .order_by()
        .values_list("channel", "status")
        .annotate(count=Count("pk"), kept=Sum(F("total") - F("refunded")))
    )
    counts = {(channel, status): (count, kept) for channel, status, count, kept in rows}
    figures = []
    for channel in (Channel.RETAIL, Channel.WHOLESALE):
        delivered = [
            counts.get((channel, status), (0, 0))
            for status in (OrderStatus.COMPLETED, OrderStatus.PARTIALLY_COMPLETED)
        ]
        figures.append(
            Figure(
                channel.label,
                money(sum(kept for _count, kept in delivered)),
                _("%(count)s orders delivered today")
                % {"count": grouped(sum(count for count, _kept in delivered), 0)},
            )
        )
    ended = [
        counts.get((channel, status), (0, 0))[0]
        for channel in (Channel.RETAIL, Channel.WHOLESALE)
        for status in (OrderStatus.COMPLETED, OrderStatus.PARTIALLY_COMPLETED, OrderStatus.FAILED)
    ]
    failed = sum(ended[2::3])
    share = grouped(100 * (1 - failed / sum(ended)), 1) + "%" if sum(ended) else "—"
    figures.append(
        Figure(
            _("Delivered of what ended"),
            share,
            _("%(count)s failed and went back to the buyer") % {"count": grouped(failed, 0)},
        )
    )
    figures.append(
        Figure(_("On their way"), grouped(goods.open().count(), 0), _("paid, not finished yet"))
    )
    return figures
