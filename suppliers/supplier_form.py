"""The back-office form of one supplier: its protocol's options and secrets as proper fields.

A class is made for each protocol, because Django's admin wants to know a form's fields beforehand.
Options lie in `Supplier.options`; secrets go in through `suppliers.services.change_secrets` and are
never shown again.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any, ClassVar

from django import forms
from django.utils.text import capfirst, format_lazy
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminPasswordWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
    UnfoldAdminURLInputWidget,
    UnfoldBooleanSwitchWidget,
)

from suppliers.adapters.base import Setting
from suppliers.models import STOCK_ADAPTER, Supplier
from suppliers.registry import config_of, protocol_of

OPTION, SECRET, FORGET = "option_", "secret_", "forget_"
LONGEST_OPTION, LONGEST_SECRET = 500, 2000


class SupplierForm(forms.ModelForm):
    """A supplier of one protocol. `protocol`, `options` and `secrets` are set by `form_for`."""

    protocol: ClassVar[str] = ""
    option_settings: ClassVar[tuple[Setting, ...]] = ()
    secret_settings: ClassVar[tuple[Setting, ...]] = ()

    base_url = forms.URLField(
        label=_("address"),
        required=False,
        assume_scheme="https",
        widget=UnfoldAdminURLInputWidget,
    )

    class Meta:
        model = Supplier
        exclude = ("adapter", "options")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        is_new = self.instance.pk is None
        if is_new:
            self.instance.adapter = self.protocol
        for field in self.fields.values():
            field.label = capfirst(str(field.label or ""))
        if self.protocol != STOCK_ADAPTER and "base_url" in self.fields:
            self.fields["base_url"].required = True
            if is_new:
                self.initial.setdefault("base_url", protocol_of(self.protocol).usual_url)
        known = {} if is_new else config_of(self.instance).secrets
        for setting in self.option_settings:
            self.initial[OPTION + setting.name] = self.instance.options.get(setting.name, "")
        for setting in self.secret_settings:
            self._say_whether_set(setting, is_set=bool(known.get(setting.name)))

    def _say_whether_set(self, setting: Setting, *, is_set: bool) -> None:
        field = self.fields.get(SECRET + setting.name)
        if field is None:  # somebody who may only look at it
            return
        field.required = setting.is_required and not is_set
        state = _("It is set. Left empty, it stays as it is.") if is_set else _("It is not set.")
        field.help_text = f"{state} {setting.help}" if setting.help else state

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        for prefix, settings in ((OPTION, self.option_settings), (SECRET, self.secret_settings)):
            for setting in settings:
                name = prefix + setting.name
                value = str(said.get(name, "") or "").strip()
                said[name] = value
                if value and setting.pattern and not re.fullmatch(setting.pattern, value, re.ASCII):
                    # Never quotes the value: it may be a secret.
                    self.add_error(name, _("This doesn't have the form that the protocol wants."))
        return said

    def options_said(self) -> dict[str, str]:
        """The options that were filled in; the others have their defaults."""
        said = {one.name: self.cleaned_data[OPTION + one.name] for one in self.option_settings}
        return {name: value for name, value in said.items() if value}

    def secrets_said(self) -> dict[str, str]:
        """The secrets to change; an empty text is one to forget."""
        said: dict[str, str] = {}
        for setting in self.secret_settings:
            if value := self.cleaned_data[SECRET + setting.name]:
                said[setting.name] = value
            elif self.cleaned_data.get(FORGET + setting.name):
                said[setting.name] = ""
        return said


@cache
def form_for(protocol: str) -> type[SupplierForm]:
    """The form of a protocol's suppliers; raises KeyError for one that isn't listed."""
    if protocol == STOCK_ADAPTER:
        return type("StockSupplierForm", (SupplierForm,), {"protocol": protocol})
    adapter = protocol_of(protocol)
    fields: dict[str, Any] = {
        "protocol": protocol,
        "option_settings": adapter.options,
        "secret_settings": adapter.secrets,
    }
    for setting in adapter.options:
        fields[OPTION + setting.name] = _option_field(setting)
    for setting in adapter.secrets:
        fields[SECRET + setting.name] = forms.CharField(
            label=setting.label,
            required=setting.is_required,
            max_length=LONGEST_SECRET,
            strip=True,
            widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}),
        )
        if not setting.is_required:
            fields[FORGET + setting.name] = forms.BooleanField(
                label=format_lazy(_("Forget: {secret}"), secret=setting.label),
                required=False,
                widget=UnfoldBooleanSwitchWidget,
            )
    return type(f"{protocol.title()}SupplierForm", (SupplierForm,), fields)


def field_names(protocol: str, supplier: Supplier | None) -> tuple[list[str], list[str]]:
    """The fields of a protocol's options and of its secrets; only what is set can be forgotten."""
    form = form_for(protocol)
    known = config_of(supplier).secrets if supplier else {}
    secrets = []
    for setting in form.secret_settings:
        secrets.append(SECRET + setting.name)
        if FORGET + setting.name in form.base_fields and known.get(setting.name):
            secrets.append(FORGET + setting.name)
    return [OPTION + setting.name for setting in form.option_settings], secrets


def _option_field(setting: Setting) -> forms.Field:
    if setting.choices:
        return forms.ChoiceField(
            label=setting.label,
            help_text=setting.help,
            choices=setting.choices,
            required=setting.is_required,
            initial=setting.default,
            widget=UnfoldAdminSelectWidget,
        )
    return forms.CharField(
        label=setting.label,
        help_text=setting.help,
        required=setting.is_required,
        max_length=LONGEST_OPTION,
        widget=UnfoldAdminTextInputWidget(attrs={"placeholder": setting.default}),
    )
