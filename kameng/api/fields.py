"""The fields of what may be sent: strict about types, so that nothing is bought by a
misunderstanding. What each takes is what the schema says of it, exactly.

JSON has types and programs should use them: a quantity is a whole number (not `true`, `1.0` or
`"1"`), an amount a decimal string.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.validators import ProhibitNullCharactersValidator, RegexValidator
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from outbound import checked

_AMOUNT = re.compile(r"[0-9]{1,12}(\.[0-9]{1,4})?", re.ASCII)
_DIGITS = re.compile(r"-?[0-9]{1,18}", re.ASCII)
_REFERENCE = re.compile(r"[A-Za-z0-9_.:\-]{1,64}", re.ASCII)
# RFC 3339; the calendar has the last word on which days and hours there are.
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?"
    r"([Zz]|[+-][0-9]{2}:[0-9]{2})",
    re.ASCII,
)
_LONGEST_URL = 500
# The largest whole number that any quantity of ours can be.
LARGEST_QUANTITY = 2**31 - 1
# Moments at the calendar's ends have no equal in other time zones, the database's among them.
_YEARS = range(2000, 2102)
_YEAR_PATTERN = "^(20[0-9]{2}|210[01])-"
# PostgreSQL keeps no NUL in a text.
_NOT_KEPT = _("A text can't hold the character NUL, nor half a character.")
_NO_NUL = RegexValidator(r"^[^\x00]*\Z", _NOT_KEPT)


class Strict(serializers.Serializer[Any]):
    """Refuses names that it doesn't know: a misspelt `max_unit_price` would protect nobody."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping) and (unknown := [n for n in data if n not in self.fields]):
            raise serializers.ValidationError(
                {printable(name): [_("There is no such field here.")] for name in unknown[:10]}
            )
        return super().to_internal_value(data)


def printable(name: str) -> str:
    """A name that somebody sent, fit to be told back."""
    return "".join(c if c.isprintable() else "?" for c in name)[:64]


class TextField(serializers.CharField):
    """A JSON string; CharField would take numbers as well, and trim."""

    default_error_messages = {"invalid": _("Give this as text.")}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(trim_whitespace=False, **kwargs)
        # The same rule as CharField's own, but one that the schema can tell.
        self.validators = [
            _NO_NUL if isinstance(one, ProhibitNullCharactersValidator) else one
            for one in self.validators
        ]

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return data


class WholeNumberField(serializers.IntegerField):
    """A JSON whole number; IntegerField would take "1" and 1.0 as well."""

    default_error_messages = {"invalid": _("Give this as a whole number.")}

    def to_internal_value(self, data: Any) -> int:
        if type(data) is not int:  # bool is an int to Python
            self.fail("invalid")
        return data


class QueryNumberField(serializers.IntegerField):
    """A whole number in a query; IntegerField would take "1.0", "1_0" and "１" as well."""

    default_error_messages = {"invalid": _("Give this as a whole number.")}

    def to_internal_value(self, data: Any) -> int:
        if not isinstance(data, str) or not _DIGITS.fullmatch(data):
            self.fail("invalid")
        return int(data)


@extend_schema_field(
    {
        "type": "string",
        "format": "decimal",
        "pattern": r"^(?!0*(\.0*)?$)[0-9]{1,12}(\.[0-9]{1,4})?$",
        "examples": ["9.80"],
    }
)
class PositiveAmountField(TextField):
    """An amount above zero as a decimal string."""

    default_error_messages = {
        "amount": _('Give amounts as a decimal string above zero, such as "9.80".')
    }

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, str) or not _AMOUNT.fullmatch(data) or not Decimal(data):
            self.fail("amount")
        return Decimal(data)


