"""Forms of the suppliers' back-office pages."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminFileFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from catalog.imports import MAX_UNIT_COST
from suppliers.alerts.services import check_receiver
from suppliers.models import STOCK_ADAPTER, AlertCause, AlertReceiver, Supplier
from suppliers.registry import protocol_of
from users.errors import PersonError


class NoFields(forms.Form):
    """A page with one button and nothing to fill in."""


class ReceiverForm(forms.ModelForm):
    """Who is told of alerts; the secret can be replaced here and never read."""

    secret = forms.CharField(
        label=_("New secret"),
        required=False,
        max_length=200,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
        help_text=_(
            "Webhooks only: both sides know it, and the signature is made with it. Left empty, it"
            " stays as it is. It is sealed and never shown again."
        ),
    )
    causes = forms.MultipleChoiceField(
        label=_("Only about"),
        required=False,
        choices=AlertCause.choices,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text=_("None ticked: about everything."),
    )

    class Meta:
        model = AlertReceiver
        fields = ("code", "name", "kind", "address", "causes", "is_open")

    def clean(self) -> dict[str, Any]:
        """The service's own refusals, beside the field that they name."""
        said: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors:
            try:
                check_receiver(
                    kind=said["kind"],
                    address=said["address"],
                    secret=said["secret"],
                    has_secret=bool(self.instance.sealed_secret),
                )
            except PersonError as refused:
                self.add_error(refused.field, str(refused))
        return said


class ImportForm(forms.Form):
    file = forms.FileField(
        label=_("File"),
        widget=UnfoldAdminFileFieldWidget,
        help_text=_(
            "Text or CSV in UTF-8 or GBK, up to 20 MB. Larger ones: manage.py import_cards."
        ),
    )
    supplier = forms.ModelChoiceField(
        label=_("Bought from"),
        queryset=Supplier.objects.order_by("code"),
        widget=UnfoldAdminSelectWidget,
    )
    unit_cost = forms.DecimalField(
        label=_("Cost of one card (¥)"),
        min_value=0,
        max_value=MAX_UNIT_COST,
        max_digits=20,
        decimal_places=4,
        widget=UnfoldAdminDecimalFieldWidget,
    )
    skip_bad = forms.BooleanField(
        label=_("Import the good lines of a file with bad ones"),
        required=False,
        widget=UnfoldBooleanSwitchWidget,
    )

    def __init__(self, *args: Any, is_too_large: bool, **kwargs: Any) -> None:
        """`is_too_large`: a file came and was dropped (suppliers/uploads.py)."""
        super().__init__(*args, **kwargs)
        if is_too_large:
            self.fields["file"].error_messages["required"] = _(
                "This file is larger than 20 MB. Use manage.py import_cards for it."
            )


def protocol_name(code: str) -> str | Promise:
    """A protocol as staff know it; its code when nobody lists it any more."""
    if code == STOCK_ADAPTER:
        return _("Local card stock")
    return protocol_of(code).title or code if code in settings.SUPPLIER_ADAPTERS else code


class ProtocolForm(forms.Form):
    """The first question about a new supplier."""

    adapter = forms.ChoiceField(label=_("Protocol"), widget=UnfoldAdminSelectWidget)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["adapter"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(code, protocol_name(code)) for code in settings.SUPPLIER_ADAPTERS]
