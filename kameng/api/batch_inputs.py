"""A batch as it may be sent: each of its orders as strictly as one that comes alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from kameng.api.errors import Invalid
from kameng.api.fields import ReferenceField, Strict
from kameng.api.inputs import OrderInput, errors_by_path

MAX_LINES = 1000
MAX_BODY_BYTES = 1024 * 1024
_SHOWN_ERRORS = 20


class BatchInput(Strict):
    batch_ref = ReferenceField(
        help_text=_("Your own number for the batch: the same one is never taken twice.")
    )
    orders = serializers.ListField(
        child=OrderInput(),
        min_length=1,
        max_length=MAX_LINES,
        help_text=_("1 to 1,000 orders, each with a client_ref of its own."),
    )


@dataclass(frozen=True, slots=True)
class BatchRequest:
    """A POST of a batch, checked; `orders` are as they were sent."""

    batch_ref: str
    orders: Sequence[Mapping[str, object]]


def read_batch(data: object) -> BatchRequest:
    """The body of a POST; raises Invalid, with errors such as `orders[3].quantity`."""
    if not isinstance(data, Mapping):
        raise Invalid({"body": [_("Give an object with batch_ref and orders.")]})
    errors: dict[str, list[str]] = {}
    lines = data.get("orders")
    if isinstance(lines, list) and 0 < len(lines) <= MAX_LINES:
        errors |= _errors_of_lines(lines)
        lines = [] if errors else lines
    head = BatchInput(data={**data, "orders": lines[:1] if isinstance(lines, list) else lines})
    if isinstance(lines, list) and len(lines) > MAX_LINES:
        errors["orders"] = [str(_("A batch has at most 1,000 orders."))]
    if not head.is_valid():
        for name, texts in head.errors.items():
            if name != "orders" or not errors:
                errors["body" if name == "non_field_errors" else name] = _texts(texts)
    if errors:
        raise Invalid(dict(list(errors.items())[:_SHOWN_ERRORS]))
    return BatchRequest(str(data["batch_ref"]), [dict(line) for line in data["orders"]])


def _errors_of_lines(lines: Sequence[Any]) -> dict[str, list[str]]:
    errors: dict[str, list[str]] = {}
    seen: set[str] = set()
    for place, line in enumerate(lines):
        order = OrderInput(data=line)
        if not order.is_valid():
            errors |= errors_by_path(order.errors, f"orders[{place}].")
            continue
        reference = order.validated_data["client_ref"]
        if reference in seen:
            errors[f"orders[{place}].client_ref"] = [
                str(_("Another order of this batch has the same client_ref."))
            ]
        seen.add(reference)
    return errors


def _texts(texts: Any) -> list[str]:
    return [str(text) for text in texts] if isinstance(texts, list) else [str(texts)]
