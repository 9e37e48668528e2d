"""The interface between the payment services and a gateway's protocol.

One file per protocol beside this one; `settings.PAYMENT_GATEWAYS` lists them by dotted path. A
gateway translates, and decides nothing: whether the amount is right, whether a payment was already
counted, what a late one means, is the service's business. It never raises for anything the network
or the gateway does, and never touches the database, so it can't hold a transaction open over the
network.

Three numbers: `payment_no` and `refund_no` are ours, stored before the first send and the same in
every resend; `gateway_trade_no` is the gateway's. One payment may collect several trades (a person
who pays twice), and each is refunded by its own trade number.
"""

from __future__ import annotations

import abc
import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class GatewayConfig:
    """What a gateway needs to know of its merchant account; `secrets` never reach a log."""

    code: str
    base_url: str
    options: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    connect_timeout_seconds: float = 3.0
    read_timeout_seconds: float = 10.0


class Scene(enum.StrEnum):
    """Where the person is, and so how it pays; a gateway that knows one way only ignores it."""

    PAGE = "page"  # at a computer: on the gateway's own page
    PHONE = "phone"  # in a phone's browser, which opens the gateway's app
    CODE = "code"  # a code on our page, scanned by the phone beside it


@dataclass(frozen=True, slots=True)
class PaymentRequest:
    """One payment to collect: `amount` in CNY, whole fen, positive; `expires_at` is aware."""

    payment_no: str
    amount: Decimal
    subject: str
    return_url: str
    notify_url: str
    expires_at: datetime
    language: str = ""  # of the shop's page, e.g. "zh-hans"; empty: the browser decides
    scene: Scene = Scene.PAGE
    payer_address: str = "127.0.0.1"  # some gateways want to know where the payer is


class StartKind(enum.StrEnum):
    READY = "ready"  # send the person to `redirect_url`, or show `code_text` as a code
    REFUSED = "refused"  # the gateway definitely won't take it; nothing was or will be charged
    UNAVAILABLE = "unavailable"  # no usable answer; nobody has paid, starting again is safe


@dataclass(frozen=True, slots=True)
class PaymentStart:
    """`message` is for staff (the gateway's own words)."""

    kind: StartKind
    redirect_url: str = ""
    code_text: str = ""
    code: str = ""
    message: str = ""


class PaymentStatus(enum.StrEnum):
    PAID = "paid"
    FAILED = "failed"  # this attempt was refused; the person may try again until it is closed
    CLOSED = "closed"  # final: it can't be paid any more


@dataclass(frozen=True, slots=True)
class GatewayNotice:
    """What the gateway says about one payment, by a verified callback or by a query.

    `amount` is what the person paid, in `currency` units (not fen): compare it before crediting.
    The same trade is told many times and out of order: (payment_no, gateway_trade_no, status) is
    what makes a notice new. `gateway_trade_no` is empty for a payment closed before any attempt.
    """

    payment_no: str
    gateway_trade_no: str
    status: PaymentStatus
    amount: Decimal
    currency: str = "CNY"
    message: str = ""


class QueryKind(enum.StrEnum):
    PAID = "paid"  # `notices` holds every paid trade, usually one
    PENDING = "pending"  # not paid yet
    CLOSED = "closed"  # final: not paid, and it never will be
    NOT_FOUND = "not_found"  # the gateway has no such payment (yet): nobody has paid
    UNKNOWN = "unknown"  # time-out, 5xx, unreadable or unverifiable answer


@dataclass(frozen=True, slots=True)
class PaymentQuery:
    """The gateway's answer about one payment; hand each notice to the same door as a callback's."""

    kind: QueryKind
    notices: tuple[GatewayNotice, ...] = ()
    code: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True)
class RefundRequest:
    """Give back `amount` of one paid trade whose full amount was `total` (both CNY)."""

    refund_no: str
    payment_no: str
    gateway_trade_no: str
    amount: Decimal
    total: Decimal
    reason: str = ""
    notify_url: str = ""


class RefundKind(enum.StrEnum):
    DONE = "done"  # final: the money is on its way to the payer
    PENDING = "pending"  # taken, not confirmed: query later
    REJECTED = "rejected"  # final: nothing was refunded under this number
    NOT_FOUND = "not_found"  # the query knows no such refund: send it again, with the same number
    UNKNOWN = "unknown"  # no usable answer: query, or send again with the same number


@dataclass(frozen=True, slots=True)
class RefundOutcome:
    """One answer about one refund."""

    kind: RefundKind
    code: str = ""
    message: str = ""
    gateway_refund_no: str = ""


@dataclass(frozen=True, slots=True)
class RefundNotice:
    """A verified callback about a refund that had been pending."""

    refund_no: str
    outcome: RefundOutcome


@dataclass(frozen=True, slots=True)
class CallbackRequest:
    """A gateway's HTTP call to us, as received; the names of `headers` are lower case."""

    method: str
    query: Mapping[str, str]
    form: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class CallbackReply:
    """The exact HTTP answer that a protocol wants to its callbacks."""

    status: int
    body: str
    content_type: str = "text/plain; charset=utf-8"


class CallbackRefused(Exception):
    """The callback's signature or shape is wrong: answer `refused_reply` and change nothing."""


class Gateway(abc.ABC):
    """One payment protocol."""

    accepted_reply: ClassVar[CallbackReply] = CallbackReply(200, "success")
    refused_reply: ClassVar[CallbackReply] = CallbackReply(400, "fail")

    def __init__(self, config: GatewayConfig) -> None:
        self.config = config

    @abc.abstractmethod
    def start(self, request: PaymentRequest) -> PaymentStart:
        """Open the payment and say where the person pays. Safe to repeat with the same number."""

    @abc.abstractmethod
    def parse_callback(self, request: CallbackRequest) -> GatewayNotice | RefundNotice | None:
        """Verify and read a callback; raises CallbackRefused. Does no I/O.

        None: it is authentic, and tells nothing that is acted on.

        Answer `accepted_reply` only after the notice is stored (or known): anything else makes
        the gateway send it again.
        """

    def callback_nonce(self, request: CallbackRequest) -> str:
        """What a callback that `parse_callback` has verified must carry only once; "" for none."""
        return ""

    @abc.abstractmethod
    def query(self, payment_no: str) -> PaymentQuery:
        """Ask what became of a payment, by our number. Never raises for I/O."""

    @abc.abstractmethod
    def refund(self, request: RefundRequest) -> RefundOutcome:
        """Refund (part of) one trade. Idempotent by `refund_no`. Never raises for I/O."""

    @abc.abstractmethod
    def query_refund(self, request: RefundRequest) -> RefundOutcome:
        """Ask what became of a refund, by its numbers. Never raises for I/O."""
