"""The merchant's side of the cashier: signed JSON, as `payments/gateways/sandbox.py` tells."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from datetime import datetime
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from payments.gateways import sandbox_wire as wire
from payments.gateways.answers import text
from payments.sandbox.accounts import MERCHANT
from payments.sandbox.cashier import Cashier
from payments.sandbox.faults import faulty
from payments.sandbox.terms import NewPayment, NewRefund, Refusal

LANGUAGES = ("", "zh-hans", "en")


class Api:
    def __init__(self, cashier: Cashier, secret: str, public_url: str) -> None:
        self.cashier = cashier
        self.secret = secret
        self.public_url = public_url.rstrip("/")
        self._actions: dict[str, Callable[[wire.Json], wire.Json]] = {
            "trades": self._open,
            "trades/query": self._query,
            "refunds": self._refund,
            "refunds/query": self._query_refund,
        }

    async def answer(self, request: Request) -> Response:
        """One call; the answer is lost on the way when the `api_fault` setting says so."""
        body = await request.body()
        try:
            self._authenticate(request, body)
            action = self._actions.get(request.path_params["action"])
            if action is None:
                raise Refusal(404, "unknown_call", "no such call")
            try:
                fields = wire.load(body)
            except ValueError:
                raise Refusal(400, "invalid", "the body isn't a JSON object") from None
            status, content = 200, action(fields)
        except Refusal as refusal:
            status = refusal.status
            content = {"code": refusal.code, "message": refusal.message}
        if fault := await faulty(self.cashier, request):
            return fault
        answer = wire.dump(content)
        nonce = request.headers.get(wire.NONCE_HEADER, "")[:64]
        headers = wire.signed_headers(
            self.secret, MERCHANT, wire.answer_purpose(status), answer, nonce
        )
        return Response(answer, status, headers=headers)

    def _authenticate(self, request: Request, body: bytes) -> None:
        window = float(str(self.cashier.record.setting("timestamp_tolerance_seconds")))
        purpose = f"POST {request.url.path}"
        problem = wire.fault(self.secret, request.headers, purpose, body, window)
        if problem or request.headers.get(wire.MERCHANT_HEADER) != MERCHANT:
            raise Refusal(401, problem or "unknown_merchant", "the request isn't authentic")
        nonce = request.headers[wire.NONCE_HEADER]
        if not re.fullmatch(r"[0-9A-Za-z_-]{16,64}", nonce):
            raise Refusal(401, "bad_nonce", "a nonce has 16 to 64 characters")
        if not self.cashier.remember_nonce(nonce, window):
            raise Refusal(401, "replayed_nonce", "this request was made before")

    def _open(self, fields: wire.Json) -> wire.Json:
        amount = wire.amount(fields, "amount")
        if amount is None or fields.get("currency") != "CNY":
            raise Refusal(422, "invalid", "amount must be positive, with two decimals, in CNY")
        language = text(fields, "language")
        subject = text(fields, "subject").strip()
        if not 1 <= len(subject) <= 200:
            raise Refusal(422, "invalid", "subject must have 1 to 200 characters")
        payment = self.cashier.open(
            NewPayment(
                payment_no=_number(fields, "payment_no"),
                amount=amount,
                currency="CNY",
                subject=subject,
                return_url=_url(fields, "return_url"),
                notify_url=_url(fields, "notify_url"),
                expires_at=_moment(fields, "expires_at"),
                language=language if language in LANGUAGES else "",
            )
        )
        return {
            "payment_no": payment["payment_no"],
            "pay_url": f"{self.public_url}/pay/{payment['token']}",
            "status": payment["status"],
        }

    def _query(self, fields: wire.Json) -> wire.Json:
        payment = self.cashier.payment(_number(fields, "payment_no"))
        if payment is None:
            raise Refusal(404, "unknown_payment", "no such payment")
        trades = self.cashier.trades(payment["payment_no"])
        return {
            "payment_no": payment["payment_no"],
            "status": "pending" if payment["status"] == "paying" else payment["status"],
            "amount": payment["amount"],
            "currency": payment["currency"],
            "trades": [
                {"gateway_trade_no": trade["gateway_trade_no"], "amount": trade["amount"]}
                for trade in trades
                if trade["status"] == "paid"
            ],
        }

    def _refund(self, fields: wire.Json) -> wire.Json:
        amount, total = wire.amount(fields, "amount"), wire.amount(fields, "total")
        if amount is None or total is None:
            raise Refusal(422, "invalid", "amounts must be positive, with two decimals")
        refund = self.cashier.give_back(
            NewRefund(
                refund_no=_number(fields, "refund_no"),
                payment_no=_number(fields, "payment_no"),
                gateway_trade_no=_number(fields, "gateway_trade_no"),
                amount=amount,
                total=total,
                notify_url=_url(fields, "notify_url") if fields.get("notify_url") else "",
            )
        )
        return _shown_refund(refund)

    def _query_refund(self, fields: wire.Json) -> wire.Json:
        refund = self.cashier.refund(_number(fields, "refund_no"))
        if refund is None:
            raise Refusal(404, "unknown_refund", "no such refund")
        return _shown_refund(refund)


def _shown_refund(refund: sqlite3.Row) -> wire.Json:
    return {name: refund[name] for name in ("refund_no", "gateway_refund_no", "status")}


def _number(fields: wire.Json, name: str) -> str:
    number = text(fields, name)
    if not re.fullmatch(r"[0-9A-Za-z_-]{1,64}", number):
        raise Refusal(422, "invalid", f"{name} must have 1 to 64 letters, digits, - or _")
    return number


def _url(fields: wire.Json, name: str) -> str:
    url = text(fields, name)
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.hostname or len(url) > 2000:
        raise Refusal(422, "invalid", f"{name} must be an http address")
    return url


def _moment(fields: wire.Json, name: str) -> float:
    try:
        moment = datetime.fromisoformat(text(fields, name))
    except ValueError:
        raise Refusal(422, "invalid", f"{name} must be an RFC 3339 time") from None
    if moment.tzinfo is None:
        raise Refusal(422, "invalid", f"{name} must have a time zone")
    return moment.timestamp()
