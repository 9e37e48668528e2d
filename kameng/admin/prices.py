"""What agents pay: lists of the price tables, and forms for contracts and markups.

Everything is saved by kameng/services/price_changes.py, with a reason; tier prices and discounts
are edited together in the price table (kameng/admin/price_tables.py).
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import action, display

from kameng.admin.price_forms import ContractForm, MarkupForm
from kameng.errors import PriceRefused
from kameng.models import (
    ChangeSource,
    ContractPrice,
    DownlineMarkup,
    PriceKind,
    TierDiscount,
    TierPrice,
)
from kameng.price_files import contract_table
from kameng.price_items import PriceItem
from kameng.price_words import goods_name, percent
from kameng.services.price_changes import change_prices
from ui.exports import table_file
from ui.formats import money
from users.backoffice import ReadOnly, ReasonForm, ask, staff
from users.errors import PersonError


class _Goods:
    """The SKU with its product's name, which a SKU alone ("¥10") doesn't tell."""

    @admin.display(description=_("goods"), ordering="sku")
    def goods(self, row: Any) -> str:
        if row.sku:
            return goods_name(row.sku)
        category = getattr(row, "category", None)
        return category.label if category else str(_("everything"))

    @admin.display(description=_("list price"), ordering="sku__list_price")
    def list_price(self, row: Any) -> str:
        return money(row.sku.list_price)

    @admin.display(description=_("price"), ordering="price")
    def price_shown(self, row: Any) -> str:
        return money(row.price)


def _to_table(category_id: int) -> str:
    return format_html(
        '<a class="text-primary-600" href="{}?category={}">{}</a>',
        reverse("admin:kameng_price_table"),
        category_id,
        _("Price table"),
    )


@admin.register(TierPrice)
class TierPriceAdmin(_Goods, ReadOnly, ModelAdmin):
    """A tier's price for one SKU; it goes before the tier's discount."""

    list_display = ("goods", "tier", "price_shown", "list_price", "table")
    list_display_links = None
    list_filter = ("tier", "sku__product__category", "sku__kind")
    list_select_related = ("sku__product", "tier")
    search_fields = ("sku__code", "sku__product__search_key")
    ordering = ("sku", "tier__rank")
    actions_list = ("open_table", "open_upload")

    @admin.display(description="")
    def table(self, row: TierPrice) -> str:
        return _to_table(row.sku.product.category_id)

    @action(description=_("Edit in the price table"), url_path="open-table", icon="table")
    def open_table(self, request: HttpRequest) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:kameng_price_table"))

    @action(description=_("Download and upload…"), url_path="open-upload", icon="upload_file")
    def open_upload(self, request: HttpRequest) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:kameng_price_upload", args=["tiers"]))


@admin.register(TierDiscount)
class TierDiscountAdmin(ReadOnly, ModelAdmin):
    """A tier's share of the list price in a category and everything in it."""

    list_display = ("category", "tier", "share", "table")
    list_display_links = None
    list_filter = ("tier",)
    list_select_related = ("category", "tier")
    search_fields = ("category__name", "category__code")
    ordering = ("category__tree_id", "category__lft", "tier__rank")
    actions_list = ("open_table",)

    @admin.display(description=_("share of list price"), ordering="rate")
    def share(self, row: TierDiscount) -> str:
        return percent(row.rate)

    @admin.display(description="")
    def table(self, row: TierDiscount) -> str:
        return _to_table(row.category_id)

    @action(description=_("Edit in the price table"), url_path="open-table", icon="table")
    def open_table(self, request: HttpRequest) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:kameng_price_table"))


class _Saved:
    """Saves through the service: the form has looked before, the service decides."""

    model: Any
    admin_site: Any

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        change_prices(
            items=form.items(),
            actor=staff(request),
            reason=form.cleaned_data["reason"],
            source=ChangeSource.FORM,
        )
        obj.pk = form.saved().pk

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        try:
            shown: HttpResponse = super().changeform_view(  # type: ignore[misc]
                request, object_id, form_url, extra_context
            )
        except PriceRefused as refused:  # somebody else changed a price in this moment
            messages.error(request, str(refused))
            return HttpResponseRedirect(request.get_full_path())
        return shown

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # it is ended, with a reason


class ContractState(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("now", _("in force")), ("coming", _("to come")), ("over", _("over"))]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[ContractPrice]
    ) -> QuerySet[ContractPrice]:
        now = timezone.now()
        match self.value():
            case "now":
                return queryset.filter(valid_from__lte=now).exclude(valid_until__lte=now)
            case "coming":
                return queryset.filter(valid_from__gt=now)
            case "over":
                return queryset.filter(valid_until__lte=now)
        return queryset


