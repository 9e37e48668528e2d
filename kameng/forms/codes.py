"""Finding one's codes, and saying whom they were sold to."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.models import SKU
from kameng.code_tags import END, plain
from ui.widgets import SearchInput


class CodeFilter(forms.Form):
    q = forms.CharField(
        label=_("Search"),
        required=False,
        max_length=200,
        widget=SearchInput(
            {"placeholder": _("Number, secret, or its last four signs"), "autocomplete": "off"}
        ),
    )
    sku = forms.ChoiceField(label=_("Goods"), required=False)
    expiry = forms.ChoiceField(
        label=_("Valid until"),
        required=False,
        choices=[
            ("", _("Any day")),
            ("7", _("within 7 days")),
            ("30", _("within 30 days")),
            ("90", _("within 90 days")),
            ("past", _("expired")),
        ],
    )
    order = forms.CharField(label=_("Order number"), required=False, max_length=32)

    def __init__(self, skus: Sequence[SKU], *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        field = self.fields["sku"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [
            ("", pgettext_lazy("goods", "All")),
            *((sku.code, f"{sku.product.label} {sku.label}") for sku in skus),
        ]

    def clean_q(self) -> str:
        text: str = self.cleaned_data["q"]
        if text and len(plain(text)) < END:
            raise ValidationError(_("Type at least the last four signs."))
        return text


class SaleForm(forms.Form):
    """What is remembered of a sale; all of it may be left out."""

    customer = forms.CharField(label=_("Customer"), required=False, max_length=60)
    price = forms.DecimalField(
        label=_("Sold for, each (¥)"),
        required=False,
        min_value=Decimal(0),
        max_digits=12,
        decimal_places=2,
        widget=forms.TextInput({"inputmode": "decimal"}),
    )
    note = forms.CharField(label=_("Note"), required=False, max_length=200)
