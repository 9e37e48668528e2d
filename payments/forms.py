"""Forms of the payments' back-office pages."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminSingleDateWidget,
    UnfoldAdminTextInputWidget,
)

from users.backoffice import reason_field


class PaidByHandForm(forms.Form):
    amount = forms.DecimalField(
        label=_("Amount of the transfer (¥)"),
        max_digits=20,
        decimal_places=2,
        min_value=0,
        widget=UnfoldAdminDecimalFieldWidget,
    )
    paid_on = forms.DateField(label=_("Date of the transfer"), widget=UnfoldAdminSingleDateWidget)
    bank_reference = forms.CharField(
        label=_("Reference of the transfer"),
        max_length=64,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("The bank's number of it: one transfer pays one refund."),
    )
    reason = reason_field()
