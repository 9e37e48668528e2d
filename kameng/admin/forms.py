"""What staff are asked before something happens to an agent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminSingleDateWidget,
    UnfoldAdminTextInputWidget,
)

from kameng.commissions import MAX_GENERATIONS
from kameng.models import (
    Agent,
    CommissionPolicy,
    Document,
    GenerationRate,
    PolicyOverride,
    Tier,
)
from users.backoffice import ReasonForm, reason_field


class DayInput(UnfoldAdminTextInputWidget):
    input_type = "date"


class ReasonToAgentForm(forms.Form):
    reason = reason_field(help_text=_("The agent reads it, and it is kept in the audit log."))


class CreditForm(forms.Form):
    """How far below zero, until when, why."""

    amount = forms.DecimalField(
        label=_("Credit line (¥)"),
        min_value=0,
        max_digits=12,
        decimal_places=2,
        widget=UnfoldAdminDecimalFieldWidget,
        help_text=_("0 ends it."),
    )
    until_on = forms.DateField(
        label=_("Last day"),
        required=False,
        widget=UnfoldAdminSingleDateWidget,
        help_text=_("It ends by itself after this day. Empty: until it is changed."),
    )
    stops_buying = forms.BooleanField(
        label=_("Also if the agent can't buy then"),
        required=False,
        help_text=_("Needed only when more of the credit is in use than the new line allows."),
    )
    reason = reason_field()


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

    def clean_max_generations(self) -> Any:
        depth = self.cleaned_data["max_generations"]
        if self.instance.pk:
            beyond = [f"rate_{n}" for n in range(depth + 1, MAX_GENERATIONS + 1)]
            overrides = self.instance.overrides.all()
            if any(getattr(one, name) for one in overrides for name in beyond):
                raise forms.ValidationError(
                    _("An exception below pays further up: save it without that share first.")
                )
        return depth


class PolicyParts(forms.BaseInlineFormSet):
    """Tells its forms the policy as it is being saved: a new one has no key yet."""

    def get_form_kwargs(self, index: int | None) -> dict[str, Any]:
        return {**super().get_form_kwargs(index), "policy": self.instance}


class _PartForm(forms.ModelForm):
    def __init__(self, *args: Any, policy: CommissionPolicy, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.depth = policy.max_generations

    def too_deep(self) -> str:
        return _("The policy pays %(depth)d generations.") % {"depth": self.depth}


class RateForm(_PartForm):
    class Meta:
        model = GenerationRate
        fields = ("generation", "rate")

    def clean_generation(self) -> Any:
        generation = self.cleaned_data["generation"]
        if not 1 <= generation <= self.depth:
            raise forms.ValidationError(self.too_deep())
        return generation


class OverrideForm(_PartForm):
    class Meta:
        model = PolicyOverride
        fields = ("category", "sku", "level_difference_share", "rate_1", "rate_2", "rate_3")

    def clean(self) -> Any:
        said: dict[str, Any] = super().clean() or self.cleaned_data
        if bool(said.get("category")) == bool(said.get("sku")):
            self.add_error("sku", _("Choose either a category or a SKU."))
        for generation in range(self.depth + 1, MAX_GENERATIONS + 1):
            if said.get(f"rate_{generation}"):
                self.add_error(f"rate_{generation}", self.too_deep())
        return said
