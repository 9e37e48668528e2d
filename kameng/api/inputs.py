"""What may be sent: strict about types, so that nothing is bought by a misunderstanding.

JSON has types and programs should use them: a quantity is a whole number (not `true`, `1.0` or
`"1"`), an amount a decimal string. A name that isn't known is refused, not ignored: a misspelt
`max_unit_price` would protect nobody.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from catalog.models import DeliveryKind
from kameng.api.cursors import DEFAULT_LIMIT, MAX_LIMIT
from kameng.api.errors import Invalid
from orders.models import OrderStatus
from outbound import checked

_AMOUNT = re.compile(r"[0-9]{1,12}(\.[0-9]{1,4})?", re.ASCII)
_LONGEST_URL = 500
# Moments at the calendar's ends have no equal in other time zones, the database's among them.
_YEARS = range(2000, 2102)


class Strict(serializers.Serializer[Any]):
    """Refuses names that it doesn't know."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping) and (unknown := [n for n in data if n not in self.fields]):
            raise serializers.ValidationError(
                {_printable(name): [_("There is no such field here.")] for name in unknown[:10]}
            )
        return super().to_internal_value(data)


def _printable(name: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in name)[:64]


class TextField(serializers.CharField):
    """A JSON string; CharField would take numbers as well, and trim."""

    default_error_messages = {"invalid": _("Give this as text.")}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(trim_whitespace=False, **kwargs)

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
    """The account to charge, as an object; its fields are checked against the SKU's."""

    default_error_messages = {"object": _("Give the account as an object of its fields.")}

    def to_internal_value(self, data: Any) -> dict[str, object]:
        if not isinstance(data, dict):
            self.fail("object")
        return data


@extend_schema_field({"type": "string", "format": "uri", "maxLength": _LONGEST_URL})
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
        if len(url) > _LONGEST_URL:
            self.fail("malformed")
        try:
            checked.parse(url, allow_private=settings.ALLOW_PRIVATE_CALLBACKS)
        except checked.AddressRefused as refusal:
            self.fail(refusal.code)
        return url


@extend_schema_field({"type": "string", "pattern": r"^[A-Za-z0-9_.:\-]{1,64}$"})
class ClientRefField(TextField):
    """Its shape is the order service's business."""


class OrderInput(Strict):
    sku = TextField(min_length=1, max_length=60, help_text=_("Code of the SKU, from the products."))
    quantity = WholeNumberField(min_value=1, help_text=_("Top-ups go one at a time."))
    client_ref = ClientRefField(
        max_length=64,
        help_text=_(
            "Your own number for this order: the same one never buys twice. 1 to 64 letters,"
            " digits, '-', '_', '.' or ':'."
        ),
    )
    account = AccountObjectField(
        required=False, help_text=_("For what the SKU's `account_fields` ask.")
    )
    max_unit_price = PositiveAmountField(
        required=False, help_text=_("Refuse with `price_changed` above this price for one.")
    )
    callback_url = CallbackURLField(
        required=False, help_text=_("Where we POST the order, signed, once it has ended.")
    )


class PageInput(Strict):
    cursor = TextField(required=False, max_length=200, help_text=_("`next` of the page before."))
    limit = serializers.IntegerField(
        default=DEFAULT_LIMIT, min_value=1, max_value=MAX_LIMIT, help_text=_("Rows on a page.")
    )


class ProductsInput(PageInput):
    kind = serializers.ChoiceField(required=False, choices=DeliveryKind.choices)
    category = TextField(
        required=False,
        max_length=50,
        help_text=_("Code of a category; what lies in it counts too."),
    )
    q = TextField(
        required=False, max_length=100, help_text=_("Words of a name, brand, pinyin or code.")
    )


class OrdersInput(PageInput):
    client_ref = TextField(required=False, max_length=64)
    status = serializers.ChoiceField(required=False, choices=OrderStatus.choices)


@extend_schema_field({"type": "string", "format": "date-time"})
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
            day = parse_date(text)
            moment = parse_datetime(text) if day is None else self._edge_of(day)
        except (ValueError, OverflowError):
            moment = None
        if moment is None or timezone.is_naive(moment) or moment.year not in _YEARS:
            self.fail("moment")
        return moment

    def _edge_of(self, day: date) -> datetime:
        edge = day + timedelta(days=1) if self.is_end else day
        return timezone.make_aware(datetime.combine(edge, time.min))


class StatementInput(PageInput):
    def get_fields(self) -> dict[str, Any]:
        """`from` can't be written as an attribute."""
        return {
            "from": MomentField(
                is_end=False, required=False, help_text=_("From this moment on, or this day.")
            ),
            "to": MomentField(
                is_end=True,
                required=False,
                help_text=_("Before this moment, or until the end of this day."),
            ),
            **super().get_fields(),
        }


@dataclass(frozen=True, slots=True)
class OrderRequest:
    """A POST of an order, checked."""

    sku: str
    quantity: int
    client_ref: str
    account: Mapping[str, object] = field(default_factory=dict)
    max_unit_price: Decimal | None = None
    callback_url: str = ""


@dataclass(frozen=True, slots=True)
class PageQuery:
    limit: int
    cursor: str = ""


@dataclass(frozen=True, slots=True)
class ProductsQuery:
    limit: int
    cursor: str = ""
    kind: str = ""
    category: str = ""
    q: str = ""


@dataclass(frozen=True, slots=True)
class OrdersQuery:
    limit: int
    cursor: str = ""
    client_ref: str = ""
    status: str = ""


@dataclass(frozen=True, slots=True)
class StatementQuery:
    limit: int
    cursor: str = ""
    since: datetime | None = None
    until: datetime | None = None


def read_order(data: object) -> OrderRequest:
    """The body of a POST. Raises Invalid."""
    return OrderRequest(**_valid(OrderInput, data))


def read_page_query(query: Mapping[str, str]) -> PageQuery:
    """Raises Invalid, as do the others."""
    return PageQuery(**_valid(PageInput, _given(query)))


def read_products_query(query: Mapping[str, str]) -> ProductsQuery:
    return ProductsQuery(**_valid(ProductsInput, _given(query)))


def read_orders_query(query: Mapping[str, str]) -> OrdersQuery:
    return OrdersQuery(**_valid(OrdersInput, _given(query)))


def read_statement_query(query: Mapping[str, str]) -> StatementQuery:
    found = _valid(StatementInput, _given(query))
    since, until = found.pop("from", None), found.pop("to", None)
    return StatementQuery(since=since, until=until, **found)


def _given(query: Mapping[str, str]) -> dict[str, str]:
    """A parameter that is empty counts as not given."""
    return {name: value for name, value in query.items() if value}


def _valid(shape: type[Strict], data: object) -> dict[str, Any]:
    serializer = shape(data=data)
    if not serializer.is_valid():
        raise Invalid(
            {
                "body" if name == "non_field_errors" else name: [str(text) for text in texts]
                for name, texts in serializer.errors.items()
            }
        )
    return dict(serializer.validated_data)
