"""What can come back instead of a result.

Two kinds, and the difference is money: `Refused` is definite — the shop said no, nothing was done
and nothing was charged. `NoAnswer` is not: the call may have been carried out. Repeat it with the
same reference (an order can't be bought twice by one `client_ref`), or ask by that reference.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence


class KamengError(Exception):
    """Anything that this client raises on purpose."""


class NoAnswer(KamengError):
    """No answer that could be believed; `code` is `unreachable`, `timeout`, `broken`,
    `unreadable` or `http_…`. Only `unreachable` says for certain that nothing was sent."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)

    @property
    def is_unsent(self) -> bool:
        return self.code == "unreachable"


class BadAnswer(NoAnswer):
    """An answer that isn't what the API says: a proxy's error page, a broken body."""


class ServerFailed(NoAnswer):
    """The shop failed (5xx). Safe to repeat, later."""

    def __init__(self, code: str, retry_after_seconds: float | None = None) -> None:
        self.retry_after_seconds = retry_after_seconds
        super().__init__(code)


class Refused(KamengError):
    """The shop said no: `code` is stable, `detail` is for people, `errors` are by field."""

    def __init__(
        self,
        *,
        code: str,
        status: int,
        detail: str = "",
        errors: Mapping[str, Sequence[str]] | None = None,
        retry_after_seconds: float | None = None,
    ) -> None:
        self.code = code
        self.status = status
        self.detail = detail
        self.errors = errors or {}
        self.retry_after_seconds = retry_after_seconds
        super().__init__(f"{code}: {detail}" if detail else code)


class NotAuthenticated(Refused):
    """The key, the signature, the clock or the nonce."""


class NotAllowed(Refused):
    """The agent or this key may not do this."""


class InsufficientBalance(Refused):
    """Top up, then send the order again with the same reference."""


class UnknownSKU(Refused):
    """Not on sale."""


class UnknownOrder(Refused):
    """The agent has no such order."""


class IdempotencyConflict(Refused):
    """The reference belongs to an order with other content."""


class OutOfStock(Refused):
    """Sold out, or under maintenance."""


class PriceChanged(Refused):
    """The price is above `max_unit_price`."""


class Invalid(Refused):
    """`errors` says what is wrong with each field."""


class RateLimited(Refused):
    """Too many calls: wait `retry_after_seconds`."""


class ReadAllAgain(Refused):
    """The cursor of the changes can't be continued: start again without one."""


BY_CODE: Mapping[str, type[Refused]] = {
    "bad_signature": NotAuthenticated,
    "stale_timestamp": NotAuthenticated,
    "replayed_nonce": NotAuthenticated,
    "ip_not_allowed": NotAllowed,
    "agent_suspended": NotAllowed,
    "buying_not_allowed": NotAllowed,
    "limit_exceeded": NotAllowed,
    "insufficient_balance": InsufficientBalance,
    "unknown_sku": UnknownSKU,
    "unknown_order": UnknownOrder,
    "idempotency_conflict": IdempotencyConflict,
    "out_of_stock": OutOfStock,
    "price_changed": PriceChanged,
    "invalid": Invalid,
    "rate_limited": RateLimited,
    "cursor_expired": ReadAllAgain,
}
