"""What staff are asked before something happens to an agent."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget

from kameng.models import CommissionPolicy, Tier
from users.backoffice import reason_field


class ReasonToAgentForm(forms.Form):
    reason = reason_field(help_text=_("The agent reads it, and it is kept in the audit log."))


class NoteForm(forms.Form):
    reason = reason_field(
        label=_("Note"), help_text=_("Optional; kept in the audit log."), required=False
    )


class TierForm(forms.Form):
    tier = forms.ModelChoiceField(
        label=_("New tier"),
        queryset=Tier.objects.order_by("rank"),
        widget=UnfoldAdminSelectWidget,
    )
    reason = reason_field()


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
