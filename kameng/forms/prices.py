"""The filter of the price list, and what an upline adds for its downline."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.models import SKU, Category, DeliveryKind
from catalog.queries import sellable_skus
from kameng.models import Agent, PriceKind
from kameng.price_items import PriceItem
from ui.widgets import SearchInput, SegmentedSelect

_SORTS = [
    ("", _("As on the shelf")),
    ("price", _("Your price, lowest first")),
    ("-price", _("Your price, highest first")),
    ("-margin", _("Margin, highest first")),
    ("margin", _("Margin, lowest first")),
    ("-percent", _("Margin in %, highest first")),
    ("percent", _("Margin in %, lowest first")),
]


def _named(categories: Sequence[Category], *, by: str) -> list[tuple[Any, str]]:
    return [(getattr(one, by), "\u2003" * one.level + one.label) for one in categories]


class PriceListFilter(forms.Form):
    q = forms.CharField(
        label=_("Search"),
        required=False,
        max_length=100,
        widget=SearchInput({"placeholder": _("Name, brand, pinyin, code")}),
    )
    category = forms.ChoiceField(label=_("Category"), required=False)
    kind = forms.ChoiceField(
        label=_("Delivery"), required=False, choices=[("", _("All")), *DeliveryKind.choices]
    )
    sort = forms.ChoiceField(label=_("Sort by"), required=False, choices=_SORTS)

    def __init__(self, *args: Any, categories: Sequence[Category], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["category"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("All")), *_named(categories, by="code")]


class MarkupForm(forms.Form):
    scope = forms.ChoiceField(
        label=pgettext_lazy("markup", "For"),
        choices=[("all", _("Everything")), ("category", _("A category")), ("sku", _("One SKU"))],
        widget=SegmentedSelect,
    )
    category = forms.ChoiceField(
        label=_("Category"), required=False, help_text=_("Counts if you chose “A category”.")
    )
    sku = forms.CharField(
        label=_("SKU"),
        required=False,
        max_length=60,
        help_text=_("Its code, as in the price list. Counts if you chose “One SKU”."),
    )
    percent = forms.DecimalField(
        label=_("Markup in %"),
        min_value=Decimal(0),
        max_value=Decimal(100),
        max_digits=5,
        decimal_places=2,
        help_text=_("What your direct agents pay above your own price: 3 makes ¥103 of ¥100."),
        widget=forms.TextInput({"inputmode": "decimal", "autocomplete": "off"}),
    )

    def __init__(self, categories: Sequence[Category], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["category"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("Choose a category")), *_named(categories, by="pk")]

    def clean(self) -> dict[str, Any]:
        said = self.cleaned_data
        match said.get("scope"):
            case "category":
                if not said.get("category"):
                    self.add_error("category", _("Choose a category."))
            case "sku":
                said["sku_row"] = self._sku(said.get("sku", ""))
        return said

    def _sku(self, text: str) -> SKU | None:
        found = sellable_skus().filter(code=text.strip()).first()
        if found is None:
            self.add_error("sku", _("There is no SKU with this code on sale."))
        return found

    def item(self, agent: Agent) -> PriceItem:
        said = self.cleaned_data
        scope = said["scope"]
        return PriceItem(
            kind=PriceKind.MARKUP,
            value=said["percent"] / 100,
            agent_id=agent.pk,
            category_id=int(said["category"]) if scope == "category" else None,
            sku_id=said["sku_row"].pk if scope == "sku" else None,
        )
