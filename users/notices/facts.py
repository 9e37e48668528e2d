"""The facts of a notice: kept as JSON with their type, written for people when they are shown.

An amount (CNY) is a Decimal, a moment a datetime, a day a date; anything else is text.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.functional import Promise

from ui.formats import money

Fact = str | int | Decimal | date | datetime | Promise


def stored(facts: Mapping[str, Fact]) -> dict[str, Any]:
    return {name: _stored(fact) for name, fact in facts.items()}


def shown(facts: Mapping[str, Any]) -> dict[str, str]:
    return {name: _shown(fact) for name, fact in facts.items()}


def _stored(fact: Fact) -> Any:
    match fact:
        case Decimal():
            return {"money": f"{fact:f}"}
        case datetime():
            return {"at": fact.isoformat()}
        case date():
            return {"on": fact.isoformat()}
        case bool() | int():
            return int(fact)
        case _:
            return str(fact)


def _shown(fact: Any) -> str:
    match fact:
        case {"money": amount}:
            return money(amount)
        case {"at": moment}:
            here = timezone.localtime(datetime.fromisoformat(moment))
            return here.strftime("%Y-%m-%d %H:%M")
        case {"on": day}:
            return str(day)
        case _:
            return str(fact)
