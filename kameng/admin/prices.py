"""What agents pay: tier prices, tier discounts, contract prices, markups. Newest rules at once."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin

from kameng.models import ContractPrice, DownlineMarkup, TierDiscount, TierPrice


class _Goods:
    """The SKU with its product's name, which a SKU alone ("¥10") doesn't tell."""

    @admin.display(description=_("goods"), ordering="sku")
    def goods(self, row: Any) -> str:
        return f"{row.sku.product.label} {row.sku.label}" if row.sku else str(_("everything"))

    @admin.display(description=_("list price"), ordering="sku__list_price")
    def list_price(self, row: Any) -> Any:
        return row.sku.list_price


@admin.register(TierPrice)
class TierPriceAdmin(_Goods, ModelAdmin):
    """A tier's price for one SKU; it goes before the tier's discount."""

    list_display = ("goods", "tier", "price", "list_price")
    list_editable = ("price",)
    list_filter = ("tier", "sku__product__category", "sku__kind")
    list_select_related = ("sku__product", "tier")
    search_fields = ("sku__code", "sku__product__search_key")
    autocomplete_fields = ("sku", "tier")
    ordering = ("sku", "tier__rank")


@admin.register(TierDiscount)
class TierDiscountAdmin(ModelAdmin):
    """A tier's share of the list price in a category and everything in it."""

    list_display = ("category", "tier", "rate")
    list_editable = ("rate",)
    list_filter = ("tier",)
    list_select_related = ("category", "tier")
    search_fields = ("category__name", "category__code")
    autocomplete_fields = ("category", "tier")
    ordering = ("category__tree_id", "category__lft", "tier__rank")


@admin.register(ContractPrice)
class ContractPriceAdmin(_Goods, ModelAdmin):
    """密价: agreed with one agent for one SKU; it goes before every other rule."""

    list_display = ("agent", "goods", "price", "list_price", "valid_from", "valid_until")
    list_filter = ("valid_until", "sku__product__category")
    list_select_related = ("agent", "sku__product")
    search_fields = ("agent__name", "agent__user__username", "sku__code")
    autocomplete_fields = ("agent", "sku")


@admin.register(DownlineMarkup)
class DownlineMarkupAdmin(_Goods, ModelAdmin):
    """What an upline adds to its own price for its direct downline."""

    list_display = ("upline", "goods", "rate")
    list_select_related = ("upline", "sku__product")
    search_fields = ("upline__name", "upline__user__username", "sku__code")
    autocomplete_fields = ("upline", "sku")
