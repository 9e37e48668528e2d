"""Bank transfers into the wallet: how much and where to, then what shows it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from kameng.forms.filters import DateInput
from kameng.models import BankDetails
from users.uploads import ACCEPTED, UploadInvalid, check_document


class FilesInput(forms.ClearableFileInput):
    """Several files at once."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """A list of uploads, each a JPG, PNG or PDF by its content; empty when none was chosen."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            widget=FilesInput({"accept": ACCEPTED}),
            allow_empty_file=True,  # told in our own words
            **options,
        )

    def clean(self, data: Any, initial: Any = None) -> Any:
        chosen = data if isinstance(data, list) else [data]
        uploads: list[UploadedFile] = [
            super(FilesField, self).clean(one, initial) for one in chosen if one
        ]
        if not uploads and self.required:
            raise ValidationError(self.error_messages["required"], code="required")
        try:
            for upload in uploads:
                check_document(upload)
        except UploadInvalid as refusal:
            raise ValidationError(str(refusal)) from refusal
        return uploads


def amount_field(label: Any, **options: Any) -> forms.DecimalField:
    return forms.DecimalField(
        label=label,
        max_digits=12,
        error_messages={
            "required": _("Enter an amount."),
            "invalid": _("Enter an amount, for example 500."),
        },
        widget=forms.TextInput({"inputmode": "decimal", "autocomplete": "off"}),
        **options,
    )


class AnnounceForm(forms.Form):
    amount = amount_field(_("Amount (¥)"))
    bank = forms.ModelChoiceField(
        label=_("Transfer to"),
        queryset=BankDetails.objects.none(),
        widget=forms.RadioSelect,
        empty_label=None,
        error_messages={
            "required": _("Choose one of our accounts."),
            "invalid_choice": _("Choose one of our accounts."),
        },
    )

    def __init__(self, banks: Sequence[BankDetails], *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        choice = self.fields["bank"]
        assert isinstance(choice, forms.ModelChoiceField)
        choice.queryset = BankDetails.objects.filter(pk__in=[bank.pk for bank in banks])
        choice.initial = banks[0].pk if banks else None


class DeclareForm(forms.Form):
    amount = amount_field(_("Amount transferred (¥)"))
    paid_on = forms.DateField(
        label=_("Day of the transfer"),
        widget=DateInput,
        error_messages={
            "required": _("Enter the day of the transfer."),
            "invalid": _("Enter a date like 2026-11-24."),
        },
    )
    payer_name = forms.CharField(
        label=_("Name of the account that you paid from"),
        max_length=100,
        error_messages={"required": _("Enter the name of the account that you paid from.")},
    )
    proofs = FilesField(
        label=_("Proof of the transfer"),
        help_text=_(
            "One to five pictures or PDFs of at most 5 MB each. Only our staff and you see them."
        ),
    )

    def __init__(self, *args: Any, has_proofs: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        proofs = self.fields["proofs"]
        proofs.required = not has_proofs
        proofs.error_messages["required"] = _("Add at least one picture or PDF of the transfer.")
