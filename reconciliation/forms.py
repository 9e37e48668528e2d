"""Forms of the reconciliation pages."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminFileFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminSingleDateWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from reconciliation.models import Party, ResolutionKind
from users.backoffice import reason_field


def _reason() -> forms.CharField:
    return reason_field(help_text=_("What you found out, and from whom. Kept in the audit log."))


class FindingForm(forms.Form):
    reason = _reason()


class UploadForm(forms.Form):
    party = forms.ModelChoiceField(
        label=_("Statement of"), queryset=Party.objects.all(), widget=UnfoldAdminSelectWidget
    )
    first_day = forms.DateField(label=_("Day"), widget=UnfoldAdminSingleDateWidget)
    last_day = forms.DateField(
        label=_("Up to"),
        required=False,
        widget=UnfoldAdminSingleDateWidget,
        help_text=_("Only for a file of several days, at most 31."),
    )
    file = forms.FileField(
        label=_("File"),
        widget=UnfoldAdminFileFieldWidget,
        help_text=_("CSV in UTF-8 or GBK, or Excel (.xlsx), up to 20 MB."),
    )
    closing_balance = forms.DecimalField(
        label=_("Their balance at the end"),
        required=False,
        max_digits=20,
        decimal_places=4,
        widget=UnfoldAdminDecimalFieldWidget,
        help_text=_(
            "What they say lies with them for us, in the currency of their file. Not needed where"
            " the file has a column."
        ),
    )
    skip_bad = forms.BooleanField(
        label=_("Leave bad lines out"),
        required=False,
        widget=UnfoldBooleanSwitchWidget,
        help_text=_("What is on them is then missing, and differs."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["first_day"].initial = timezone.localdate

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        if not said.get("last_day"):
            said["last_day"] = said.get("first_day")
        return said


class ResolveForm(forms.Form):
    # One form, one resolution; and the amount that the person saw.
    request_ref = forms.UUIDField(widget=forms.HiddenInput)
    seen = forms.DecimalField(max_digits=20, decimal_places=4, widget=forms.HiddenInput)
    entry_reference = forms.CharField(
        label=_("Reference of the journal entry"),
        max_length=100,
        widget=UnfoldAdminTextInputWidget,
    )
    reason = _reason()

    def __init__(self, *args: Any, kind: ResolutionKind, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if kind != ResolutionKind.BOOKED:
            del self.fields["entry_reference"]


class ResolveManyForm(forms.Form):
    request_ref = forms.UUIDField(widget=forms.HiddenInput)
    kind = forms.ChoiceField(label=_("What to do"), widget=UnfoldAdminSelectWidget)
    reason = _reason()

    def __init__(self, *args: Any, kinds: list[ResolutionKind], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["kind"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(kind.value, kind.label) for kind in kinds]
        self.fields["request_ref"].initial = uuid4


class PartyForm(forms.ModelForm):
    """How a party's files are written; a word that would mean two things is refused."""

    class Meta:
        model = Party
        exclude = ("kind", "code")
        widgets = {
            f"{name}_words": UnfoldAdminTextareaWidget(attrs={"rows": 2})
            for name in ("charge", "return", "funding", "fee", "ignored")
        }

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        unsaved = Party(**{name: value for name, value in said.items() if value is not None})
        if twice := unsaved.words.ambiguous():
            self.add_error(
                "ignored_words",
                _("These words are said to mean two things: %(words)s")
                % {"words": ", ".join(sorted(twice))},
            )
        named = unsaved.columns.named()
        if named and not {"amount", "at"} <= named.keys():
            self.add_error("amount_column", _("Name at least the columns of amount and time."))
        elif named and not {"our_ref", "their_ref"} & named.keys():
            self.add_error("our_ref_column", _("Name the column of our number, or of theirs."))
        return said
