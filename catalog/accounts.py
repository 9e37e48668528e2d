"""The account that a top-up charges: what was typed or sent, checked field by field."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Literal

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from catalog.errors import AccountInvalid
from catalog.models import AccountField, AccountFieldKind
from users.phones import normalise_mobile

_MAX_RAW_LENGTH = 500
_MAX_UNKNOWN_NAMED = 10
_MAX_NAME_LENGTH = 64
_DIGITS = re.compile(r"[0-9]+", re.ASCII)


class _Wrong(Exception):
    def __init__(self, message: str | Promise) -> None:
        self.message = message


def clean_account(fields: Sequence[AccountField], raw: Mapping[str, object]) -> dict[str, str]:
    """The account as it will be charged: one clean string per field, in the fields' order.

    Full-width digits, spaces and +86 of a number are forgiven. Raises AccountInvalid with a
    message for every field that is missing, unknown or wrong; `raw` may come straight from JSON.
    """
    if not isinstance(raw, Mapping):
        raise AccountInvalid({"account": _("Give the account as an object of its fields.")})
    errors: dict[str, str | Promise] = {}
    clean: dict[str, str] = {}
    for field in fields:
        try:
            clean[field.name] = _clean(field, raw.get(field.name))
        except _Wrong as wrong:
            errors[field.name] = wrong.message
    known = {field.name for field in fields}
    unknown = [str(name) for name in raw if name not in known]
    for name in unknown[:_MAX_UNKNOWN_NAMED]:
        errors[_printable(name)[:_MAX_NAME_LENGTH]] = _("This product has no such field.")
    if errors:
        raise AccountInvalid(errors)
    return clean


def _clean(field: AccountField, value: object) -> str:
    if value is None or value == "":
        raise _Wrong(_("This is needed."))
    if not isinstance(value, str):
        raise _Wrong(_("Give this as text."))
    if len(value) > _MAX_RAW_LENGTH:
        raise _Wrong(_too_long(field.max_length))
    match AccountFieldKind(field.kind):
        case AccountFieldKind.MOBILE:
            return _mobile(value)
        case AccountFieldKind.DIGITS:
            text = _text(value, "NFKC")
            if text and not _DIGITS.fullmatch(text):
                raise _Wrong(_("Digits only, please."))
        case AccountFieldKind.EMAIL:
            text = _email(value)
        case AccountFieldKind.TEXT:
            text = _text(value, "NFC")
    _check_length(field, text)
    return text


def _mobile(value: str) -> str:
    number = normalise_mobile(_text(value, "NFKC"))
    if number is None:
        raise _Wrong(_("This is not a mainland mobile number: 11 digits, starting with 13 to 19."))
    return number


def _email(value: str) -> str:
    text = _text(value, "NFKC")
    try:
        validate_email(text)
    except ValidationError:
        raise _Wrong(_("This is not an email address.")) from None
    return text


def _text(value: str, form: Literal["NFC", "NFKC"]) -> str:
    """One line without invisible characters; `form` is the Unicode normal form.

    Copied numbers often carry invisible direction marks at their ends: those are dropped.
    """
    text = value.replace("\u00a0", " ").replace("\u3000", " ").strip()
    while text and unicodedata.category(text[0]) == "Cf":
        text = text[1:].lstrip()
    while text and unicodedata.category(text[-1]) == "Cf":
        text = text[:-1].rstrip()
    # Lone surrogates come from JSON escapes; normalising or storing them would fail later.
    if not all(character.isprintable() or character.isspace() for character in text):
        raise _Wrong(_("This holds characters that can't be printed."))
    text = unicodedata.normalize(form, text)
    if any(character.isspace() and character != " " for character in text):
        raise _Wrong(_("This must be one line."))
    return text


def _check_length(field: AccountField, text: str) -> None:
    if not text:
        raise _Wrong(_("This is needed."))
    if len(text) < field.min_length:
        raise _Wrong(
            ngettext_lazy(
                "At least %(count)d character, please.",
                "At least %(count)d characters, please.",
                field.min_length,
            )
            % {"count": field.min_length}
        )
    if len(text) > field.max_length:
        raise _Wrong(_too_long(field.max_length))


def _too_long(limit: int) -> str | Promise:
    return ngettext_lazy(
        "At most %(count)d character, please.", "At most %(count)d characters, please.", limit
    ) % {"count": limit}


def _printable(text: str) -> str:
    return "".join(character if character.isprintable() else "?" for character in text)
