"""Form controls of the base design. Each works without script; static/js adds the comfort."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.datastructures import MultiValueDict

from ui.formats import grouped_digits


class PhoneInput(forms.TextInput):
    """A mobile number: numeric keyboard, grouped 3-4-4, handed to the form without the spaces."""

    input_type = "tel"
    template_name = "ui/widgets/phone.html"

    def __init__(self, attrs: dict[str, Any] | None = None, *, large: bool = False) -> None:
        self.is_large = large
        defaults = {"inputmode": "numeric", "autocomplete": "tel-national", "data-phone": ""}
        super().__init__({**defaults, **(attrs or {})})

    def format_value(self, value: Any) -> str | None:
        text = super().format_value(value)
        # What was typed comes back, grouped as far as it goes; anything but digits untouched.
        return grouped_digits(text) if text else text

    def value_from_datadict(
        self, data: Mapping[str, Any], files: MultiValueDict[str, Any], name: str
    ) -> Any:
        value = super().value_from_datadict(data, files, name)
        return "".join(value.split()) if isinstance(value, str) else value


class PasswordInput(forms.PasswordInput):
    """A password with a button that shows it."""

    template_name = "ui/widgets/password.html"


class StepperInput(forms.NumberInput):
    """A small whole number with − and +. Give `min` and `max` by the field."""

    template_name = "ui/widgets/stepper.html"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"inputmode": "numeric", **(attrs or {})})


class SearchInput(forms.TextInput):
    """One line to search with; the sign inside says so."""

    input_type = "search"
    template_name = "ui/widgets/search.html"


class SegmentedSelect(forms.RadioSelect):
    """Two to four short choices side by side."""

    template_name = "ui/widgets/segmented.html"
