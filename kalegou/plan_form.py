"""The form of a monthly top-up: the number, the amount, the day, and the most that it may cost."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kalegou.forms import TopupForm
from kalegou.services.plans import Wish
from kalegou.topups import SPEED_NAMES, Amount
from ui.formats import money
from ui.widgets import PhoneInput

DAYS = [(day, str(day)) for day in range(1, 32)]


def new_ref() -> str:
    return secrets.token_hex(16)


class PlanForm(TopupForm):
    """`ref` makes a form that is sent twice one plan."""

    carrier = forms.ChoiceField(
        label=gettext_lazy("Carrier"),
        required=False,
        help_text=gettext_lazy("Only for a number that moved to another carrier."),
    )
    sku = forms.ChoiceField(
        label=gettext_lazy("Amount"),
        error_messages={
            "required": gettext_lazy("Choose an amount."),
            "invalid_choice": gettext_lazy(
                "This amount isn't sold for the number's carrier. Choose one of these."
            ),
        },
    )
    day = forms.TypedChoiceField(
        label=gettext_lazy("Day of the month"),
        coerce=int,
        choices=DAYS,
        help_text=gettext_lazy("At 10:00. A month without that day takes its last one."),
    )
    max_price = forms.DecimalField(
        label=gettext_lazy("At most"),
        max_digits=10,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
        help_text=gettext_lazy("A month in which it costs more is left out, and you are told."),
        error_messages={
            "invalid": gettext_lazy("Enter an amount in yuan, like 100 or 99.50."),
            "required": gettext_lazy("Enter the most that it may cost."),
        },
    )
    ref = forms.RegexField(r"\A[0-9a-f]{32}\Z", widget=forms.HiddenInput)

    def __init__(
        self,
        *args: Any,
        amounts: Sequence[Amount],
        carriers: Sequence[tuple[str, str | Promise]],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["phone"].widget = PhoneInput(attrs={"placeholder": _("Enter a mobile number")})
        self.amounts = {one.sku.code: one for one in amounts}
        sku, carrier = self.fields["sku"], self.fields["carrier"]
        assert isinstance(sku, forms.ChoiceField)
        assert isinstance(carrier, forms.ChoiceField)
        sku.choices = [(one.sku.code, _title(one)) for one in amounts]
        carrier.choices = [("", _("As the number says")), *carriers]

    @property
    def amount(self) -> Amount:
        """What was chosen; the form is valid."""
        return self.amounts[self.cleaned_data["sku"]]

    @property
    def wish(self) -> Wish:
        """The form is valid."""
        data = self.cleaned_data
        max_price: Decimal = data["max_price"]
        return Wish(self.amount.sku, data["phone"], data["day"], max_price)


def _title(one: Amount) -> str:
    speed = SPEED_NAMES[one.sku.product.speed]  # type: ignore[index]  # a Speed by its value
    return f"{money(one.sku.face_value, 0)} · {speed} · {money(one.price)}"


def usual_limit(one: Amount) -> Decimal:
    """The face value, or today's price where that is higher (CNY)."""
    return max(one.sku.face_value, one.price).quantize(Decimal("0.01"))
