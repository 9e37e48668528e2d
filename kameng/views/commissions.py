"""What an agent earns: every commission with its order, months, settlements, as pages and files."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from kameng.access import agents_only, page
from kameng.forms.filters import CommissionFilter
from kameng.models import Agent, Commission, CommissionStatus, SettlementHold
from kameng.queries.commissions import (
    CommissionWanted,
    commission_totals,
    commissions_of,
    earned,
    month_totals,
    page_of,
    settlements_of,
    sums_of,
)
from ui.exports import Cell, Format, as_format, table_file
from ui.pages import CappedPaginator, key_from

PAGE_SIZE = 30


@require_safe
@agents_only
def commissions(request: HttpRequest, agent: Agent) -> HttpResponseBase:
    form = CommissionFilter(request.GET)
    said = form.cleaned_data if form.is_valid() else {}
    status = request.GET.get("status", "")
    wanted = CommissionWanted(
        status=status,
        since=said.get("since"),
        until=said.get("until"),
        text=said.get("q", ""),
        settlement=request.GET.get("settlement", "")[:100],
    )
    found = commissions_of(agent, wanted)
    file_format = as_format(request.GET.get("format"))
    if file_format and form.is_valid():
        return _file(found, file_format)
    after = key_from(request.GET.get("after", ""))
    shown = page_of(agent, wanted, after=after, most=PAGE_SIZE)
    is_filtered = any(said.values()) or bool(wanted.settlement)
    # Names in a long list are looked for a stretch at a time: there is no sum of all of them.
    is_whole = not wanted.text or (not after and not shown.next)
    return page(
        request,
        agent,
        "commissions",
        {
            "form": form,
            "is_filtered": is_filtered,
            "status": status if status in CommissionStatus.values else "",
            "statuses": CommissionStatus.choices,
            "totals": commission_totals(agent),
            "sums": sums_of(found) if is_filtered and is_whole else None,
            "hold": SettlementHold.objects.filter(agent=agent, released_at=None).first(),
            "shown": shown,
            "is_first": not after,
            "earned": earned(shown.rows),
        },
    )


def _file(found: QuerySet[Commission], file_format: Format) -> HttpResponseBase:
    heading = [
        _("Earned"),
        _("Order"),
        _("Goods"),
        _("Quantity"),
        _("Order total"),
        _("Bought by"),
        _("Generation"),
        _("Price below you"),
        _("Your price"),
        _("Level difference"),
        _("Generation share"),
        _("Amount"),
        _("Taken back"),
        _("Kept"),
        _("Status"),
        _("Due"),
        _("Paid out"),
        _("Settlement"),
    ]
    return table_file("commissions", heading, _rows(found), file_format=file_format)


def _rows(found: QuerySet[Commission]) -> Iterator[list[Cell]]:
    for row in found.iterator(2000):
        (item,) = earned([row])
        order = row.order
        yield [
            row.created_at,
            order.order_no,
            f"{order.product_name} {order.sku_name}",
            order.delivered_quantity,
            order.total,
            order.buyer.agent.name if order.buyer else "",
            row.generation,
            item.price_below,
            item.own_price,
            row.level_difference,
            row.generation_share,
            row.amount,
            row.reversed_amount,
            row.kept,
            str(row.get_status_display()),
            row.due_at,
            row.settled_at,
            row.settlement_reference,
        ]


@require_safe
@agents_only
def months(request: HttpRequest, agent: Agent) -> HttpResponse:
    """Month totals: a part of the page that comes after it, or a page of its own."""
    context = {"months": month_totals(agent)}
    if request.headers.get("HX-Request"):
        return render(request, "kameng/_commission_months.html", context)
    return page(request, agent, "commission_months", context)


@require_safe
@agents_only
def settlements(request: HttpRequest, agent: Agent) -> HttpResponseBase:
    """What was paid into the wallet when, each with the commissions behind it."""
    found = settlements_of(agent)
    file_format = as_format(request.GET.get("format"))
    if file_format:
        heading = [
            _("Paid out"),
            _("Commissions"),
            _("Earned"),
            _("Netted"),
            _("Amount"),
            _("Reference"),
        ]
        rows: Iterator[list[Cell]] = (
            [row.created_at, row.row_count, row.earned, row.netted, row.amount, row.reference]
            for row in found.iterator(2000)
        )
        return table_file("settlements", heading, rows, file_format=file_format)
    return page(
        request,
        agent,
        "settlements",
        {"page_obj": CappedPaginator(found, PAGE_SIZE).get_page(request.GET.get("page"))},
    )
