"""How staff steer routing: rules of SKUs, maintenance windows, limits of offers."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminTextInputWidget

from catalog.models import Carrier
from suppliers.models import MaintenanceWindow, Offer, RoutingRule
from users import audit
from users.backoffice import staff

PROVINCES = [
    "北京",
    "天津",
    "河北",
    "山西",
    "内蒙古",
    "辽宁",
    "吉林",
    "黑龙江",
    "上海",
    "江苏",
    "浙江",
    "安徽",
    "福建",
    "江西",
    "山东",
    "河南",
    "湖北",
    "湖南",
    "广东",
    "广西",
    "海南",
    "重庆",
    "四川",
    "贵州",
    "云南",
    "西藏",
    "陕西",
    "甘肃",
    "青海",
    "宁夏",
    "新疆",
]


class OfferForm(forms.ModelForm):
    carriers = forms.MultipleChoiceField(
        label=_("only these carriers"),
        choices=Carrier.choices,
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text=_("None chosen: for numbers of every carrier."),
    )
    provinces = forms.CharField(
        label=_("only these provinces"),
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text=_(
            "In Chinese, with spaces between: 广东 广西. Empty: for every province. A number whose"
            " place isn't known is let through."
        ),
    )

    class Meta:
        model = Offer
        exclude = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["provinces"] = " ".join(self.instance.provinces)

    def clean_provinces(self) -> list[str]:
        words = self.cleaned_data["provinces"].replace(",", " ").replace("，", " ").split()
        unknown = [word for word in words if word not in PROVINCES]
        if unknown:
            raise forms.ValidationError(
                _("These are not provinces as the table of numbers has them: %(words)s"),
                params={"words": ", ".join(unknown)},
            )
        return list(dict.fromkeys(words))


class RecordsLosses(ModelAdmin):
    """Allowing or ending sales below cost is a decision about money: it is audited."""

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if "allows_loss" in form.changed_data or (obj.allows_loss and not change):
            audit.record(
                actor=staff(request),
                action="allow_loss" if obj.allows_loss else "end_loss",
                target=f"{obj._meta.model_name}:{obj.pk}",
                reason=obj.loss_reason,
            )


@admin.register(RoutingRule)
class RoutingRuleAdmin(RecordsLosses):
    """How the offers of a SKU are chosen; a SKU without a rule goes by priority."""

    list_display = ("sku", "mode", "may_split", "allows_loss", "loss_reason")
    list_filter = ("mode", "may_split", "allows_loss")
    list_select_related = ("sku__product",)
    search_fields = ("sku__code", "sku__product__search_key")
    autocomplete_fields = ("sku",)
    fieldsets = (
        (None, {"fields": ("sku", "mode", "may_split")}),
        (
            _("Weights of the score"),
            {
                "fields": (
                    ("weight_cost", "weight_success", "weight_speed"),
                    ("weight_balance", "weight_priority"),
                ),
                "description": _(
                    "Relative to each other; used when offers are chosen by score. The order's page"
                    " shows the score of each offer and what it is made of."
                ),
            },
        ),
        (_("Margin"), {"fields": (("allows_loss", "loss_reason"),)}),
    )


@admin.register(MaintenanceWindow)
class MaintenanceWindowAdmin(ModelAdmin):
    """When a supplier or an offer takes no orders; others deliver meanwhile."""

    list_display = (
        "reason",
        "supplier",
        "offer",
        "starts_at",
        "ends_at",
        "daily_from",
        "daily_until",
    )
    list_filter = ("supplier",)
    list_select_related = ("supplier", "offer__supplier", "offer__sku__product")
    search_fields = ("reason", "supplier__code", "offer__sku__code")
    autocomplete_fields = ("supplier", "offer")
    fieldsets = (
        (None, {"fields": (("supplier", "offer"), "reason")}),
        (_("Once"), {"fields": ("starts_at", "ends_at")}),
        (
            _("Every day"),
            {
                "fields": (("daily_from", "daily_until"),),
                "description": _(
                    "By the clock of the shop (Beijing); 23:30 to 01:00 is one night."
                ),
            },
        ),
    )
