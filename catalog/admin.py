"""Staff's view of the catalogue: categories, products with their SKUs, prices, stock and lots."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Count, F, QuerySet, Sum
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline
from unfold.decorators import action

from catalog.authorisation import authorised, contracts_of
from catalog.forms import SKUForm, WithdrawForm
from catalog.models import SKU, AccountField, Category, DeliveryKind, Product, StockLane, StockLot
from catalog.queries import cards_left
from catalog.services import save_category, save_product, save_sku
from catalog.withdrawing import withdraw_card
from ui.formats import money
from users.backoffice import ReadOnly, ask, staff
from users.errors import PersonError

LOW_STOCK = 20


@admin.register(Category)
class CategoryAdmin(ModelAdmin):
    """The tree of the shop. What still holds products can't be deleted; hide it instead."""

    list_display = ("indented", "code", "product_count", "is_visible", "position")
    list_filter = ("is_visible",)
    search_fields = ("name", "name_en", "code")
    ordering = ("tree_id", "lft")
    fields = ("parent", "name", "name_en", "code", "icon", "position", "is_visible")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Category]:
        categories: QuerySet[Category] = super().get_queryset(request)
        return categories.annotate(products_in=Count("products"))

    def save_model(self, request: HttpRequest, obj: Category, form: Any, change: bool) -> None:
        save_category(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Category]) -> None:
        for category in queryset:  # one by one: mptt closes the gaps in the tree
            self.delete_model(request, category)

    @admin.display(description=_("category"))
    def indented(self, category: Category) -> str:
        return format_html("{}{}", "\u2003" * category.level, category.label)

    @admin.display(description=_("products"), ordering="products_in")
    def product_count(self, category: Category) -> int:
        count: int = getattr(category, "products_in", 0)
        return count


class ContractFilter(admin.SimpleListFilter):
    title = _("contract")
    parameter_name = "contract"

    def lookups(
        self, request: HttpRequest, model_admin: admin.ModelAdmin[Product]
    ) -> list[tuple[str, Any]]:
        return [
            ("missing", _("official, off the shelf without a contract")),
            ("there", _("official, covered today")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Product]) -> QuerySet[Product]:
        official = queryset.filter(is_official=True)
        covered = SKU.objects.filter(authorised(), product__is_official=True).values("product")
        match self.value():
            case "missing":
                return official.exclude(pk__in=covered)
            case "there":
                return official.filter(pk__in=covered)
        return queryset


class SKUInline(TabularInline):
    model = SKU
    form = SKUForm
    extra = 0
    show_change_link = True
    fields = (
        "code",
        "name",
        "name_en",
        "face_value",
        "list_price",
        "min_quantity",
        "max_quantity",
        "is_any_amount",
        "is_on_sale",
        "position",
    )


class AccountFieldInline(TabularInline):
    model = AccountField
    extra = 0
    fields = ("name", "label", "label_en", "kind", "min_length", "max_length", "position")


@admin.register(Product)
class ProductAdmin(ModelAdmin):
    """What a product is and what it is sold as. Saving renews what search finds it by."""

    list_display = ("name", "code", "category", "kind", "brand", "sku_count", "is_on_sale")
    list_filter = (
        "kind",
        "is_on_sale",
        "is_official",
        ContractFilter,
        "category",
        "carrier",
        "speed",
    )
    list_select_related = ("category",)
    search_fields = ("search_key", "name", "code")
    inlines = (SKUInline, AccountFieldInline)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Product]:
        products: QuerySet[Product] = super().get_queryset(request)
        return products.annotate(skus_in=Count("skus"))

    def get_readonly_fields(
        self, request: HttpRequest, obj: Product | None = None
    ) -> tuple[str, ...]:
        """How it is delivered is settled once: orders and stock hang on it."""
        return ("kind",) if obj else ()

    def save_model(self, request: HttpRequest, obj: Product, form: Any, change: bool) -> None:
        save_product(obj)
        if obj.is_official and not contracts_of(obj):
            messages.warning(
                request,
                _(
                    "No contract covers these official goods today, so they are off the shelf."
                    " Enter the contract under Supplier contracts."
                ),
            )

    def save_formset(
        self, request: HttpRequest, form: Any, formset: forms.BaseInlineFormSet, change: bool
    ) -> None:
        if formset.model is not SKU:
            super().save_formset(request, form, formset, change)
            return
        for sku in formset.save(commit=False):
            save_sku(sku, actor=staff(request))
        for sku in formset.deleted_objects:
            sku.delete()
        formset.save_m2m()

    @admin.display(description=_("SKUs"), ordering="skus_in")
    def sku_count(self, product: Product) -> int:
        count: int = getattr(product, "skus_in", 0)
        return count


