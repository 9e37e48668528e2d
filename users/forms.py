"""Logging in and signing up."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.password_validation import validate_password
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from ui.widgets import PasswordInput
from users.models import User
from users.phones import normalise_mobile

# Hashing a password takes time that grows with its length.
PASSWORD_LENGTH = 128
LOGIN_LENGTH = 150


class LogInForm(AuthenticationForm):
    """A mobile number or a user name, and the password."""

    username = forms.CharField(
        label=_("Mobile number or user name"),
        max_length=LOGIN_LENGTH,
        widget=forms.TextInput(
            attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )
    password = forms.CharField(
        label=_("Password"),
        max_length=PASSWORD_LENGTH,
        strip=False,
        widget=PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    error_messages = {
        "invalid_login": _(
            "No account fits this name or number and this password."
            " Mind capital letters, and try again."
        ),
        "inactive": _("This account is closed. Please ask our service."),
    }

    def __init__(self, request: HttpRequest | None = None, *args: Any, **kwargs: Any) -> None:
        super().__init__(request, *args, **kwargs)
        self.fields["username"].widget.attrs["autofocus"] = True

    def clean_username(self) -> str:
        """One spelling of a number, so that wrong passwords are counted for one account."""
        login: str = self.cleaned_data["username"]
        return normalise_mobile(login) or login.strip()


class SignUpForm(forms.Form):
    login = forms.CharField(
        label=_("Mobile number or user name"),
        max_length=LOGIN_LENGTH,
        help_text=_("You log in with it. A number stays private."),
        widget=forms.TextInput(
            attrs={
                "autocomplete": "username",
                "autocapitalize": "none",
                "spellcheck": "false",
                "autofocus": True,
            }
        ),
    )
    password = forms.CharField(
        label=_("Password"),
        max_length=PASSWORD_LENGTH,
        strip=False,
        help_text=_("At least 8 characters, not only digits, and none of the common ones."),
        widget=PasswordInput(attrs={"autocomplete": "new-password"}, render_value=True),
    )

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        password, login = self.cleaned_data.get("password"), self.cleaned_data.get("login")
        if password and login:
            try:
                validate_password(password, User(username=login))
            except forms.ValidationError as error:
                self.add_error("password", error)
        return cleaned
