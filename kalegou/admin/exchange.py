"""The exchange shop in the back office: what goes for how many points, and what it costs us."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin

from kalegou.costs import unit_costs
from kalegou.models import ExchangeItem, ExchangeUse
from kalegou.points import worth_of
from ui.formats import money
from users import audit
from users.backoffice import ReadOnly, staff


class ExchangeItemForm(forms.ModelForm):
    def clean_most(self) -> int | None:
        """Locks the offer until it is saved: orders count on it at the same time."""
        most: int | None = self.cleaned_data["most"]
        now = ExchangeItem.objects.select_for_update(no_key=True).filter(pk=self.instance.pk)
        taken = now.values_list("taken", flat=True).first() or 0
        if most is not None and most < taken:
            text = gettext("%(count)d of them have been taken already.")
            raise forms.ValidationError(text % {"count": taken})
        return most


@admin.register(ExchangeItem)
class ExchangeItemAdmin(ModelAdmin):
    """What each of the goods costs in points, in money, and us."""

    form = ExchangeItemForm
    list_display = ("goods", "points", "worth", "price", "cost", "taken_of", "is_open", "ends_at")
    list_filter = ("is_open",)
    list_select_related = ("sku__product",)
    search_fields = ("sku__code", "sku__name", "sku__product__name")
    autocomplete_fields = ("sku",)
    readonly_fields = ("figures",)
    fields = (
        "sku",
        ("points", "figures"),
        ("most", "per_member"),
        "starts_at",
        "ends_at",
        ("is_open", "position"),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: ExchangeItem | None = None) -> Any:
        return (*self.readonly_fields, *(("sku",) if obj else ()))

    def has_delete_permission(self, request: HttpRequest, obj: ExchangeItem | None = None) -> bool:
        return False

    def save_model(
        self, request: HttpRequest, obj: ExchangeItem, form: forms.ModelForm, change: bool
    ) -> None:
        if not change:
            obj.save()
        elif form.changed_data:
            obj.save(update_fields=form.changed_data)
        audit.record(
            actor=staff(request),
            action="change_exchange_item" if change else "make_exchange_item",
            target=f"exchange:{obj.pk}",
            **{name: str(form.cleaned_data[name]) for name in form.changed_data},
        )

    @admin.display(description=_("goods"), ordering="sku__product__name")
    def goods(self, item: ExchangeItem) -> str:
        return f"{item.sku.product.label} {item.sku.label}"

    @admin.display(description=_("points in money"))
    def worth(self, item: ExchangeItem) -> str:
        return money(worth_of(item.points))

    @admin.display(description=_("list price"), ordering="sku__list_price")
    def price(self, item: ExchangeItem) -> str:
        return money(item.sku.list_price)

    @admin.display(description=_("costs us"))
    def cost(self, item: ExchangeItem) -> str:
        return money(unit_costs({item.sku_id: item.sku.list_price}).get(item.sku_id))

    @admin.display(description=_("taken"), ordering="taken")
    def taken_of(self, item: ExchangeItem) -> str:
        return f"{item.taken} / {item.most}" if item.most is not None else str(item.taken)

    @admin.display(description=_("for comparison"))
    def figures(self, item: ExchangeItem) -> str:
        if item._state.adding:
            return gettext("100 points pay ¥1 at the checkout.")
        return gettext("At the checkout %(worth)s; list price %(price)s; costs us %(cost)s.") % {
            "worth": self.worth(item),
            "price": self.price(item),
            "cost": self.cost(item),
        }


@admin.register(ExchangeUse)
class ExchangeUseAdmin(ReadOnly, ModelAdmin):
    """Which orders were paid by points."""

    list_display = ("used_at", "item", "member", "order_no", "points", "quantity")
    list_filter = ("used_at",)
    list_select_related = ("item__sku", "member__user")
    search_fields = ("order_no", "member__user__username", "member__user__phone")
    list_per_page = 50
    show_full_result_count = False
