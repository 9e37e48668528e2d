"""Filters above lists: everything optional, and a wrong value is told beside its field."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _

from catalog.models import DeliveryKind
from ui.widgets import SearchInput


class DateInput(forms.DateInput):
    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


# A day's end is the next one's beginning: the calendar's last day has none.
_EARLIEST, _LATEST = date(2000, 1, 1), date(2100, 12, 31)
_NO_DAY = _("Enter a date like 2026-11-24.")


def _day(label: Any) -> forms.DateField:
    return forms.DateField(
        label=label,
        required=False,
        widget=DateInput,
        error_messages={"invalid": _NO_DAY},
        validators=[MinValueValidator(_EARLIEST, _NO_DAY), MaxValueValidator(_LATEST, _NO_DAY)],
    )


class BetweenDays(forms.Form):
    since = _day(_("From"))
    until = _day(_("To"))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        since, until = cleaned.get("since"), cleaned.get("until")
        if since and until and until < since:
            self.add_error("until", _("The end is before the beginning."))
        return cleaned


class OrderFilter(BetweenDays):
    q = forms.CharField(
        label=_("Search"),
        required=False,
        max_length=100,
        widget=SearchInput({"placeholder": _("Order number, phone number, goods")}),
    )
    field_order = ("q", "since", "until")


class StatementFilter(BetweenDays):
    pass


class CatalogueFilter(forms.Form):
    q = forms.CharField(
        label=_("Search"),
        required=False,
        max_length=100,
        widget=SearchInput({"placeholder": _("Name, brand, pinyin")}),
    )
    kind = forms.ChoiceField(
        label=_("Delivery"), required=False, choices=[("", _("All")), *DeliveryKind.choices]
    )
