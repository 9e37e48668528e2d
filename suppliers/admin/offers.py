"""Staff's view of offers: who can deliver what, at which cost, and what keeps one out."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from suppliers import words
from suppliers.admin.routing import OfferForm, RecordsLosses
from suppliers.models import Offer, OfferStop
from suppliers.pricelists.guarding import guard
from ui.formats import money


@admin.register(Offer)
class OfferAdmin(RecordsLosses):
    """Who can deliver what, at which cost, in which order, within which limits."""

    form = OfferForm

    list_display = (
        "goods",
        "supplier_name",
        "supplier_ref",
        "cost_each",
        "list_price",
        "priority",
        "min_quantity",
        "max_quantity",
        "is_open",
        "kept_out",
    )
    list_filter = ("supplier", "is_open", "sku__kind", "sku__product__category")
    list_select_related = ("sku__product", "supplier")
    search_fields = ("sku__code", "sku__product__search_key", "supplier_ref", "supplier__code")
    autocomplete_fields = ("sku", "supplier")
    fieldsets = (
        (
            None,
            {"fields": (("sku", "supplier"), ("supplier_ref", "cost"), ("priority", "is_open"))},
        ),
        (
            _("Limits"),
            {"fields": (("min_quantity", "max_quantity"), "carriers", "provinces")},
        ),
        (_("Margin"), {"fields": (("allows_loss", "loss_reason"),)}),
    )

    @admin.display(description=_("SKU"), ordering="sku__code")
    def goods(self, offer: Offer) -> str:
        return f"{offer.sku.product.label} · {offer.sku.label}"

    @admin.display(description=_("supplier"), ordering="supplier__code")
    def supplier_name(self, offer: Offer) -> str:
        return offer.supplier.name

    @admin.display(description=_("unit cost"), ordering="cost")
    def cost_each(self, offer: Offer) -> str:
        return money(offer.cost, 4)

    @admin.display(description=_("list price"), ordering="sku__list_price")
    def list_price(self, offer: Offer) -> str:
        return money(offer.sku.list_price)

    @admin.display(description=_("kept out by itself"))
    def kept_out(self, offer: Offer) -> str:
        """Why no order goes there although it is open; empty when orders do."""
        stops = getattr(offer, "open_stops", [])
        return " ".join(words.reason(stop.cause, stop.facts) for stop in stops)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Offer]:
        offers: QuerySet[Offer] = super().get_queryset(request)
        open_stops = OfferStop.objects.filter(ended_at=None)
        return offers.prefetch_related(Prefetch("stops", open_stops, to_attr="open_stops"))

    def save_model(self, request: HttpRequest, obj: Offer, form: Any, change: bool) -> None:
        """What was changed may end a stop, or begin one: at once, not with the next look."""
        super().save_model(request, obj, form, change)
        guard(supplier_id=obj.supplier_id)