class StockFilter(admin.SimpleListFilter):
    title = _("stock")
    parameter_name = "stock"

    def lookups(
        self, request: HttpRequest, model_admin: admin.ModelAdmin[SKU]
    ) -> list[tuple[str, Any]]:
        return [
            ("none", _("sold out")),
            ("low", _("fewer than %(count)d") % {"count": LOW_STOCK}),
            ("some", _("in stock")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[SKU]) -> QuerySet[SKU]:
        cards = queryset.filter(kind=DeliveryKind.CARD).alias(left=cards_left())
        match self.value():
            case "none":
                return cards.filter(left=0)
            case "low":
                return cards.filter(left__gt=0, left__lt=LOW_STOCK)
            case "some":
                return cards.filter(left__gt=0)
        return queryset


@admin.register(SKU)
class SKUAdmin(ModelAdmin):
    """Prices and stock. Cards are imported from a SKU's own page."""

    form = SKUForm
    list_display = (
        "code",
        "product",
        "name",
        "kind",
        "face",
        "price",
        "stock",
        "is_on_sale",
    )
    ordering = ("product__position", "product_id", "position", "id")
    list_filter = ("kind", "is_on_sale", StockFilter, "product__category")
    list_select_related = ("product",)
    search_fields = ("code", "name", "product__search_key", "product__name")
    autocomplete_fields = ("product",)
    fields = (
        "product",
        "code",
        ("name", "name_en"),
        ("face_value", "list_price"),
        ("min_quantity", "max_quantity", "is_any_amount"),
        ("is_on_sale", "position"),
        "stock",
    )
    actions_detail = ("import_cards", "withdraw_card")

    def get_queryset(self, request: HttpRequest) -> QuerySet[SKU]:
        skus: QuerySet[SKU] = super().get_queryset(request)
        return skus.annotate(left=cards_left())

    def get_readonly_fields(self, request: HttpRequest, obj: SKU | None = None) -> tuple[str, ...]:
        return ("product", "stock") if obj else ("stock",)

    def save_model(self, request: HttpRequest, obj: SKU, form: Any, change: bool) -> None:
        save_sku(obj, actor=staff(request))

    @admin.display(description=_("face value"), ordering="face_value")
    def face(self, sku: SKU) -> str:
        return money(sku.face_value)

    @admin.display(description=_("list price"), ordering="list_price")
    def price(self, sku: SKU) -> str:
        return money(sku.list_price)

    @admin.display(description=_("stock"), ordering="left")
    def stock(self, sku: SKU) -> str:
        if sku.kind != DeliveryKind.CARD:
            return "—"
        return f"{getattr(sku, 'left', 0):,}"

    def has_import_permission(self, request: HttpRequest, object_id: str = "0") -> bool:
        """Only goods that are delivered as cards, and only by who may add stock."""
        is_card = SKU.objects.filter(pk=object_id, kind=DeliveryKind.CARD).exists()
        return is_card and request.user.has_perm("catalog.add_stocklot")

    @action(description=_("Import cards…"), url_path="import-cards", permissions=["import"])
    def import_cards(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """The page is the suppliers' app's, which knows who sold us the cards."""
        return HttpResponseRedirect(reverse("admin:suppliers_import_cards", args=[object_id]))

    @action(description=_("Withdraw a card…"), url_path="withdraw-card", permissions=["import"])
    def withdraw_card(self, request: HttpRequest, object_id: int) -> HttpResponse:
        sku = get_object_or_404(SKU.objects.select_related("product"), pk=object_id)
        back = reverse("admin:catalog_sku_change", args=[sku.pk])
        form = WithdrawForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                cost = withdraw_card(sku=sku, actor=staff(request), **form.cleaned())
            except PersonError as refusal:
                form.add_error(refusal.field, str(refusal))
            else:
                text = _("The card is out of stock. It had cost %(cost)s.")
                messages.success(request, text % {"cost": money(cost, 4)})
                return HttpResponseRedirect(back)
        return ask(
            request,
            site=self.admin_site,
            title=_("Withdraw a card of %(sku)s") % {"sku": sku},
            explanation=_(
                "The card can't be sold any more, and its code can't be imported again. This can't"
                " be undone. Cards that were sold aren't touched."
            ),
            form=form,
            button=_("Withdraw the card"),
            back=back,
        )


class LaneInline(ReadOnly, TabularInline):
    model = StockLane
    extra = 0
    fields = ("expires_on", "size", "next_position", "left")
    readonly_fields = ("left",)

    @admin.display(description=_("unsold"))
    def left(self, lane: StockLane) -> int:
        return lane.remaining


@admin.register(StockLot)
class StockLotAdmin(ReadOnly, ModelAdmin):
    """What was bought when, from whom, and how much of it is left."""

    list_display = (
        "id",
        "sku",
        "supplier_code",
        "card_count",
        "unsold",
        "cost_each",
        "total_cost",
        "source",
        "created_at",
    )
    list_filter = ("supplier_code", "created_at")
    list_select_related = ("sku",)
    search_fields = ("sku__code", "sku__product__search_key", "source")
    show_full_result_count = False
    inlines = (LaneInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[StockLot]:
        lots: QuerySet[StockLot] = super().get_queryset(request)
        return lots.annotate(left=Sum(F("lanes__size") - F("lanes__next_position"), default=0))

    @admin.display(description=_("unsold"), ordering="left")
    def unsold(self, lot: StockLot) -> int:
        left: int = getattr(lot, "left", 0)
        return left

    @admin.display(description=_("unit cost"), ordering="unit_cost")
    def cost_each(self, lot: StockLot) -> str:
        return money(lot.unit_cost, 4)

    @admin.display(description=_("cost"))
    def total_cost(self, lot: StockLot) -> str:
        return money(lot.unit_cost * lot.card_count, 4)
