"""Errors in this protocol's words."""

from __future__ import annotations

from users.errors import PersonError


class DockingError(Exception):
    """`code` is the protocol's; ours where it has none."""

    def __init__(self, code: str, status: int, message: str) -> None:
        self.code = code
        self.status = status
        self.message = message
        super().__init__(code)


# What our services refuse → (their code, HTTP status).
_CODES: dict[str, tuple[str, int]] = {
    "insufficient_balance": ("insufficient_balance", 402),
    "out_of_stock": ("insufficient_stock", 409),
    "unknown_sku": ("sku_unavailable", 400),
    "agent_suspended": ("user_disabled", 403),
    "unavailable": ("internal_error", 503),
    "rate_limited": ("rate_limited", 429),
    "ip_not_allowed": ("ip_not_allowed", 403),
    "buying_not_allowed": ("buying_not_allowed", 403),
    "limit_exceeded": ("limit_exceeded", 403),
}


def translated(refusal: PersonError) -> DockingError:
    """One of our refusals as this protocol tells it. Nothing was charged on any of them."""
    code, status = _CODES.get(refusal.code, ("bad_request", 400))
    return DockingError(code, status, str(refusal.message))
