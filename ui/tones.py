"""Which colour a status has: one list for both storefronts and every kind of row."""

from __future__ import annotations

TONES = {
    # orders and fulfilments
    "awaiting_payment": "warn",
    "paid": "info",
    "fulfilling": "info",
    "completed": "ok",
    "partially_completed": "warn",
    "failed": "bad",
    "cancelled": "mute",
    "created": "mute",
    "submitting": "info",
    "accepted": "info",
    "succeeded": "ok",
    "unknown": "warn",
    # lines of a batch
    "waiting": "mute",
    "paused": "warn",
    "finished": "mute",
    "moving": "info",
    "delivered": "ok",
    "refused": "bad",
    # money
    "pending": "warn",
    "settled": "ok",
    "done": "ok",
    "reversed": "mute",
    "refunding": "info",
    "refunded": "mute",
    "voided": "mute",
    "clawed_back": "bad",
    "announced": "warn",
    "submitted": "info",
    "correction": "warn",
    "checked": "info",
    "confirmed": "ok",
    "requested": "info",
    "verified": "ok",
    "returned": "bad",
    "removed": "mute",
    # after the sale
    "answered": "ok",
    "replacing": "info",
    "replaced": "ok",
    # people and things
    "approved": "ok",
    "active": "ok",
    "rejected": "bad",
    "suspended": "bad",
    "frozen": "bad",
    "expired": "mute",
    "withdrawn": "mute",
    "open": "ok",
    "off": "mute",
    "used_up": "warn",
    "in_stock": "ok",
    "low_stock": "warn",
    "sold_out": "mute",
}
MOVING = frozenset({"paid", "fulfilling", "submitting", "accepted", "refunding"})


def tone(status: object) -> str:
    """`ok`, `warn`, `bad`, `info` or `mute`; an unlisted status is calm rather than alarming."""
    return TONES.get(str(status), "mute")


def is_moving(status: object) -> bool:
    """The row will change by itself soon, so its badge pulses."""
    return str(status) in MOVING
