"""Applying to become an agent, or renewing one's papers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kameng.documents import REQUIRED, asked_of
from kameng.forms.filters import DateInput
from kameng.identity import LegalPerson, is_credit_code, is_of_age, is_resident_id, tidy
from kameng.models import Document, DocumentKind, LegalKind, Tier
from ui.widgets import PhoneInput, SegmentedSelect
from users.phones import normalise_mobile
from users.uploads import ACCEPTED, UploadInvalid, check_document

_HELP = {
    DocumentKind.AUTHORISATION: _(
        "If it isn't the legal representative who applies: sealed by the company."
    ),
    DocumentKind.OTHER: _("For example a translation, or the lease of your shop."),
}


class DocumentInput(forms.FileInput):
    """Required by the form's own rules: a browser can't see which kind of person was chosen."""

    def __init__(self) -> None:
        super().__init__({"accept": ACCEPTED})

    def use_required_attribute(self, initial: object) -> bool:
        return False


class PapersForm(forms.Form):
    """Due diligence: who stands behind the agent, and the documents that show it.

    `papers` are at hand already: drafts, or what was kept of the last round. Their fields may stay
    empty. With `known`, number and kind are the agent's own and can't be changed.
    """

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
    legal_until = forms.DateField(
        label=_("The document is valid until"),
        required=False,
        help_text=_("The last day on the ID card or the licence. Long-term: leave it empty."),
        widget=DateInput,
        error_messages={"invalid": _("Enter a date like 2026-11-24.")},
    )
    contact_phone = forms.CharField(
        label=pgettext_lazy("contact", "Mobile number"), max_length=30, widget=PhoneInput
    )

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        files: MultiValueDict[str, UploadedFile] | None = None,
        *,
        papers: Mapping[DocumentKind, Document],
        known: LegalPerson | None = None,
        **options: Any,
    ) -> None:
        super().__init__(data, files, **options)
        self.papers = papers
        self.known = known
        if known is not None:
            del self.fields["legal_kind"], self.fields["legal_id"]
        for kind in self._slots():
            self.fields[kind.value] = forms.FileField(
                label=kind.label,
                help_text=_HELP.get(kind, ""),
                required=False,
                widget=DocumentInput(),
                max_length=255,
                allow_empty_file=True,  # told in our own words
            )

    def _slots(self) -> list[DocumentKind]:
        kinds = [LegalKind(self.known.kind)] if self.known else list(LegalKind)
        return list(dict.fromkeys(slot for kind in kinds for slot in asked_of(kind)))

    @property
    def slots(self) -> list[tuple[forms.BoundField, str, bool, Document | None]]:
        """(field, the one kind it is for or "", whether it is needed, what is at hand)."""
        needed = {slot for kinds in REQUIRED.values() for slot in kinds}
        return [
            (self[slot.value], self._only_for(slot), slot in needed, self.papers.get(slot))
            for slot in self._slots()
        ]

    @staticmethod
    def _only_for(slot: DocumentKind) -> str:
        kinds = [kind.value for kind in LegalKind if slot in asked_of(kind)]
        return kinds[0] if len(kinds) == 1 else ""

    def clean_legal_id(self) -> str:
        return tidy(self.cleaned_data["legal_id"])

    def clean_legal_until(self) -> Any:
        day = self.cleaned_data["legal_until"]
        if day is not None and day < timezone.localdate():
            raise ValidationError(
                _("This document is not valid any more. Please send a valid one.")
            )
        return day

    def clean_contact_phone(self) -> str:
        number = normalise_mobile(self.cleaned_data["contact_phone"])
        if number is None:
            raise ValidationError(
                _("This is not a mainland mobile number: 11 digits, starting with 13 to 19.")
            )
        return number

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        kind = self.known.kind if self.known else cleaned.get("legal_kind")
        if not kind:
            return cleaned
        if number := cleaned.get("legal_id"):
            self._check_number(LegalKind(kind), number)
        for slot in asked_of(LegalKind(kind)):
            self._check_upload(slot, is_needed=slot in REQUIRED[LegalKind(kind)])
        return cleaned

    def _check_number(self, kind: LegalKind, number: str) -> None:
        today = timezone.localdate()
        if kind == LegalKind.COMPANY:
            if not is_credit_code(number):
                self.add_error(
                    "legal_id",
                    _(
                        "This is not a unified social credit code: 18 digits and capital letters,"
                        " as on the licence. Please compare each of them."
                    ),
                )
        elif not is_resident_id(number, today=today):
            self.add_error(
                "legal_id",
                _(
                    "This is not an ID card number: 18 digits, the last may be an X. Please compare"
                    " each of them."
                ),
            )
        elif not is_of_age(number, today=today):
            self.add_error("legal_id", _("Agents must be 18 years old."))

    def _check_upload(self, slot: DocumentKind, *, is_needed: bool) -> None:
        upload = self.cleaned_data.get(slot.value)
        if upload is None:
            if is_needed and slot not in self.papers and slot.value not in self.errors:
                self.add_error(
                    slot.value, _("This document is needed. Please choose a photo or a PDF of it.")
                )
            return
        try:
            check_document(upload, field=slot.value)
        except UploadInvalid as refusal:
            self.add_error(slot.value, str(refusal))

    @property
    def uploads(self) -> dict[DocumentKind, UploadedFile]:
        """The uploads that are fine, also when something else in the form isn't."""
        return {
            slot: self.cleaned_data[slot.value]
            for slot in self._slots()
            if self.cleaned_data.get(slot.value)
        }

    @property
    def legal(self) -> LegalPerson:
        cleaned = self.cleaned_data
        return LegalPerson(
            kind=self.known.kind if self.known else LegalKind(cleaned["legal_kind"]),
            name=cleaned["legal_name"],
            id_number=self.known.id_number if self.known else cleaned["legal_id"],
            phone=cleaned["contact_phone"],
            valid_until=cleaned["legal_until"],
        )


class ApplicationForm(PapersForm):
    """The papers, and the tier that one wants to have."""

    tier = forms.ModelChoiceField(label=_("Tier"), queryset=Tier.objects.none(), empty_label=None)
    field_order = ("tier", "legal_kind", "legal_name", "legal_id", "legal_until", "contact_phone")

    def __init__(self, tiers: Sequence[Tier], *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        choice = self.fields["tier"]
        assert isinstance(choice, forms.ModelChoiceField)
        choice.queryset = Tier.objects.filter(pk__in=[tier.pk for tier in tiers])
        choice.initial = tiers[0].pk if tiers else None
        if len(tiers) == 1:
            choice.widget = forms.HiddenInput()
