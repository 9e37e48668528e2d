"""What a supplier can tell us about one fulfilment, and nothing else.

These outcomes are the whole vocabulary between adapters and orders (domain.md, Orders). `unknown`
is never refunded and never sent to another supplier until a query or a person decides.

`deferred` is the one that isn't about the supplier: *this call* sent nothing. Our own rate limit,
concurrency limit or circuit breaker held it back, or no connection could be made. So a deferred
submit is definitely not with the supplier: it may be sent later under the same number, or the order
may go to another offer; it is never queried, never counted as unknown, and costs the buyer nothing
but time. A deferred query says nothing: ask again later. An adapter says `deferred` only while
nothing that could order was sent in this call; once something was, the answer is `unknown`.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from decimal import Decimal

from outbound.texts import storable


class OutcomeKind(enum.StrEnum):
    DELIVERED = "delivered"  # final: the account was charged, or the codes are in `cards`
    ACCEPTED = "accepted"  # the supplier is working on it
    REJECTED = "rejected"  # final: definitely not delivered, and it never will be
    NOT_FOUND = "not_found"  # the query found no such order: definite only after settling time
    UNKNOWN = "unknown"  # time-out, 5xx, unreadable or unverifiable answer
    DEFERRED = "deferred"  # nothing was sent by this call: definitely not ordered; try again later


@dataclass(frozen=True, slots=True)
class DeliveredCard:
    """One code as the supplier handed it over; its repr, which may be logged, hides the secret."""

    number: str
    secret: str = field(repr=False)
    expires_on: str | None = None

    def __post_init__(self) -> None:
        """A code that can't be kept as it came is none: raises ValueError, without quoting it."""
        if storable(self.number + self.secret) != self.number + self.secret:
            raise ValueError("a card with a code that can't be stored")


@dataclass(frozen=True, slots=True)
class Outcome:
    """One answer about one fulfilment.

    `message` is for staff (the supplier's own words); `supplier_order_no` is the supplier's number;
    `cost` is the total that the supplier charged in CNY when it says so, else None.
    `retry_after_seconds` belongs to `deferred`: sooner than this, the same would happen again. The
    `code` of a deferred one says what held it back: `rate_limit`, `busy` (as many calls as allowed
    are under way), `circuit_open`, `limits_unavailable` or `unreachable`. `needs_person`: the
    answer is clear and no rule says what to do with it (a delivery that was taken back).
    """

    kind: OutcomeKind
    message: str = ""
    code: str = ""
    supplier_order_no: str = ""
    cost: Decimal | None = None
    cards: tuple[DeliveredCard, ...] = ()
    retry_after_seconds: float = 1.0
    needs_person: bool = False

    def __post_init__(self) -> None:
        """What others wrote must never be what keeps an answer from being stored."""
        for name in ("message", "code", "supplier_order_no"):
            object.__setattr__(self, name, storable(getattr(self, name)))
