"""What staff are asked before something happens to the stock, and the form of a SKU."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from catalog.list_prices import try_list_price
from catalog.models import SKU
from users.backoffice import reason_field
from users.errors import PersonError

_SUPPLIER, _US = "supplier", "us"


class WithdrawForm(forms.Form):
    """The secret isn't shown again, and stands in no record."""

    number = forms.CharField(
        label=_("Card number"),
        max_length=200,
        required=False,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
        help_text=_("Empty for a card that has a secret only."),
    )
    secret = forms.CharField(
        label=_("Secret"),
        max_length=200,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
    )
    borne_by = forms.ChoiceField(
        label=_("Who bears its cost"),
        choices=[
            (_SUPPLIER, _("The supplier takes it back: we owe it less")),
            (_US, _("We do: booked as a loss through this supplier")),
        ],
        widget=UnfoldAdminSelectWidget,
    )
    reason = reason_field()

    def cleaned(self) -> dict[str, Any]:
        """The arguments of `withdraw_card`."""
        return {
            "number": self.cleaned_data["number"],
            "secret": self.cleaned_data["secret"],
            "is_taken_back": self.cleaned_data["borne_by"] == _SUPPLIER,
            "reason": self.cleaned_data["reason"],
        }


class SKUForm(forms.ModelForm):
    """A list price that a storefront refuses is told beside its field."""

    class Meta:
        model = SKU
        fields = "__all__"

    def clean_list_price(self) -> Decimal:
        price: Decimal = self.cleaned_data["list_price"]
        if self.instance.pk and price != self.instance.list_price:
            try:
                try_list_price(self.instance, price)
            except PersonError as refusal:
                raise forms.ValidationError(str(refusal)) from refusal
        return price
