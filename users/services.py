"""What happens to people: they sign up, they come by their number, they change their password."""

from __future__ import annotations

import re
import secrets
import unicodedata

from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from users import audit
from users.errors import PersonError
from users.models import User
from users.phones import normalise_mobile
from users.security_notices import tell_of_security

USERNAME_MIN, USERNAME_MAX = 3, 30
_USERNAME = re.compile(r"[\w.\-]+")
_LETTERS_IN_GENERATED_NAME = "abcdefghjkmnpqrstuvwxyz23456789"


class LoginInvalid(PersonError):
    message = _(
        "Use a mainland mobile number, or a name of 3 to 30 letters, digits,"
        " “-”, “_” or “.” that isn't a number."
    )


class LoginTaken(PersonError):
    code = "login_taken"
    status = 409
    message = _("There is an account with this name or number already. Log in, or use another.")


def sign_up(*, login: str, password: str) -> User:
    """Make a person who logs in with `login`, a mobile number or a name of their choice.

    Raises LoginInvalid or LoginTaken, on the field "login". A name that looks like a number is
    refused: it could stand in the way of the number's owner.
    """
    phone = normalise_mobile(login)
    username = _free_name() if phone else _checked_name(login)
    if User.objects.filter(username__iexact=username).exists() or (
        phone and User.objects.filter(phone=phone).exists()
    ):
        raise LoginTaken(field="login")
    try:
        with transaction.atomic():
            return User.objects.create(
                username=username, phone=phone, password=make_password(password)
            )
    except IntegrityError:  # somebody else was faster
        raise LoginTaken(field="login") from None


class AccountClosed(PersonError):
    code = "account_closed"
    status = 403
    message = _("This account is closed. Please ask our service.")


class StaffNeedPassword(PersonError):
    """A text message alone never opens the back office."""

    code = "staff_need_password"
    status = 403
    message = _("Staff log in with their password. Your code was right, and isn't enough here.")


def enter_by_phone(*, phone: str) -> User:
    """The person of a number that a code has just proven; an unknown number makes one.

    They have no password until they choose one. Raises AccountClosed and StaffNeedPassword. Two
    who come at once with one number are one person.
    """
    person = User.objects.filter(phone=phone).first()
    if person is None:
        try:
            with transaction.atomic():
                person = User.objects.create(
                    username=_free_name(), phone=phone, password=make_password(None)
                )
                audit.record(actor=person, action="sign_up_by_phone", target=f"user:{person.pk}")
        except IntegrityError:  # somebody with the same number was faster
            person = User.objects.get(phone=phone)
    if not person.is_active:
        raise AccountClosed
    if person.is_staff:
        raise StaffNeedPassword
    return person


def is_known(phone: str) -> bool:
    """Whether a number has an account. Never told to whoever only asks."""
    return User.objects.filter(phone=phone).exists()


def address_of(phone: str) -> str:
    """The confirmed e-mail address of a number's account, or ""."""
    found = User.objects.filter(phone=phone, is_active=True).values_list("email", flat=True)
    return found.first() or ""


@transaction.atomic
def change_password(*, person: User, new: str) -> None:
    """Give a person another password, one that the rules allow. Audited.

    Every session of theirs ends with it; the caller keeps the one that asked.
    """
    person.set_password(new)
    person.save(update_fields=["password"])
    audit.record(actor=person, action="change_password", target=f"user:{person.pk}")
    tell_of_security(person, "password_changed")


@transaction.atomic
def replace_password(*, phone: str, new: str) -> User:
    """Give the person of a proven number another password. Audited; every session ends with it.

    Raises AccountClosed, also when the account went in the meantime.
    """
    person = User.objects.filter(phone=phone, is_active=True).first()
    if person is None:
        raise AccountClosed
    person.set_password(new)
    person.save(update_fields=["password"])
    audit.record(actor=person, action="replace_password", target=f"user:{person.pk}", by="code")
    tell_of_security(person, "password_changed")
    return person


def _checked_name(login: str) -> str:
    name = unicodedata.normalize("NFKC", login.strip())
    is_good = USERNAME_MIN <= len(name) <= USERNAME_MAX and _USERNAME.fullmatch(name) is not None
    if not is_good or not any(character.isalpha() for character in name):
        raise LoginInvalid(field="login")
    return name


def _free_name() -> str:
    """A name for somebody who came with a number: the number itself stays private."""
    return "m-" + "".join(secrets.choice(_LETTERS_IN_GENERATED_NAME) for _ in range(10))
