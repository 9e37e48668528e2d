"""Applying to become an agent, and paying in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kameng.documents import ACCEPTED, DocumentInvalid, check_document
from kameng.identity import LegalPerson
from kameng.models import LegalKind, Tier
from ui.widgets import PhoneInput, SegmentedSelect
from users.phones import normalise_mobile

_PERSON_ID = re.compile(r"^\d{17}[\dX]$", re.ASCII)
_LICENCE = re.compile(r"^[0-9A-Z]{15,18}$", re.ASCII)


class ApplicationForm(forms.Form):
    """Due diligence: who stands behind the agent, and a document that shows it."""

    legal_kind = forms.ChoiceField(
        label=_("You apply as"),
        choices=LegalKind.choices,
        initial=LegalKind.PERSON,
        widget=SegmentedSelect,
    )
    legal_name = forms.CharField(
        label=_("Legal name"), max_length=100, help_text=_("As on the ID card or the licence.")
    )
    legal_id = forms.CharField(
        label=_("ID or licence number"),
        max_length=40,
        help_text=_("18 digits of the ID card, or the unified social credit code of the company."),
        widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false"}),
    )
    contact_phone = forms.CharField(
        label=pgettext_lazy("contact", "Mobile number"), max_length=30, widget=PhoneInput
    )
    tier = forms.ModelChoiceField(label=_("Tier"), queryset=Tier.objects.none(), empty_label=None)
    document = forms.FileField(
        label=_("ID card or business licence"),
        help_text=_("JPG, PNG or PDF, at most 5 MB. Only our staff and you can see it."),
        widget=forms.FileInput({"accept": ACCEPTED}),
    )

    def __init__(self, tiers: Sequence[Tier], *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        choice = self.fields["tier"]
        assert isinstance(choice, forms.ModelChoiceField)
        choice.queryset = Tier.objects.filter(pk__in=[tier.pk for tier in tiers])
        choice.initial = tiers[0].pk if tiers else None
        if len(tiers) == 1:
            choice.widget = forms.HiddenInput()

    def clean_legal_id(self) -> str:
        return "".join(str(self.cleaned_data["legal_id"]).split()).upper()

    def clean_contact_phone(self) -> str:
        number = normalise_mobile(self.cleaned_data["contact_phone"])
        if number is None:
            raise ValidationError(
                _("This is not a mainland mobile number: 11 digits, starting with 13 to 19.")
            )
        return number

    def clean_document(self) -> UploadedFile:
        document: UploadedFile = self.cleaned_data["document"]
        try:
            check_document(document)
        except DocumentInvalid as refusal:
            raise ValidationError(str(refusal)) from refusal
        return document

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        number = cleaned.get("legal_id")
        if not number:
            return cleaned
        if cleaned.get("legal_kind") == LegalKind.PERSON and not _PERSON_ID.match(number):
            self.add_error("legal_id", _("An ID card number has 18 digits; the last may be an X."))
        elif cleaned.get("legal_kind") == LegalKind.COMPANY and not _LICENCE.match(number):
            self.add_error("legal_id", _("A licence number has 15 to 18 digits and letters."))
        return cleaned

    @property
    def legal(self) -> LegalPerson:
        cleaned = self.cleaned_data
        return LegalPerson(
            kind=LegalKind(cleaned["legal_kind"]),
            name=cleaned["legal_name"],
            id_number=cleaned["legal_id"],
            phone=cleaned["contact_phone"],
        )


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
