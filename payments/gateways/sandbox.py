"""The gateway of the sandbox cashier (`python -m payments.sandbox`).

Secrets: `secret`. Options: `merchant` (the demo merchant when missing).

The protocol. Every message, in both directions, is a JSON object in UTF-8, amounts are strings with
two decimals, and it carries four headers:

    X-Merchant   who the message is from or for
    X-Timestamp  unix seconds, within 300 s of the receiver's clock
    X-Nonce      16-64 characters, new for each request; an answer repeats its request's
    X-Signature  hex(HMAC-SHA256(secret, PURPOSE \n TIMESTAMP \n NONCE \n hex(SHA256(body))))

PURPOSE is `POST <path>` for a request, `ANSWER <HTTP status>` for an answer, `NOTICE` for a
notification, so that none can be passed off as another.

    POST /api/v1/trades         payment_no, amount, currency, subject, return_url, notify_url,
                                expires_at (RFC 3339), language → payment_no, pay_url, status
    POST /api/v1/trades/query   payment_no → payment_no, status (pending, closed, paid), amount,
                                currency, trades [{gateway_trade_no, amount}]
    POST /api/v1/refunds        refund_no, payment_no, gateway_trade_no, amount, total, reason,
                                notify_url → refund_no, gateway_refund_no, status (done, pending,
                                rejected)
    POST /api/v1/refunds/query  refund_no → the same

The same number with the same content does nothing a second time; with other content it is refused
(409 `conflict`). Errors are 4xx with `code` and `message`. A notice is a POST to `notify_url`,
`{"type": "payment", payment_no, gateway_trade_no, status (paid, failed, closed), amount, currency}`
or `{"type": "refund", refund_no, gateway_refund_no, status, message}`, repeated with back-off until
the answer is `success`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from outbound import http
from payments.gateways import sandbox_wire as wire
from payments.gateways.answers import Unclear, text
from payments.gateways.base import (
    CallbackRefused,
    CallbackRequest,
    Gateway,
    GatewayNotice,
    PaymentQuery,
    PaymentRequest,
    PaymentStart,
    PaymentStatus,
    QueryKind,
    RefundKind,
    RefundNotice,
    RefundOutcome,
    RefundRequest,
    StartKind,
)
from payments.sandbox.accounts import MERCHANT

MESSAGE_LENGTH = 200
REFUND_KINDS = {
    "done": RefundKind.DONE,
    "pending": RefundKind.PENDING,
    "rejected": RefundKind.REJECTED,
}
# Refusals of a refund after which it certainly doesn't exist; `conflict` means that one does.
DEFINITE_REFUND_CODES = frozenset({"unknown_trade", "exceeds_paid", "total_differs", "invalid"})


@dataclass(frozen=True, slots=True)
class _Reply:
    """A verified answer: 200 and its fields, or a refusal with `code` and `message`."""

    fields: wire.Json = field(repr=False)
    refusal: str = ""
    message: str = ""


class SandboxGateway(Gateway):
    def start(self, request: PaymentRequest) -> PaymentStart:
        try:
            reply = self._call(
                "trades",
                {
                    "payment_no": request.payment_no,
                    "amount": _fen(request.amount),
                    "currency": "CNY",
                    "subject": request.subject,
                    "return_url": request.return_url,
                    "notify_url": request.notify_url,
                    "expires_at": request.expires_at.isoformat(),
                    "language": request.language,
                },
            )
            if reply.refusal:
                return PaymentStart(StartKind.REFUSED, code=reply.refusal, message=reply.message)
            url = text(reply.fields, "pay_url")
            if text(reply.fields, "payment_no") != request.payment_no or not url:
                raise Unclear("unreadable")
            return PaymentStart(StartKind.READY, redirect_url=url)
        except Unclear as problem:
            return PaymentStart(StartKind.UNAVAILABLE, code=problem.code)

    def parse_callback(self, request: CallbackRequest) -> GatewayNotice | RefundNotice:
        """Verify and read a notice. Its nonce isn't remembered: acting once makes a replay idle."""
        headers = {name.lower(): value for name, value in request.headers.items()}
        problem = wire.fault(self._secret, headers, wire.NOTICE, request.body)
        if problem or headers.get(wire.MERCHANT_HEADER) != self._merchant:
            raise CallbackRefused(problem or "another merchant's notice")
        try:
            fields = wire.load(request.body)
            if fields.get("type") == "refund":
                return RefundNotice(_number(fields, "refund_no"), _refund_outcome(fields))
            return _payment_notice(
                fields,
                payment_no=_number(fields, "payment_no"),
                status=PaymentStatus(text(fields, "status")),
            )
        except (ValueError, Unclear):
            raise CallbackRefused("the notice can't be read") from None

    def query(self, payment_no: str) -> PaymentQuery:
        try:
            reply = self._call("trades/query", {"payment_no": payment_no})
            if reply.refusal:
                not_found = reply.refusal == "unknown_payment"
                kind = QueryKind.NOT_FOUND if not_found else QueryKind.UNKNOWN
                return PaymentQuery(kind, code=reply.refusal, message=reply.message)
            if text(reply.fields, "payment_no") != payment_no:
                raise Unclear("foreign_payment")
            return _payment_query(reply.fields, payment_no)
        except Unclear as problem:
            return PaymentQuery(QueryKind.UNKNOWN, code=problem.code)

    def refund(self, request: RefundRequest) -> RefundOutcome:
        try:
            reply = self._call(
                "refunds",
                {
                    "refund_no": request.refund_no,
                    "payment_no": request.payment_no,
                    "gateway_trade_no": request.gateway_trade_no,
                    "amount": _fen(request.amount),
                    "total": _fen(request.total),
                    "reason": request.reason,
                    "notify_url": request.notify_url,
                },
            )
            if reply.refusal:
                is_definite = reply.refusal in DEFINITE_REFUND_CODES
                kind = RefundKind.REJECTED if is_definite else RefundKind.UNKNOWN
                return RefundOutcome(kind, code=reply.refusal, message=reply.message)
            return _own_refund(reply.fields, request.refund_no)
        except Unclear as problem:
            return RefundOutcome(RefundKind.UNKNOWN, code=problem.code)

    def query_refund(self, request: RefundRequest) -> RefundOutcome:
        try:
            reply = self._call("refunds/query", {"refund_no": request.refund_no})
            if reply.refusal:
                not_found = reply.refusal == "unknown_refund"
                kind = RefundKind.NOT_FOUND if not_found else RefundKind.UNKNOWN
                return RefundOutcome(kind, code=reply.refusal, message=reply.message)
            return _own_refund(reply.fields, request.refund_no)
        except Unclear as problem:
            return RefundOutcome(RefundKind.UNKNOWN, code=problem.code)

    @property
    def _secret(self) -> str:
        return self.config.secrets["secret"]

    @property
    def _merchant(self) -> str:
        return self.config.options.get("merchant", MERCHANT)

    def _call(self, action: str, content: wire.Json) -> _Reply:
        """One signed request and its verified answer; raises Unclear without one."""
        path = f"/api/v1/{action}"
        body = wire.dump(content)
        headers = wire.signed_headers(self._secret, self._merchant, f"POST {path}", body)
        try:
            answer = http.call(
                "POST",
                self.config.base_url.rstrip("/") + path,
                content=body,
                headers=headers,
                connect_timeout_seconds=self.config.connect_timeout_seconds,
                read_timeout_seconds=self.config.read_timeout_seconds,
            )
        except http.NoAnswer as problem:
            raise Unclear(problem.code) from None
        if answer.status >= 500:
            raise Unclear(f"http_{answer.status}")
        purpose = wire.answer_purpose(answer.status)
        if problem_code := wire.fault(self._secret, answer.headers, purpose, answer.body):
            raise Unclear(problem_code)
        if answer.headers.get(wire.NONCE_HEADER) != headers[wire.NONCE_HEADER]:
            raise Unclear("bad_signature")
        try:
            fields = wire.load(answer.body)
        except ValueError:
            raise Unclear("unreadable") from None
        if answer.status == 200:
            return _Reply(fields)
        message = text(fields, "message")[:MESSAGE_LENGTH]
        return _Reply(fields, refusal=text(fields, "code") or "refused", message=message)


