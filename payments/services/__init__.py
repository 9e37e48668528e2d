"""Money in and out through gateways: starting → settling → refunding; sweeping finds the rest.

`handling` is what staff do about a refund that a gateway refused.
"""

from __future__ import annotations

from payments.services.handling import (
    book_paid_by_hand,
    put_refund_in_wallet,
    send_refund_again,
)
from payments.services.refunding import apply_refund_outcome, refund, send_refund
from payments.services.settling import NoticeMismatch, settle
from payments.services.starting import PAYMENT_WINDOW, PayerAt, start, start_deposit
from payments.services.sweeping import ask_gateway, sweep

__all__ = [
    "PAYMENT_WINDOW",
    "NoticeMismatch",
    "PayerAt",
    "apply_refund_outcome",
    "ask_gateway",
    "book_paid_by_hand",
    "put_refund_in_wallet",
    "refund",
    "send_refund",
    "send_refund_again",
    "settle",
    "start",
    "start_deposit",
    "sweep",
]
