"""An agent's own prices, their history, and what it adds for its downline."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from catalog.models import SKU, DeliveryKind
from catalog.queries import sellable_skus, visible_categories
from kameng.access import active_agents_only, page
from kameng.forms.prices import MarkupForm, PriceListFilter
from kameng.models import Agent, DownlineMarkup
from kameng.price_words import percent
from kameng.queries.markups import MarkupPreview, markup_preview, markups_of
from kameng.queries.own_prices import find_skus, own_prices, price_table, sort_prices
from kameng.queries.price_history import own_history
from kameng.services.markups import remove_markup, set_markup
from ui.exports import as_format, table_file
from users.errors import PersonError

PAGE_SIZE = 30


@require_safe
@active_agents_only
def price_list(request: HttpRequest, agent: Agent) -> HttpResponseBase:
    categories = visible_categories()
    form = PriceListFilter(request.GET, categories=categories)
    wanted = form.cleaned_data if form.is_valid() else {}
    found = find_skus(
        category=next((c for c in categories if c.code == wanted.get("category")), None),
        kind=DeliveryKind(wanted["kind"]) if wanted.get("kind") else None,
        text=wanted.get("q", ""),
    )
    sort = wanted.get("sort") or "shelf"
    file_format = as_format(request.GET.get("format"))
    if file_format or sort != "shelf":
        prices = own_prices(agent, list(found))
        if sort != "shelf":
            prices = sort_prices(prices, sort)
        if file_format:
            return table_file("price-list", *price_table(prices), file_format=file_format)
        page_obj: Any = Paginator(prices, PAGE_SIZE).get_page(request.GET.get("page"))
        shown = list(page_obj)
    else:
        page_obj = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
        shown = own_prices(agent, list(page_obj))
    return page(
        request,
        agent,
        "price_list",
        {
            "form": form,
            "is_filtered": any(wanted.get(name) for name in ("q", "category", "kind")),
            "page_obj": page_obj,
            "prices": shown,
        },
    )


@require_safe
@active_agents_only
def price_history(request: HttpRequest, agent: Agent, code: str) -> HttpResponseBase:
    sku = _sku_or_404(code)
    history = own_history(agent, sku)
    file_format = as_format(request.GET.get("format"))
    if file_format:
        heading = [_("Time"), pgettext("price", "Before"), _("After"), _("Why")]
        rows = ([one.at, one.before, one.price, one.cause] for one in history.changes)
        return table_file(f"price-history-{sku.code}", heading, rows, file_format=file_format)
    (own,) = own_prices(agent, [sku])
    return page(
        request,
        agent,
        "price_history",
        {
            "sku": sku,
            "own": own,
            "history": history,
            "page_obj": Paginator(history.changes, PAGE_SIZE).get_page(request.GET.get("page")),
        },
    )


def _sku_or_404(code: str) -> SKU:
    sku = sellable_skus().filter(code=code).first()
    if sku is None:
        raise Http404(code)
    return sku


@require_http_methods(["GET", "HEAD", "POST"])
@active_agents_only
def markups(request: HttpRequest, agent: Agent) -> HttpResponse:
    """What is added now, a form for more, and what it would do, before it is done."""
    categories = visible_categories()
    if request.method != "POST":
        scope = "sku" if request.GET.get("sku") else "all"
        initial = {"scope": scope, "sku": request.GET.get("sku", "")}
        return _markups(request, agent, MarkupForm(categories, initial=initial))
    form = MarkupForm(categories, request.POST)
    if not form.is_valid():
        return _markups(request, agent, form, status=422)
    item = form.item(agent)
    found = markup_preview(agent, item)
    if "save" not in request.POST or found.problems:
        status = 409 if found.problems and "save" in request.POST else 200
        return _markups(request, agent, form, found=found, status=status)
    try:
        set_markup(agent=agent, item=item, actor=agent.user)
    except PersonError as refusal:
        form.add_error(None, str(refusal))
        return _markups(request, agent, form, status=refusal.status)
    messages.success(
        request,
        _("Your agents pay %(rate)s more than you do from their next order on.")
        % {"rate": percent(form.cleaned_data["percent"] / 100)},
    )
    return redirect("kameng:markups")


@require_POST
@active_agents_only
def take_markup_away(request: HttpRequest, agent: Agent, pk: int) -> HttpResponse:
    markup = DownlineMarkup.objects.filter(upline=agent, pk=pk).first()
    if markup is None:
        raise Http404(pk)
    try:
        remove_markup(agent=agent, markup=markup, actor=agent.user)
    except PersonError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The markup is gone: the prices below you have changed."))
    return redirect("kameng:markups")


def _markups(
    request: HttpRequest,
    agent: Agent,
    form: MarkupForm,
    *,
    found: MarkupPreview | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "form": form,
        "found": found,
        "markups": markups_of(agent),
        "has_downline": agent.get_descendant_count() > 0,
    }
    return page(request, agent, "markups", context, status=status)
