"""An invite code that is typed, and paying in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


class InviteCodeForm(forms.Form):
    invite_code = forms.CharField(
        label=_("Invite code"),
        max_length=40,
        widget=forms.TextInput({"autocomplete": "off", "autocapitalize": "characters"}),
    )


class DepositForm(forms.Form):
    amount = forms.DecimalField(
        label=_("Amount (¥)"),
        max_digits=12,
        error_messages={
            "required": _("Enter an amount."),
            "invalid": _("Enter an amount, for example 500."),
        },
        widget=forms.TextInput({"inputmode": "decimal", "autocomplete": "off"}),
    )
    gateway = forms.ChoiceField(
        label=_("Payment method"),
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": _("Choose one of the payment methods.")},
    )

    def __init__(self, gateways: Sequence[tuple[str, Any]], *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        choice = self.fields["gateway"]
        assert isinstance(choice, forms.ChoiceField)
        choice.choices = list(gateways)
        if gateways:
            choice.initial = gateways[0][0]