@admin.register(ContractPrice)
class ContractPriceAdmin(_Goods, _Saved, ModelAdmin):
    """密价: agreed with one agent for one SKU; it goes before every other rule."""

    form = ContractForm
    list_display = (
        "agent",
        "goods",
        "price_shown",
        "list_price",
        "state",
        "valid_from",
        "valid_until",
    )
    list_filter = (ContractState, "sku__product__category")
    list_select_related = ("agent", "sku__product")
    search_fields = ("agent__name", "agent__user__username", "sku__code")
    autocomplete_fields = ("agent", "sku")
    fields = (("agent", "sku"), "price", "valid_from", "valid_until", "reason")
    actions_list = ("open_upload",)
    actions_detail = ("end",)
    actions = ("export_csv", "export_excel")

    def get_readonly_fields(
        self, request: HttpRequest, obj: ContractPrice | None = None
    ) -> tuple[str, ...]:
        return ("agent", "sku") if obj else ()

    @display(
        description=_("state"),
        label={"now": "success", "coming": "info", "over": "warning"},
    )
    def state(self, contract: ContractPrice) -> tuple[str, Any]:
        now = timezone.now()
        if contract.valid_from > now:
            return "coming", _("to come")
        if contract.valid_until is not None and contract.valid_until <= now:
            return "over", _("over")
        return "now", _("in force")

    @action(description=_("Download and upload…"), url_path="open-upload", icon="upload_file")
    def open_upload(self, request: HttpRequest) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:kameng_price_upload", args=["contracts"]))

    @admin.action(description=_("Export as CSV"), permissions=["view"])
    def export_csv(
        self, request: HttpRequest, contracts: QuerySet[ContractPrice]
    ) -> HttpResponseBase:
        return table_file("contract-prices", *contract_table(contracts), file_format="csv")

    @admin.action(description=_("Export as Excel"), permissions=["view"])
    def export_excel(
        self, request: HttpRequest, contracts: QuerySet[ContractPrice]
    ) -> HttpResponseBase:
        return table_file("contract-prices", *contract_table(contracts), file_format="xlsx")

    @action(description=_("End it now…"), url_path="end", permissions=["change"])
    def end(self, request: HttpRequest, object_id: int) -> HttpResponse:
        contract = get_object_or_404(
            ContractPrice.objects.select_related("agent", "sku__product"), pk=object_id
        )
        has_begun = contract.valid_from <= timezone.now()
        item = PriceItem(
            kind=PriceKind.CONTRACT,
            value=contract.price if has_begun else None,
            row_id=contract.pk,
            valid_from=contract.valid_from,
            valid_until=timezone.now() if has_begun else None,
        )
        return _take_away(
            request,
            self.admin_site,
            item,
            title=_("End the contract price of %(agent)s") % {"agent": contract.agent},
            explanation=_(
                "From the next order on %(agent)s pays for %(goods)s what its upline or its tier"
                " says. Orders that were placed keep their price."
            )
            % {"agent": contract.agent, "goods": goods_name(contract.sku)},
            back=reverse("admin:kameng_contractprice_changelist"),
            is_allowed=request.user.has_perm("kameng.change_contractprice"),
        )


@admin.register(DownlineMarkup)
class DownlineMarkupAdmin(_Goods, _Saved, ModelAdmin):
    """What an upline adds to its own price for its direct downline. Uplines set it themselves."""

    form = MarkupForm
    list_display = ("upline", "goods", "added")
    list_filter = ("category",)
    list_select_related = ("upline", "sku__product", "category")
    search_fields = ("upline__name", "upline__user__username", "sku__code")
    autocomplete_fields = ("upline", "sku", "category")
    fields = ("upline", ("category", "sku"), "percent", "reason")
    actions_detail = ("remove",)

    def get_readonly_fields(
        self, request: HttpRequest, obj: DownlineMarkup | None = None
    ) -> tuple[str, ...]:
        return ("upline", "category", "sku") if obj else ()

    @admin.display(description=_("added share"), ordering="rate")
    def added(self, markup: DownlineMarkup) -> str:
        return f"+{percent(markup.rate)}"

    @action(description=_("Take it away…"), url_path="remove", permissions=["change"])
    def remove(self, request: HttpRequest, object_id: int) -> HttpResponse:
        markup = get_object_or_404(
            DownlineMarkup.objects.select_related("upline", "sku__product", "category"),
            pk=object_id,
        )
        item = PriceItem(
            kind=PriceKind.MARKUP,
            value=None,
            agent_id=markup.upline_id,
            category_id=markup.category_id,
            sku_id=markup.sku_id,
        )
        return _take_away(
            request,
            self.admin_site,
            item,
            title=_("Take away a markup of %(upline)s") % {"upline": markup.upline},
            explanation=_(
                "From the next order on its direct downline pays for %(goods)s what its next markup"
                " says, or what their tiers pay. Orders that were placed keep their price."
            )
            % {"goods": self.goods(markup)},
            back=reverse("admin:kameng_downlinemarkup_changelist"),
            is_allowed=request.user.has_perm("kameng.change_downlinemarkup"),
        )


def _take_away(
    request: HttpRequest,
    site: Any,
    item: PriceItem,
    *,
    title: Any,
    explanation: Any,
    back: str,
    is_allowed: bool,
) -> HttpResponse:
    if not is_allowed:
        raise PermissionDenied
    form: forms.Form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            change_prices(
                items=[item],
                actor=staff(request),
                reason=form.cleaned_data["reason"],
                source=ChangeSource.FORM,
            )
        except PersonError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The prices are changed."))
            return HttpResponseRedirect(back)
    return ask(
        request,
        site=site,
        title=title,
        explanation=explanation,
        form=form,
        button=title,
        back=back,
    )
