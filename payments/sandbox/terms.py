"""The cashier's words: its tables, what a merchant asks for, and why it says no."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

SCHEMA = """
CREATE TABLE IF NOT EXISTS payments (
    payment_no TEXT PRIMARY KEY, token TEXT NOT NULL UNIQUE, amount TEXT NOT NULL,
    currency TEXT NOT NULL, subject TEXT NOT NULL, return_url TEXT NOT NULL,
    notify_url TEXT NOT NULL, expires_at REAL NOT NULL, language TEXT NOT NULL,
    status TEXT NOT NULL DEFAULT 'pending', created_at REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS trades (
    gateway_trade_no TEXT PRIMARY KEY, payment_no TEXT NOT NULL, amount TEXT NOT NULL,
    status TEXT NOT NULL, created_at REAL NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS trades_payment ON trades (payment_no);
CREATE TABLE IF NOT EXISTS refunds (
    refund_no TEXT PRIMARY KEY, gateway_refund_no TEXT NOT NULL, payment_no TEXT NOT NULL,
    gateway_trade_no TEXT NOT NULL, amount TEXT NOT NULL, notify_url TEXT NOT NULL,
    status TEXT NOT NULL, created_at REAL NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS refunds_trade ON refunds (gateway_trade_no);
CREATE TABLE IF NOT EXISTS protocols (
    payment_no TEXT PRIMARY KEY, protocol TEXT NOT NULL, is_seen INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS nonces (nonce TEXT PRIMARY KEY, at REAL NOT NULL) WITHOUT ROWID;
"""


class Refusal(Exception):
    """A request that is answered 4xx; `code` is part of the protocol."""

    def __init__(self, status: int, code: str, message: str) -> None:
        self.status = status
        self.code = code
        self.message = message
        super().__init__(code)


class NotPayable(Exception):
    """The payment was paid, closed or is being paid: the page says which."""


@dataclass(frozen=True, slots=True)
class NewPayment:
    payment_no: str
    amount: Decimal
    currency: str
    subject: str
    return_url: str
    notify_url: str
    expires_at: float
    language: str


@dataclass(frozen=True, slots=True)
class NewRefund:
    refund_no: str
    payment_no: str
    gateway_trade_no: str
    amount: Decimal
    total: Decimal
    notify_url: str
