"""Filters above lists: everything optional, and a wrong value is told beside its field."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.models import Category, DeliveryKind
from kameng.order_sources import Source
from kameng.queries.statement import GROUPS
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
        widget=SearchInput({"placeholder": _("Order number, phone number, reference, goods")}),
    )
    category = forms.ChoiceField(label=_("Category"), required=False)
    kind = forms.ChoiceField(
        label=_("Delivery"), required=False, choices=[("", _("All")), *DeliveryKind.choices]
    )
    source = forms.ChoiceField(
        label=_("Ordered through"), required=False, choices=[("", _("All")), *Source.choices]
    )
    sku = forms.SlugField(label=_("SKU code"), required=False, max_length=60)
    sort = forms.ChoiceField(
        label=_("Sort by"),
        required=False,
        choices=[
            ("", _("Newest first")),
            ("oldest", _("Oldest first")),
            ("total", _("Largest amount first")),
        ],
    )
    field_order = ("q", "since", "until")
    MORE = ("category", "kind", "source", "sku", "sort")

    def __init__(self, categories: Sequence[Category], *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        field = self.fields["category"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [
            ("", _("All")),
            *((one.code, "\u3000" * one.level + one.label) for one in categories),
        ]

    @property
    def more(self) -> list[forms.BoundField]:
        """What most people leave alone."""
        return [self[name] for name in self.MORE]

    @property
    def has_more(self) -> bool:
        return any(self[name].value() for name in self.MORE)


class CommissionFilter(BetweenDays):
    q = forms.CharField(
        label=_("Search"),
        required=False,
        max_length=100,
        widget=SearchInput({"placeholder": _("Order number, buyer, goods")}),
    )
    field_order = ("q", "since", "until")


class StatementFilter(BetweenDays):
    q = forms.CharField(
        label=_("Search"),
        required=False,
        max_length=64,
        widget=SearchInput({"placeholder": _("Number of an order, a deposit, a withdrawal")}),
    )
    kind = forms.ChoiceField(
        label=_("What"),
        required=False,
        choices=[("", _("All")), *((code, label) for code, (label, _kinds) in GROUPS.items())],
    )
    field_order = ("q", "kind", "since", "until")


class CatalogueFilter(forms.Form):
    q = forms.CharField(
        label=_("Search"),
        required=False,
        max_length=100,
        widget=SearchInput({"placeholder": _("Name, pinyin, brand, code")}),
    )
    kind = forms.ChoiceField(
        label=_("Delivery"), required=False, choices=[("", _("All")), *DeliveryKind.choices]
    )
    sort = forms.ChoiceField(
        label=_("Sort by"),
        required=False,
        choices=[
            ("", _("Shelf")),
            ("bought", _("What you buy most")),
            ("price", _("Price, lowest first")),
            ("-price", _("Price, highest first")),
            ("name", pgettext_lazy("goods", "Name")),
        ],
    )
    stock = forms.BooleanField(label=_("Can be had now"), required=False)
