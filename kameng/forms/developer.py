"""Forms of the developers' pages: keys, webhook endpoints, the log's filter, the signing bench."""

from __future__ import annotations

import re
import secrets
import time
from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kameng.services.endpoints import CHOSEN_EVENTS
from outbound.signing import Signable
from ui.widgets import PasswordInput, SegmentedSelect

OVERLAPS = (
    ("0", _("at once")),
    ("1", _("1 hour")),
    ("24", _("1 day")),
    ("168", _("7 days")),
)
_WORLDS = (("real", _("Real money")), ("sandbox", _("Play money")))


class WorldField(forms.ChoiceField):
    """Real, or the sandbox; can't be changed afterwards."""

    def __init__(self) -> None:
        super().__init__(
            label=_("Kind of money"), choices=_WORLDS, initial="real", widget=SegmentedSelect
        )


class KeyForm(forms.Form):
    label = forms.CharField(
        label=_("Label"),
        required=False,
        max_length=60,
        help_text=_("What the key is for, such as the name of your shop."),
    )
    world = WorldField()
    can_buy = forms.BooleanField(
        label=_("May buy"),
        required=False,
        initial=True,
        help_text=_("Without this, the key may only read."),
    )
    addresses = forms.CharField(
        label=_("Allowed addresses"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
        help_text=_("IP addresses of your servers, one a line. Empty: from anywhere."),
    )

    def clean_addresses(self) -> list[str]:
        typed: str = self.cleaned_data["addresses"]
        return re.split(r"[\s,;]+", typed.strip()) if typed.strip() else []


class OverlapForm(forms.Form):
    overlap = forms.ChoiceField(label=_("The old one goes on for"), choices=OVERLAPS, initial="24")

    @property
    def hours(self) -> timedelta:
        return timedelta(hours=int(self.cleaned_data["overlap"]))


class EndpointForm(forms.Form):
    url = forms.CharField(
        label=_("Address"),
        max_length=500,
        widget=forms.URLInput(attrs={"placeholder": "https://shop.example/kameng"}),
        help_text=_("We POST to it. It must answer 2xx within 8 seconds."),
    )
    label = forms.CharField(label=_("Label"), required=False, max_length=60)
    events = forms.MultipleChoiceField(
        label=_("Events"),
        choices=[(kind.value, kind.label) for kind in CHOSEN_EVENTS],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one event.")},
    )


class NewEndpointForm(EndpointForm):
    world = WorldField()
    field_order = ("url", "label", "world", "events")


class ThresholdForm(forms.Form):
    threshold = forms.DecimalField(
        label=_("Tell me when the balance falls below (¥)"),
        required=False,
        min_value=0,
        max_digits=12,
        decimal_places=2,
        help_text=_("Empty: never."),
    )


class SigningForm(forms.Form):
    """A request to be signed; the secret comes back empty, always."""

    key_id = forms.CharField(label=_("Key"), required=False, max_length=40)
    secret = forms.CharField(
        label=_("API secret"),
        max_length=200,
        strip=False,
        widget=PasswordInput(attrs={"autocomplete": "off"}),
        help_text=_("Used for this answer only: neither stored nor logged."),
    )
    method = forms.ChoiceField(
        label=_("Method"), choices=[("GET", "GET"), ("POST", "POST")], widget=SegmentedSelect
    )
    path = forms.RegexField(
        r"^/[!-~]*$",
        label=_("Path and query"),
        max_length=2000,
        error_messages={
            "invalid": _("It starts with “/” and has neither blanks nor Chinese: encode those.")
        },
    )
    body = forms.CharField(
        label=_("Body"),
        required=False,
        max_length=65536,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}),
    )
    timestamp = forms.RegexField(
        r"^[0-9]{1,12}$",
        label=_("Timestamp"),
        required=False,
        help_text=_("Unix seconds. Empty: now."),
        error_messages={"invalid": _("Unix time in seconds, digits only.")},
    )
    nonce = forms.RegexField(
        r"^[!-~]{16,64}$",
        label=_("Nonce"),
        required=False,
        help_text=_("Empty: a new one."),
        error_messages={"invalid": _("16 to 64 visible characters.")},
    )
    given = forms.CharField(
        label=_("The signature that your program made"), required=False, max_length=500
    )
    given_string = forms.CharField(
        label=_("The string that your program signed"),
        required=False,
        max_length=70000,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 5, "spellcheck": "false"}),
    )

    def clean_body(self) -> str:
        # A browser sends line ends as \r\n, whatever was typed.
        body: str = self.cleaned_data["body"]
        return body.replace("\r\n", "\n")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("method") == "GET" and cleaned.get("body"):
            self.add_error("body", _("A GET has no body."))
        return cleaned

    @property
    def signable(self) -> Signable:
        """What was asked for, with a timestamp and a nonce of now where none was given."""
        said = self.cleaned_data
        return Signable(
            method=said["method"],
            path_and_query=said["path"],
            timestamp=said["timestamp"] or str(int(time.time())),
            nonce=said["nonce"] or secrets.token_hex(16),
            body=said["body"].encode(),
        )
