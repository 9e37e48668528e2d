"""What staff are asked before something happens to an agent."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from kameng.models import CommissionPolicy, Tier


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"),
        max_length=200,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("The agent reads it, and it is kept in the audit log."),
    )


class NoteForm(forms.Form):
    reason = forms.CharField(
        label=_("Note"),
        max_length=200,
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("Optional; kept in the audit log."),
    )


class TierForm(forms.Form):
    tier = forms.ModelChoiceField(
        label=_("New tier"),
        queryset=Tier.objects.order_by("rank"),
        widget=UnfoldAdminSelectWidget,
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=200,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("Kept in the audit log."),
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
