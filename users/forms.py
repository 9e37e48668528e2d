"""Logging in and signing up."""

from __future__ import annotations

import unicodedata
from typing import Any

from django import forms
from django.contrib.auth import authenticate
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.password_validation import validate_password
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext_lazy as _

from ui.widgets import PasswordInput, PhoneInput
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


class PhoneForm(forms.Form):
    """The number that a code goes to."""

    phone = forms.CharField(
        label=_("Your mobile number"),
        max_length=30,
        error_messages={"required": _("Enter your mobile number.")},
        widget=PhoneInput(attrs={"autofocus": True}),
    )

    def clean_phone(self) -> str:
        phone = normalise_mobile(self.cleaned_data["phone"])
        if phone is None:
            raise forms.ValidationError(_("Enter a mainland mobile number of 11 digits."))
        return phone


class CodeForm(forms.Form):
    """The six digits of a message."""

    code = forms.CharField(
        label=_("Code of the message"),
        max_length=12,
        error_messages={
            "required": _("Enter the six digits of the message."),
            "max_length": _("Enter the six digits of the message."),
        },
        widget=forms.TextInput(
            {
                "inputmode": "numeric",
                "autocomplete": "one-time-code",
                "autofocus": True,
                "class": "control-code",
            }
        ),
    )

    def clean_code(self) -> str:
        digits = "".join(unicodedata.normalize("NFKC", self.cleaned_data["code"]).split())
        if len(digits) != 6 or not (digits.isascii() and digits.isdigit()):
            raise forms.ValidationError(_("Enter the six digits of the message."))
        return digits


class FactorForm(forms.Form):
    """The six digits that an authenticator app shows, or a recovery code."""

    code = forms.CharField(
        label=_("Code of your app"),
        max_length=20,
        error_messages={"required": _("Enter the six digits that your app shows.")},
        widget=forms.TextInput(
            {
                "autocomplete": "one-time-code",
                "autocapitalize": "none",
                "spellcheck": "false",
                "autofocus": True,
                "class": "control-code",
            }
        ),
    )

    def __init__(self, data: QueryDict | None = None, *, is_set_up: bool = False) -> None:
        super().__init__(data)
        if is_set_up:
            self.fields["code"].widget.attrs["inputmode"] = "numeric"
        else:
            self.fields["code"].help_text = _("Without your app: one of your recovery codes.")


class NewPasswordForm(CodeForm):
    """A code, and the password that it allows to choose."""

    new = forms.CharField(
        label=_("New password"),
        max_length=PASSWORD_LENGTH,
        strip=False,
        help_text=_("At least 8 characters, not only digits, and none of the common ones."),
        widget=PasswordInput(attrs={"autocomplete": "new-password"}, render_value=True),
    )

    def __init__(self, data: QueryDict | None, *, phone: str) -> None:
        super().__init__(data)
        self.phone = phone

    def clean_new(self) -> str:
        new: str = self.cleaned_data["new"]
        validate_password(new, User(username=self.phone))
        return new


class ChangePasswordForm(forms.Form):
    """The password now, and the next one. A wrong one counts like a failed log-in."""

    current = forms.CharField(
        label=_("Password now"),
        max_length=PASSWORD_LENGTH,
        strip=False,
        widget=PasswordInput(attrs={"autocomplete": "current-password", "autofocus": True}),
    )
    new = forms.CharField(
        label=_("New password"),
        max_length=PASSWORD_LENGTH,
        strip=False,
        help_text=_("At least 8 characters, not only digits, and none of the common ones."),
        widget=PasswordInput(attrs={"autocomplete": "new-password"}, render_value=True),
    )

    def __init__(self, request: HttpRequest, data: QueryDict | None, *, person: User) -> None:
        super().__init__(data)
        self.request = request
        self.person = person

    def clean_current(self) -> str:
        current: str = self.cleaned_data["current"]
        if authenticate(self.request, username=self.person.username, password=current) is None:
            raise forms.ValidationError(_("This is not your password now. Please try again."))
        return current

    def clean_new(self) -> str:
        new: str = self.cleaned_data["new"]
        validate_password(new, self.person)
        if new == self.cleaned_data.get("current"):
            raise forms.ValidationError(_("This is the password that you have already."))
        return new


class AddressForm(forms.Form):
    """Where mail goes; empty for none."""

    email = forms.EmailField(
        label=_("E-mail address"),
        required=False,
        max_length=254,
        help_text=_("Empty: no mail. A new address is used once its link was followed."),
        error_messages={"invalid": _("Enter an e-mail address like name@example.com.")},
        widget=forms.EmailInput({"autocomplete": "email", "spellcheck": "false"}),
    )


class PasswordAgainForm(forms.Form):
    """The password once more, before something that can't be undone. A wrong one counts like a
    failed log-in."""

    password = forms.CharField(
        label=_("Your password"),
        max_length=PASSWORD_LENGTH,
        strip=False,
        help_text=_("The one that you log in with, so that nobody else does this."),
        widget=PasswordInput(attrs={"autocomplete": "current-password", "autofocus": True}),
        error_messages={"required": _("Enter your password.")},
    )

    def __init__(self, request: HttpRequest, data: QueryDict | None = None) -> None:
        super().__init__(data)
        self.request = request

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        person = self.request.user
        if authenticate(self.request, username=person.get_username(), password=password) is None:
            raise forms.ValidationError(_("This is not your password. Please try again."))
        return password