def _fen(amount: Decimal) -> str:
    """An amount as it travels. Rounding is the service's business: a split fen is a bug there."""
    rounded = amount.quantize(Decimal("0.01"))
    if rounded != amount:
        raise ValueError(f"{amount} isn't whole fen")
    return str(rounded)


def _number(fields: wire.Json, name: str) -> str:
    if not (number := text(fields, name)):
        raise Unclear("unreadable")
    return number


def _payment_notice(
    fields: wire.Json, *, payment_no: str, status: PaymentStatus, currency: str = ""
) -> GatewayNotice:
    amount = wire.amount(fields, "amount")
    trade_no = text(fields, "gateway_trade_no")
    currency = currency or text(fields, "currency")
    if amount is None or not currency or (status is PaymentStatus.PAID and not trade_no):
        raise Unclear("unreadable")
    return GatewayNotice(payment_no, trade_no, status, amount, currency)


def _payment_query(fields: wire.Json, payment_no: str) -> PaymentQuery:
    status = text(fields, "status")
    if status not in (QueryKind.PAID, QueryKind.PENDING, QueryKind.CLOSED):
        raise Unclear("unreadable")
    if status != QueryKind.PAID:
        return PaymentQuery(QueryKind(status))
    trades = fields.get("trades")
    if not isinstance(trades, list) or not trades:
        raise Unclear("unreadable")
    currency = _number(fields, "currency")
    return PaymentQuery(
        QueryKind.PAID,
        tuple(
            _payment_notice(
                trade if isinstance(trade, dict) else {},
                payment_no=payment_no,
                status=PaymentStatus.PAID,
                currency=currency,
            )
            for trade in trades
        ),
    )


def _refund_outcome(fields: wire.Json) -> RefundOutcome:
    kind = REFUND_KINDS.get(text(fields, "status"))
    if kind is None:
        raise Unclear("unreadable")
    return RefundOutcome(
        kind,
        code=text(fields, "status"),
        message=text(fields, "message")[:MESSAGE_LENGTH],
        gateway_refund_no=text(fields, "gateway_refund_no"),
    )


def _own_refund(fields: wire.Json, refund_no: str) -> RefundOutcome:
    if text(fields, "refund_no") != refund_no:
        raise Unclear("foreign_refund")
    return _refund_outcome(fields)
