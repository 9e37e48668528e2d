"""What a supplier can tell us about one fulfilment, and nothing else.

The four outcomes are the whole vocabulary between adapters and orders (domain.md, Orders).
`unknown` is never refunded and never sent to another supplier until a query or a person decides.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from decimal import Decimal


class OutcomeKind(enum.StrEnum):
    DELIVERED = "delivered"  # final: the account was charged, or the codes are in `cards`
    ACCEPTED = "accepted"  # the supplier is working on it
    REJECTED = "rejected"  # final: definitely not delivered, and it never will be
    NOT_FOUND = "not_found"  # the query found no such order: definite only after settling time
    UNKNOWN = "unknown"  # time-out, 5xx, unreadable or unverifiable answer


@dataclass(frozen=True, slots=True)
class DeliveredCard:
    """One code as the supplier handed it over; its repr, which may be logged, hides the secret."""

    number: str
    secret: str = field(repr=False)
    expires_on: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """One answer about one fulfilment.

    `message` is for staff (the supplier's own words); `supplier_order_no` is the supplier's number;
    `cost` is the total that the supplier charged in CNY when it says so, else None.
    """

    kind: OutcomeKind
    message: str = ""
    code: str = ""
    supplier_order_no: str = ""
    cost: Decimal | None = None
    cards: tuple[DeliveredCard, ...] = ()
