"""What may be sent, call by call (fields.py has the kinds of fields), and reading it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from catalog.models import DeliveryKind
from kameng.api.cursors import DEFAULT_LIMIT, MAX_LIMIT
from kameng.api.errors import Invalid
from kameng.api.fields import (
    LARGEST_QUANTITY,
    AccountObjectField,
    CallbackURLField,
    MomentField,
    PositiveAmountField,
    QueryNumberField,
    ReferenceField,
    Strict,
    TextField,
    WholeNumberField,
    printable,
)
from orders.models import OrderStatus


class OrderInput(Strict):
    sku = TextField(min_length=1, max_length=60, help_text=_("Code of the SKU, from the products."))
    quantity = WholeNumberField(
        min_value=1, max_value=LARGEST_QUANTITY, help_text=_("Top-ups go one at a time.")
    )
    client_ref = ReferenceField(
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
    limit = QueryNumberField(
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
    client_ref = ReferenceField(required=False)
    status = serializers.ChoiceField(required=False, choices=OrderStatus.choices)


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


def read_page_query(query: QueryDict) -> PageQuery:
    """Raises Invalid, as do the others."""
    return PageQuery(**_valid(PageInput, _given(query)))


def read_products_query(query: QueryDict) -> ProductsQuery:
    return ProductsQuery(**_valid(ProductsInput, _given(query)))


def read_orders_query(query: QueryDict) -> OrdersQuery:
    return OrdersQuery(**_valid(OrdersInput, _given(query)))


def read_statement_query(query: QueryDict) -> StatementQuery:
    found = _valid(StatementInput, _given(query))
    since, until = found.pop("from", None), found.pop("to", None)
    return StatementQuery(since=since, until=until, **found)


def _given(query: QueryDict) -> dict[str, str]:
    """A parameter that is empty counts as not given; one that comes twice is refused.

    Which of the two was meant? Whoever stands between us might read the other one.
    """
    twice = [name for name, values in query.lists() if len(values) > 1]
    if twice:
        raise Invalid({printable(name): [_("Give this once.")] for name in twice[:10]})
    return {name: values[0] for name, values in query.lists() if values and values[0]}


def _valid(shape: type[Strict], data: object) -> dict[str, Any]:
    serializer = shape(data=data)
    if not serializer.is_valid():
        raise Invalid(errors_by_path(serializer.errors))
    return dict(serializer.validated_data)


def errors_by_path(errors: Mapping[str, Any], prefix: str = "") -> dict[str, list[str]]:
    """A serializer's errors by the path of each field, such as `account.phone`."""
    found: dict[str, list[str]] = {}
    for name, texts in errors.items():
        if name == "non_field_errors":
            found[prefix.rstrip(".") or "body"] = [str(text) for text in texts]
        elif isinstance(texts, Mapping):
            found |= errors_by_path(texts, f"{prefix}{name}.")
        else:
            found[f"{prefix}{name}"] = [str(text) for text in texts]
    return found
