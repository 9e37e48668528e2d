"""“Which prices break a rule already?”: below cost, or below what the upline pays itself."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib import admin
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from catalog.models import SKU
from catalog.queries import search_skus, sellable_skus
from kameng.admin.price_table_page import must_edit_prices
from kameng.price_rails import MOST_PROBLEMS, Problem, find_problems
from kameng.price_words import goods_name, problem_sentences
from ui.exports import Cell, as_format, table_file

PAGE_SIZE = 50
RULES = ("below_cost", "below_upline")


@require_safe
def problems_page(request: HttpRequest) -> HttpResponseBase:
    """All of them, by rule and goods; also those that begin with a contract price to come.

    New ones are refused where prices are changed; these came by other ways: a cost that rose, an
    agent that moved, a price from before the rule.
    """
    must_edit_prices(request)
    search = request.GET.get("q", "").strip()[:60]
    skus = search_skus(search) if search else sellable_skus()
    found = find_problems(list(skus.values_list("pk", flat=True)), now=timezone.now())
    is_capped = len(found) >= MOST_PROBLEMS
    rule = request.GET.get("rule", "")
    if rule in RULES:
        found = [one for one in found if one.rule == rule]
    if file_format := as_format(request.GET.get("format")):
        return table_file("price-problems", _heading(), _cells(found), file_format=file_format)
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    shown = list(page)
    context = {
        **admin.site.each_context(request),
        "title": _("Prices that break a rule"),
        "rows": list(zip(shown, problem_sentences(shown), strict=True)),
        "page_obj": page,
        "q": search,
        "rule": rule if rule in RULES else "",
        "rules": [("below_cost", _("Below cost")), ("below_upline", _("Below the upline"))],
        "is_capped": is_capped,
    }
    return render(request, "admin/kameng/price_problems.html", context)


def _heading() -> list[str]:
    return [
        _("Rule"), _("SKU"), _("Goods"), _("Price"), _("Must be at least"), _("From"), _("What"),
    ]  # fmt: skip


def _cells(found: Sequence[Problem]) -> list[list[Cell]]:
    goods = SKU.objects.select_related("product").in_bulk({one.sku_id for one in found})
    words = {"below_cost": _("Below cost"), "below_upline": _("Below the upline")}
    return [
        [
            words[one.rule],
            goods[one.sku_id].code,
            goods_name(goods[one.sku_id]),
            one.price,
            one.least,
            one.at,
            sentence,
        ]
        for one, sentence in zip(found, problem_sentences(found), strict=True)
    ]
