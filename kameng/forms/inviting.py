"""An invite link's rules."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _

from kameng.forms.filters import DateInput
from kameng.models import ApplicationStatus, InviteLink, Tier
from kameng.services.invites import LinkRules


class LinkForm(forms.Form):
    name = forms.CharField(
        label=_("Name"),
        max_length=60,
        help_text=_("Only you see it, for example “Trade fair” or “WeChat group”."),
    )
    tier = forms.ModelChoiceField(
        label=_("Invites to become"),
        queryset=Tier.objects.none(),
        required=False,
        empty_label=_("any tier below mine"),
    )
    expires_on = forms.DateField(
        label=_("Last day"),
        required=False,
        widget=DateInput,
        help_text=_("Empty: it doesn't expire."),
        error_messages={"invalid": _("Enter a date like 2026-11-24.")},
    )
    max_uses = forms.IntegerField(
        label=_("People at most"),
        required=False,
        validators=[MinValueValidator(1), MaxValueValidator(100_000)],
        widget=forms.TextInput({"inputmode": "numeric"}),
        help_text=_("Empty: as many as come."),
    )

    def __init__(self, tiers: Sequence[Tier], *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        choice = self.fields["tier"]
        assert isinstance(choice, forms.ModelChoiceField)
        choice.queryset = Tier.objects.filter(pk__in=[tier.pk for tier in tiers]).order_by("rank")

    @property
    def rules(self) -> LinkRules:
        return LinkRules(**self.cleaned_data)

    @staticmethod
    def initial_of(link: InviteLink) -> dict[str, object]:
        return {
            "name": link.name,
            "tier": link.tier_id,
            "expires_on": link.expires_on,
            "max_uses": link.max_uses,
        }


class ApplicantFilter(forms.Form):
    status = forms.ChoiceField(
        label=_("Status"), required=False, choices=[("", _("All")), *ApplicationStatus.choices]
    )
    link = forms.ModelChoiceField(
        label=_("Invite link"),
        queryset=InviteLink.objects.none(),
        required=False,
        empty_label=_("All"),
    )

    def __init__(self, links: Any, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        choice = self.fields["link"]
        assert isinstance(choice, forms.ModelChoiceField)
        choice.queryset = links
