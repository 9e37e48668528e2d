"""Reading values that come over the wire: from suppliers, and in their twins from us."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, NoReturn


def exact_json(text: str | bytes) -> Any:
    """JSON with exact decimals; raises ValueError for anything else."""
    try:
        return json.loads(text, parse_float=Decimal, parse_constant=_refuse_constant)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no amount")


def text_of(values: object, *path: str) -> str:
    """A text or whole number at a path of an answer, as text; empty when there is none."""
    value: object = values
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    return str(value)


def amount_of(value: object) -> Decimal | None:
    """An exact amount that may come as number or text; None when it isn't a plain amount."""
    if isinstance(value, bool) or not isinstance(value, int | str | Decimal):
        return None
    try:
        number = Decimal(value)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None
