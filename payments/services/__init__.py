"""Money in and out through gateways: starting → settling → refunding; sweeping finds the rest."""

from __future__ import annotations

from payments.services.refunding import apply_refund_outcome, refund, send_refund
from payments.services.settling import NoticeMismatch, settle
from payments.services.starting import start, start_deposit
from payments.services.sweeping import ask_gateway, sweep

__all__ = [
    "NoticeMismatch",
    "apply_refund_outcome",
    "ask_gateway",
    "refund",
    "send_refund",
    "settle",
    "start",
    "start_deposit",
    "sweep",
]
