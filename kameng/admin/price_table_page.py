"""The price table of a category: SKUs against tiers, all of it editable at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from catalog.models import Category
from kameng.models import (
    ChangeSetStatus,
    ChangeSource,
    PriceChangeSet,
    PriceKind,
    Tier,
)
from kameng.price_items import PriceItem
from kameng.queries.price_tables import Grid, grid, skus_in
from kameng.services.price_changes import draft_changes
from orders.money import to_fen
from users.backoffice import staff

EDIT = "kameng.change_tierprice"
ROWS_A_PAGE = 40


def must_edit_prices(request: HttpRequest) -> None:
    if not request.user.has_perm(EDIT):
        raise PermissionDenied


@dataclass(slots=True)
class _Typed:
    """What was typed into the table: `texts` as it was, `errors` by field, `items` what differs."""

    texts: Mapping[str, str] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    items: list[PriceItem] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Input:
    name: str
    value: str
    placeholder: str = ""
    error: str = ""


def _plain(value: Decimal | None) -> str:
    return "" if value is None else f"{value.normalize():f}"


def _read_table(shown: Grid, texts: Mapping[str, str]) -> _Typed:
    """What differs from the table as it is now. Fields that weren't sent aren't touched."""
    typed = _Typed(texts)

    def amount(name: str, *, most: Decimal) -> Decimal | None:
        text = texts[name].strip().replace(",", "")
        if not text:
            return None
        try:
            value = Decimal(text)
        except InvalidOperation:
            value = Decimal(0)
        if not value.is_finite() or not 0 < value <= most or value != to_fen(value):
            typed.errors[name] = gettext("more than 0, at most two decimals")
            return None
        return value

    for row in shown.rows:
        name = f"l-{row.sku.pk}"
        if name in texts:
            value = amount(name, most=Decimal(999_999))
            if value is None and name not in typed.errors:
                typed.errors[name] = gettext("a list price can't be empty")
            elif value is not None and value != row.sku.list_price:
                typed.items.append(PriceItem(kind=PriceKind.LIST, value=value, sku_id=row.sku.pk))
        for cell in row.cells:
            name = f"p-{row.sku.pk}-{cell.tier.pk}"
            if name in texts:
                value = amount(name, most=Decimal(999_999))
                if name not in typed.errors and value != cell.own:
                    typed.items.append(
                        PriceItem(
                            kind=PriceKind.TIER_PRICE,
                            value=value,
                            sku_id=row.sku.pk,
                            tier_id=cell.tier.pk,
                        )
                    )
    for tier in shown.tiers:
        name = f"d-{tier.pk}"
        if name in texts:
            percent = amount(name, most=Decimal(100))
            rate = None if percent is None else percent / 100
            if name not in typed.errors and rate != shown.discounts.get(tier.pk):
                typed.items.append(
                    PriceItem(
                        kind=PriceKind.TIER_DISCOUNT,
                        value=rate,
                        category_id=shown.category.pk,
                        tier_id=tier.pk,
                    )
                )
    return typed


def _of_draft(draft: PriceChangeSet | None) -> dict[str, str]:
    """A draft's values for the fields of the table, to go on editing."""
    texts: dict[str, str] = {}
    for item in map(PriceItem.of, draft.items if draft else []):
        match item.kind:
            case PriceKind.LIST:
                texts[f"l-{item.sku_id}"] = _plain(item.value)
            case PriceKind.TIER_PRICE:
                texts[f"p-{item.sku_id}-{item.tier_id}"] = _plain(item.value)
            case PriceKind.TIER_DISCOUNT:
                texts[f"d-{item.tier_id}"] = _plain(item.value and item.value * 100)
    return texts


@require_http_methods(["GET", "HEAD", "POST"])
def table_page(request: HttpRequest) -> HttpResponse:
    """SKUs against tiers: list price, lowest cost, price and margin of each cell, all editable."""
    must_edit_prices(request)
    categories = list(Category.objects.order_by("tree_id", "lft"))
    wanted = request.GET.get("category", "")
    chosen = next((one for one in categories if str(one.pk) == wanted), None)
    if chosen is None:
        return _table_response(request, categories, None, None, _Typed())
    search = request.GET.get("q", "").strip()
    skus = skus_in(chosen)
    if search:
        skus = skus.filter(product__search_key__contains=search.lower()) | skus.filter(
            code__icontains=search
        )
    page_obj = Paginator(skus, ROWS_A_PAGE).get_page(request.GET.get("page"))
    shown = grid(chosen, list(page_obj))
    if request.method == "POST":
        typed = _read_table(shown, {key: str(value) for key, value in request.POST.items()})
        if not typed.errors and typed.items:
            changes = draft_changes(
                items=typed.items, actor=staff(request), source=ChangeSource.GRID
            )
            address = reverse("admin:kameng_pricechangeset_change", args=[changes.pk])
            back = request.GET.urlencode()
            return HttpResponseRedirect(f"{address}?{urlencode({'back': back})}")
        if not typed.errors:
            messages.info(request, gettext("Nothing differs from the prices as they are now."))
        status = 422 if typed.errors else 200
    else:
        draft = (
            PriceChangeSet.objects.filter(
                pk=request.GET.get("draft") or 0, status=ChangeSetStatus.DRAFT
            ).first()
            if request.GET.get("draft", "").isdigit()
            else None
        )
        typed, status = _Typed(_of_draft(draft)), 200
    return _table_response(request, categories, shown, page_obj, typed, status=status)


def _table_response(
    request: HttpRequest,
    categories: Sequence[Category],
    shown: Grid | None,
    page_obj: Any,
    typed: _Typed,
    *,
    status: int = 200,
) -> HttpResponse:
    def field_of(name: str, value: str, placeholder: str = "") -> _Input:
        return _Input(name, typed.texts.get(name, value), placeholder, typed.errors.get(name, ""))

    rows = [
        {
            "sku": row.sku,
            "cost": row.cost,
            "list": field_of(f"l-{row.sku.pk}", _plain(to_fen(row.sku.list_price))),
            "cells": [
                (
                    cell,
                    field_of(
                        f"p-{row.sku.pk}-{cell.tier.pk}", _plain(cell.own), _plain(cell.price)
                    ),
                )
                for cell in row.cells
            ],
        }
        for row in (shown.rows if shown else ())
    ]
    discounts = [] if shown is None else _discount_fields(shown, field_of)
    context = {
        **admin.site.each_context(request),
        "title": _("Price table"),
        "categories": [("\u2003" * one.level + one.label, one.pk) for one in categories],
        "chosen": shown.category if shown else None,
        "rows": rows,
        "discounts": discounts,
        "page_obj": page_obj,
        "error_count": len(typed.errors),
        "q": request.GET.get("q", ""),
    }
    return render(request, "admin/kameng/price_table.html", context, status=status)


def _discount_fields(
    shown: Grid, field_of: Callable[[str, str, str], _Input]
) -> list[tuple[Tier, _Input]]:
    own, above = shown.discounts, shown.inherited
    return [
        (
            tier,
            field_of(
                f"d-{tier.pk}",
                _plain(own[tier.pk] * 100) if tier.pk in own else "",
                _plain(above[tier.pk] * 100),
            ),
        )
        for tier in shown.tiers
    ]
