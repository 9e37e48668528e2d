"""What staff are asked before something happens to an agent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from kameng.models import Agent, CommissionPolicy, Document, Tier
from users.backoffice import ReasonForm, reason_field


class DayInput(UnfoldAdminTextInputWidget):
    input_type = "date"


class ReasonToAgentForm(forms.Form):
    reason = reason_field(help_text=_("The agent reads it, and it is kept in the audit log."))


class NoteForm(forms.Form):
    reason = reason_field(
        label=_("Note"), help_text=_("Optional; kept in the audit log."), required=False
    )


class ApprovalForm(NoteForm):
    """Until when the papers count; at most as long as they, or our own rule, say."""

    field_order = ("valid_until", "reason")
    valid_until = forms.DateField(
        label=_("The papers are valid until"),
        widget=DayInput,
        help_text=_(
            "The last day on the document as you see it. The agent is reminded 30 and 7 days"
            " before; after it the lower limits hold and nothing can be withdrawn."
        ),
    )


class RejectionForm(ReasonToAgentForm):
    """Why, and which documents have to be sent anew; the others are kept."""

    def __init__(self, documents: Sequence[Document], *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["replace"] = forms.MultipleChoiceField(
            label=_("Documents to be sent anew"),
            choices=[(d.kind, d.get_kind_display()) for d in documents],
            required=False,
            widget=UnfoldAdminCheckboxSelectMultipleWidget,
            help_text=_("The others are kept: the applicant needn't look for them again."),
        )


class TwoStepForm(ReasonForm):
    """`seen` is the choice whose consequences were shown: it is done when it is still the same."""

    decides: ClassVar[str]
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    @property
    def choice(self) -> str:
        """As it was typed; never empty, so that nothing counts as seen by chance."""
        return f"={self.data.get(self.decides, '')}"

    def confirm(self) -> None:
        """The same form again, to be sent once more."""
        self.data["seen"] = self.choice  # type: ignore[index]  # a copy of what was sent


class MoveForm(TwoStepForm):
    decides = "upline"
    field_order = ("upline", "reason")
    upline = forms.ModelChoiceField(
        label=_("New upline's user name"),
        queryset=Agent.objects.select_related("tier"),
        to_field_name="user__username",
        required=False,
        widget=UnfoldAdminTextInputWidget,  # a list of thousands is no help
        help_text=_("Empty: to the top, as a tree of its own."),
        error_messages={"invalid_choice": _("There is no agent with this user name.")},
    )


class TierForm(TwoStepForm):
    decides = "tier"
    field_order = ("tier", "reason")
    tier = forms.ModelChoiceField(
        label=_("New tier"),
        queryset=Tier.objects.order_by("rank"),
        widget=UnfoldAdminSelectWidget,
    )


class PolicyForm(forms.ModelForm):
    """A new policy starts in the future: what is in force can't be changed any more."""

    class Meta:
        model = CommissionPolicy
        fields = (
            "effective_from",
            "level_difference_share",
            "max_generations",
            "after_sale_hours",
            "note",
        )

    def clean_effective_from(self) -> Any:
        start = self.cleaned_data["effective_from"]
        if start <= timezone.now():
            raise forms.ValidationError(
                _("Choose a time in the future: orders placed before keep their policy.")
            )
        return start
