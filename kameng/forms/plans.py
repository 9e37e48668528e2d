"""The form of a scheduled order: the goods as on their page, and when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.models import Product
from kameng.forms.buying import BuyForm
from kameng.forms.filters import DateInput
from kameng.models import PlanRhythm
from kameng.queries.goods import Ware
from kameng.services.plans import PlanOrder, PlanTimes

_AMOUNT = {"inputmode": "decimal"}


class TimeInput(forms.TimeInput):
    input_type = "time"

    def __init__(self) -> None:
        super().__init__(format="%H:%M")


class PlanForm(BuyForm):
    """`client_ref` makes a form that is sent twice one schedule."""

    title = forms.CharField(label=gettext_lazy("Title"), required=False, max_length=80)
    rhythm = forms.ChoiceField(
        label=gettext_lazy("How often"), choices=PlanRhythm.choices, initial=PlanRhythm.ONCE
    )
    day = forms.DateField(
        label=gettext_lazy("First day"),
        widget=DateInput,
        error_messages={"invalid": gettext_lazy("Enter a date like 2026-11-24.")},
    )
    clock = forms.TimeField(
        label=gettext_lazy("Time of day"),
        widget=TimeInput,
        initial=time(9, 0),
        error_messages={"invalid": gettext_lazy("Enter a time like 09:30.")},
        help_text=gettext_lazy("Beijing time."),
    )
    end_on = forms.DateField(
        label=gettext_lazy("Last day"),
        required=False,
        widget=DateInput,
        error_messages={"invalid": gettext_lazy("Enter a date like 2026-11-24.")},
        help_text=gettext_lazy("Empty: until you stop it."),
    )
    max_orders = forms.IntegerField(
        label=gettext_lazy("Orders at most"),
        required=False,
        min_value=1,
        max_value=10_000,
        help_text=gettext_lazy("It ends once so many were placed."),
    )
    budget = forms.DecimalField(
        label=gettext_lazy("Budget (¥)"),
        required=False,
        min_value=Decimal("0.01"),
        max_digits=12,
        decimal_places=2,
        widget=forms.TextInput(_AMOUNT),
        help_text=gettext_lazy("All its orders together never cost more."),
    )
    max_unit_price = forms.DecimalField(
        label=gettext_lazy("Highest unit price (¥)"),
        required=False,
        min_value=Decimal("0.01"),
        max_digits=12,
        decimal_places=2,
        widget=forms.TextInput(_AMOUNT),
        help_text=gettext_lazy(
            "Empty: any price. A run at a higher one is left out, and you are told."
        ),
    )
    WHEN = ("rhythm", "day", "clock")
    ENDS = ("end_on", "max_orders", "budget", "max_unit_price", "title")

    def __init__(
        self, product: Product, wares: Sequence[Ware], data: Any = None, **options: Any
    ) -> None:
        tomorrow = timezone.localdate() + timedelta(days=1)
        options["initial"] = {"day": tomorrow, **options.get("initial", {})}
        super().__init__(product, wares, data, **options)

    @property
    def when(self) -> list[forms.BoundField]:
        return [self[name] for name in self.WHEN]

    @property
    def ends(self) -> list[forms.BoundField]:
        return [self[name] for name in self.ENDS]

    @property
    def order(self) -> PlanOrder:
        return PlanOrder(
            sku=self.wares[self.cleaned_data["sku"]].sku,
            quantity=self.units,
            account=self.account,
            max_unit_price=self.cleaned_data["max_unit_price"],
        )

    @property
    def times(self) -> PlanTimes:
        given = self.cleaned_data
        wall = datetime.combine(given["day"], given["clock"])
        return PlanTimes(
            first_at=timezone.make_aware(wall, timezone.get_default_timezone()),
            rhythm=PlanRhythm(given["rhythm"]),
            end_on=given["end_on"],
            max_orders=given["max_orders"],
            budget=given["budget"],
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        day, end_on = cleaned.get("day"), cleaned.get("end_on")
        if day and day.year > timezone.localdate().year + 2:
            self.add_error("day", _("Choose a day within a year from now."))
        if end_on and end_on.year > 2100:
            self.add_error("end_on", _("Enter a date like 2026-11-24."))
        return cleaned
