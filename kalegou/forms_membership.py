"""What members fill in about their membership."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kalegou.queries.membership import GROUPS

_DATE = {"type": "date"}


class BirthdayForm(forms.Form):
    birthday = forms.DateField(
        label=_("Your birthday"),
        help_text=_("It can be told once. Each year it brings the gift of your level."),
        error_messages={
            "required": _("Enter the day on which you were born."),
            "invalid": _("Enter the day on which you were born."),
        },
        widget=forms.DateInput(attrs=_DATE, format="%Y-%m-%d"),
    )


class PointsFilter(forms.Form):
    """All of it may stay empty; nonsense is told beside its field, and finds everything."""

    kind = forms.ChoiceField(
        label=_("What"),
        required=False,
        choices=[
            ("", pgettext_lazy("points", "Everything")),
            *((code, text) for code, (text, _k) in GROUPS.items()),
        ],
    )
    since = forms.DateField(
        label=_("From day"), required=False, widget=forms.DateInput(attrs=_DATE, format="%Y-%m-%d")
    )
    until = forms.DateField(
        label=_("To day"), required=False, widget=forms.DateInput(attrs=_DATE, format="%Y-%m-%d")
    )
    sort = forms.ChoiceField(
        label=pgettext_lazy("of a list", "Order"),
        required=False,
        choices=[
            ("new", _("Newest first")),
            ("old", _("Oldest first")),
            ("most", _("Most points first")),
            ("least", _("Most taken first")),
        ],
    )
