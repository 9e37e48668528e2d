"""An agent's orders: the list, one order as it goes on, its codes."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from catalog.models import DeliveryKind
from catalog.queries import visible_categories
from kameng.access import agents_only, page
from kameng.forms.filters import OrderFilter
from kameng.models import Agent
from kameng.order_files import order_heading, order_rows
from kameng.order_page import price_rule, steps, timeline_rows
from kameng.queries.orders import STATUS_GROUPS, OrderQuery, find_orders, orders_of, totals
from kameng.services.codes import reveal_codes
from orders.models import Order
from orders.queries import OrderCard
from ui.exports import Cell, as_format, table_file, text_file
from ui.pages import CappedPaginator

PAGE_SIZE = 20
CODES_ON_PAGE = 200


@require_safe
@agents_only
def orders(request: HttpRequest, agent: Agent) -> HttpResponseBase:
    categories = visible_categories()
    form = OrderFilter(categories, request.GET)
    given = form.cleaned_data if form.is_valid() else {}
    group = request.GET.get("status", "")
    code = given.get("category", "")
    wanted = OrderQuery(
        group=group if group in STATUS_GROUPS else "",
        since=given.get("since"),
        until=given.get("until"),
        text=given.get("q", ""),
        category=next((one for one in categories if one.code == code), None),
        sku=given.get("sku", ""),
        kind=given.get("kind", ""),
        source=given.get("source", ""),
        sort=given.get("sort", ""),
    )
    found = find_orders(agent.user, wanted)
    if file_format := as_format(request.GET.get("format")):
        rows = order_rows(found.iterator(chunk_size=2000))
        return table_file("orders", order_heading(), rows, file_format=file_format)
    sums = totals(found)
    paginator = CappedPaginator(found, PAGE_SIZE, counted=sums.count)
    return page(
        request,
        agent,
        "orders",
        {
            "form": form,
            "group": wanted.group,
            "is_filtered": bool(wanted.group) or any(given.values()),
            "has_more": form.has_more,
            "totals": sums,
            "page_obj": paginator.get_page(request.GET.get("page")),
        },
    )


@require_safe
@agents_only
def order(request: HttpRequest, agent: Agent, order_no: str) -> HttpResponse:
    return page(request, agent, "order", _context(_own(agent, order_no)))


@require_safe
@agents_only
def progress(request: HttpRequest, agent: Agent, order_no: str) -> HttpResponse:
    """The moving part of the order's page; it asks again by itself until the order is final."""
    return render(request, "kameng/_order.html", _context(_own(agent, order_no)))


@require_POST
@agents_only
def codes(request: HttpRequest, agent: Agent, order_no: str) -> HttpResponseBase:
    """Reveal the codes on the page, or as a file: `as` is page, txt, csv or xlsx."""
    own = _own(agent, order_no)
    if own.kind != DeliveryKind.CARD or not own.delivered_quantity:
        return page(request, agent, "order", _context(own), status=409)
    wanted = request.POST.get("as", "page")
    file_format = as_format(wanted)
    how = file_format or ("txt" if wanted == "txt" else "page")
    cards = reveal_codes(agent=agent, order=own, how=how)
    if how == "txt":
        return text_file(f"{own.order_no}.txt", (_line(card) for card in cards))
    if file_format:
        heading = [_("Number"), _("Secret"), _("Valid until")]
        rows = (_row(card) for card in cards)
        return table_file(own.order_no, heading, rows, file_format=file_format)
    context = {"cards": cards[:CODES_ON_PAGE], "cards_total": len(cards), **_context(own)}
    if request.headers.get("HX-Request"):
        return render(request, "kameng/_codes.html", context)
    return page(request, agent, "order", context)


def _own(agent: Agent, order_no: str) -> Order:
    own: Order = get_object_or_404(orders_of(agent.user), order_no=order_no)
    return own


def _context(own: Order) -> dict[str, object]:
    return {
        "order": own,
        "sku_code": own.sku.code,
        "price_rule": price_rule(own),
        "steps": steps(own),
        "timeline": timeline_rows(own),
        "kept": own.total - own.refunded,
    }


def _line(card: OrderCard) -> str:
    return " ".join(part for part in (card.number, card.secret) if part)


def _row(card: OrderCard) -> list[Cell]:
    return [card.number, card.secret, card.expires_on]