@extend_schema_field({"type": "object", "additionalProperties": {"type": "string"}})
class AccountObjectField(serializers.Field[Any, Any, Any, Any]):
    """The account to charge: text by field; which fields, is checked against the SKU's."""

    default_error_messages = {
        "object": _("Give the account as an object of its fields."),
        "text": _("Give this as text."),
        "character": _NOT_KEPT,
    }

    def to_internal_value(self, data: Any) -> dict[str, str]:
        if not isinstance(data, dict):
            self.fail("object")
        wrong = {
            printable(name): [self.error_messages[problem]]
            for name, value in data.items()
            if (problem := _problem_with(name) or _problem_with(value))
        }
        if wrong:
            raise serializers.ValidationError(dict(list(wrong.items())[:10]))
        return data


def _problem_with(text: object) -> str:
    if not isinstance(text, str):
        return "text"
    # What no database keeps, and no UTF-8 can say.
    is_kept = "\0" not in text and not any("\ud800" <= sign <= "\udfff" for sign in text)
    return "" if is_kept else "character"


# RFC 3986, without a user name and a fragment.
_URL_REST = (
    r"://([A-Za-z0-9_.-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?"
    r"([/?]([A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*)?"
)
_URL = re.compile(f"[a-z]+{_URL_REST}", re.ASCII)


def _url_schema() -> dict[str, Any]:
    scheme = "https?" if settings.ALLOW_PRIVATE_CALLBACKS else "https"
    return {
        "type": "string",
        "format": "uri",
        "maxLength": _LONGEST_URL,
        "pattern": f"^{scheme}{_URL_REST}$",
    }


@extend_schema_field(_url_schema())
class CallbackURLField(TextField):
    """An address that we may call; whether its name leads inside is seen when it is called."""

    default_error_messages = {
        "malformed": _(
            "Give a complete address in ASCII, without a user name and without a #fragment."
        ),
        "scheme": _("The address must begin with https://."),
        "private": _("This address isn't on the public internet, so we can't call it."),
    }

    def to_internal_value(self, data: Any) -> str:
        url = super().to_internal_value(data)
        try:
            checked.parse(url, allow_private=settings.ALLOW_PRIVATE_CALLBACKS)
        except checked.AddressRefused as refusal:
            self.fail(refusal.code)
        if len(url) > _LONGEST_URL or not _URL.fullmatch(url):
            self.fail("malformed")
        return url


@extend_schema_field({"type": "string", "pattern": f"^{_REFERENCE.pattern}$"})
class ReferenceField(TextField):
    """A number of the caller's own, in the shape that we keep."""

    default_error_messages = {
        "shape": _("Give 1 to 64 letters, digits, '-', '_', '.' or ':'."),
    }

    def to_internal_value(self, data: Any) -> str:
        text = super().to_internal_value(data)
        if not _REFERENCE.fullmatch(text):
            self.fail("shape")
        return text


@extend_schema_field(
    {
        "anyOf": [
            {"type": "string", "format": "date-time", "pattern": _YEAR_PATTERN},
            {"type": "string", "format": "date", "pattern": _YEAR_PATTERN},
        ]
    }
)
class MomentField(TextField):
    """RFC 3339 with an offset, or a date where the shop is: its start, or its end."""

    default_error_messages = {
        "moment": _("Give a time such as 2026-11-24T08:00:00+08:00, or a date: 2026-11-24.")
    }

    def __init__(self, *, is_end: bool, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.is_end = is_end

    def to_internal_value(self, data: Any) -> Any:
        # A + that wasn't percent-encoded arrives as a blank.
        text = super().to_internal_value(data).replace(" ", "+")
        try:
            moment = self._moment(text)
        except (ValueError, OverflowError):
            moment = None
        if moment is None:
            self.fail("moment")
        return moment

    def _moment(self, text: str) -> datetime | None:
        """Raises ValueError, OverflowError."""
        if not text[:4].isdigit() or int(text[:4]) not in _YEARS:
            return None
        if _DAY.fullmatch(text):
            day = date.fromisoformat(text)
            edge = day + timedelta(days=1) if self.is_end else day
            return timezone.make_aware(datetime.combine(edge, time.min))
        return datetime.fromisoformat(text.upper()) if _MOMENT.fullmatch(text) else None
