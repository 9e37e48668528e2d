"""A client of the Kameng open API: signed, typed, and safe to repeat.

from kameng_client import Client

with Client("https://shop.example", key_id="ak_…", secret="…") as shop:
    order = shop.place_order(sku="steam-100", quantity=1, client_ref="mine-1")
"""

from __future__ import annotations

from kameng_client.callbacks import CallbackRefused, verify_callback
from kameng_client.client import Client
from kameng_client.errors import (
    BadAnswer,
    IdempotencyConflict,
    InsufficientBalance,
    Invalid,
    KamengError,
    NoAnswer,
    NotAllowed,
    NotAuthenticated,
    OutOfStock,
    PriceChanged,
    RateLimited,
    ReadAllAgain,
    Refused,
    ServerFailed,
    UnknownOrder,
    UnknownSKU,
)
from kameng_client.models import (
    Account,
    AccountField,
    Batch,
    BatchLine,
    Card,
    Change,
    Changes,
    Order,
    Page,
    Product,
    StatementLine,
    TimelineRow,
)
from kameng_client.requests import OrderRequest
from kameng_client.retrying import NEVER, Retries
from kameng_client.transport import HttpxTransport, Request, Response, Transport

__all__ = [
    "NEVER",
    "Account",
    "AccountField",
    "BadAnswer",
    "Batch",
    "BatchLine",
    "CallbackRefused",
    "Card",
    "Change",
    "Changes",
    "Client",
    "HttpxTransport",
    "IdempotencyConflict",
    "InsufficientBalance",
    "Invalid",
    "KamengError",
    "NoAnswer",
    "NotAllowed",
    "NotAuthenticated",
    "Order",
    "OrderRequest",
    "OutOfStock",
    "Page",
    "PriceChanged",
    "Product",
    "RateLimited",
    "ReadAllAgain",
    "Refused",
    "Request",
    "Response",
    "Retries",
    "ServerFailed",
    "StatementLine",
    "TimelineRow",
    "Transport",
    "UnknownOrder",
    "UnknownSKU",
    "verify_callback",
]
