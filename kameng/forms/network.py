"""What is typed about the downline: filters, a transfer, a period."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _

from kameng.forms.filters import BetweenDays
from kameng.models import AgentStatus, Tier
from kameng.periods import LONGEST_DAYS
from kameng.queries.network import Wanted
from ui.widgets import SearchInput

SORTS = (
    ("joined", _("Newest first")),
    ("sales", _("Own purchases this month")),
    ("branch", _("Branch this month")),
)


class DownlineFilter(forms.Form):
    q = forms.CharField(
        label=_("Search"),
        required=False,
        max_length=100,
        widget=SearchInput({"placeholder": _("Name, mobile number, invite code")}),
    )
    tier = forms.ModelChoiceField(
        label=_("Tier"),
        required=False,
        queryset=Tier.objects.order_by("rank"),
        empty_label=_("All"),
    )
    levels = forms.IntegerField(
        label=_("Level below you"),
        required=False,
        min_value=1,
        max_value=99,
        widget=forms.NumberInput({"inputmode": "numeric", "placeholder": _("All")}),
    )
    status = forms.ChoiceField(
        label=_("Status"), required=False, choices=[("", _("All")), *AgentStatus.choices]
    )
    idle = forms.BooleanField(label=_("Bought nothing for 30 days"), required=False)
    sort = forms.ChoiceField(label=_("Sort by"), required=False, choices=SORTS)

    def wanted(self) -> Wanted:
        """What was asked for; of a form with a mistake, what is right in it."""
        self.is_valid()
        found = self.cleaned_data
        return Wanted(
            text=found.get("q") or "",
            tier=found["tier"].pk if found.get("tier") else None,
            levels=found.get("levels"),
            status=found.get("status") or "",
            idle=bool(found.get("idle")),
            sort=found.get("sort") or "joined",
        )


class PeriodForm(BetweenDays):
    """Days of one's own choice; both are needed."""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        for name in ("since", "until"):
            if not cleaned.get(name) and name not in self.errors:
                self.add_error(name, _("Choose a day."))
        since: date | None = cleaned.get("since")
        until: date | None = cleaned.get("until")
        if since and until and not self.errors and (until - since).days >= LONGEST_DAYS:
            self.add_error("until", _("Choose %(days)d days at most.") % {"days": LONGEST_DAYS})
        return cleaned


class TransferForm(forms.Form):
    amount = forms.DecimalField(
        label=_("Amount (¥)"),
        max_digits=12,
        decimal_places=2,
        validators=[MinValueValidator(0), MaxValueValidator(10_000_000)],
        widget=forms.NumberInput({"inputmode": "decimal", "step": "0.01", "min": "0"}),
    )
    note = forms.CharField(
        label=_("Note"),
        required=False,
        max_length=100,
        help_text=_("Both of you see it with the transfer."),
    )
    # Made with the page, so that sending it twice moves money once.
    client_ref = forms.RegexField(r"\A[0-9A-Za-z-]{8,64}\Z", widget=forms.HiddenInput)


class TransferFilter(BetweenDays):
    q = forms.CharField(
        label=_("Search"),
        required=False,
        max_length=100,
        widget=SearchInput({"placeholder": _("Agent, number")}),
    )
    direction = forms.ChoiceField(
        label=_("Direction"),
        required=False,
        choices=[("", _("All")), ("sent", _("Handed on")), ("received", _("Received"))],
    )
    field_order = ("q", "direction", "since", "until")
