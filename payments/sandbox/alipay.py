"""Alipay's side: `/alipay/gateway.do`, signed as Alipay signs, by its own reading of the protocol.

    GET or POST /alipay/gateway.do   `method` is one of alipay.trade.page.pay, wap.pay (a browser's
                                     visit, answered with the cashier's page), precreate, query,
                                     close, refund, fastpay.refund.query

A trade exists once somebody has seen the cashier's page: before, a query doesn't know it.
"""

from __future__ import annotations

import base64
import json
import sqlite3
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from html import escape
from typing import Any
from urllib.parse import parse_qsl, urlencode

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from payments.sandbox import keys
from payments.sandbox.cashier import Cashier
from payments.sandbox.faults import faulty
from payments.sandbox.terms import NewPayment, NewRefund, Refusal
from sandboxes.statements import time_at

NAME = "alipay"
PAGES = {"alipay.trade.page.pay": "FAST_INSTANT_TRADE_PAY", "alipay.trade.wap.pay": "QUICK_WAP_PAY"}
STATES = {"pending": "WAIT_BUYER_PAY", "paying": "WAIT_BUYER_PAY", "closed": "TRADE_CLOSED"}
DEFAULT_MINUTES = 15
MINUTES = {"m": 1, "h": 60, "d": 24 * 60}
SUB_CODES = {
    "unknown_trade": "ACQ.TRADE_NOT_EXIST",
    "exceeds_paid": "ACQ.REASON_TRADE_REFUND_FEE_ERR",
    "conflict": "ACQ.DISCORDANT_REPEAT_REQUEST",
}

Fields = Mapping[str, Any]


class _Business(Exception):
    """Answered with 40004 and this sub_code."""


class AlipayTwin:
    """`cashier` and `known` (the keys) are asked for when they are needed."""

    def __init__(
        self, cashier: Callable[[], Cashier], known: Callable[[], Mapping[str, str]], url: str
    ) -> None:
        self._cashier = cashier
        self._known = known
        self._url = url

    def routes(self) -> list[Route]:
        return [Route("/alipay/gateway.do", self.gateway, methods=["GET", "POST"])]

    async def gateway(self, request: Request) -> Response:
        sent = dict(request.query_params)
        body = (await request.body()).decode("utf-8", "replace")
        sent |= dict(parse_qsl(body, keep_blank_values=True))
        method = sent.get("method", "")
        problem = self._problem(sent)
        if method in PAGES:
            return self._page(method, sent, problem)
        fields = problem or self._answer(method, sent)
        if fault := await faulty(self._cashier(), request):
            return fault
        return self._signed(f"{method.replace('.', '_')}_response", fields)

    # --- what is asked ----------------------------------------------------------------------

    def _problem(self, sent: Fields) -> dict[str, str] | None:
        """The answer to a request that isn't ours to serve; None for a good one."""
        if sent.get("app_id") != keys.APP_ID:
            return _refused("40002", "isv.invalid-app-id")
        if (sent.get("sign_type"), sent.get("version")) != ("RSA2", "1.0"):
            return _refused("40002", "isv.invalid-signature-type")
        text = "&".join(f"{name}={sent[name]}" for name in sorted(sent) if name != "sign")
        public = keys.private_key(self._known()["alipay_merchant"]).public_key()
        try:
            signature = base64.b64decode(sent.get("sign", ""), validate=True)
            public.verify(signature, text.encode(), PKCS1v15(), SHA256())
        except (InvalidSignature, ValueError):
            return _refused("40002", "isv.invalid-signature")
        return None

    def _page(self, method: str, sent: Fields, problem: Fields | None) -> Response:
        """A browser's visit: the payment opens now, and its page is the cashier's."""
        try:
            if problem:
                raise Refusal(400, str(problem["sub_code"]), "")
            content = _content(sent)
            if content.get("product_code") != PAGES[method]:
                raise Refusal(400, "isv.invalid-parameter", "product_code")
            opened = self._open(content, sent)
        except Refusal as refusal:
            return HTMLResponse(f"<h1>{escape(refusal.code)}</h1>", 400)
        return RedirectResponse(f"{self._url}/pay/{opened['token']}", 303)

    def _answer(self, method: str, sent: Fields) -> dict[str, Any]:
        calls = {
            "alipay.trade.precreate": self._precreate,
            "alipay.trade.query": self._query,
            "alipay.trade.close": self._close,
            "alipay.trade.refund": self._refund,
            "alipay.trade.fastpay.refund.query": self._query_refund,
        }
        call = calls.get(method)
        if call is None:
            return _refused("40002", "isv.invalid-method")
        try:
            return {"code": "10000", "msg": "Success"} | call(_content(sent), sent)
        except _Business as problem:
            return _refused("40004", str(problem))
        except Refusal as refusal:
            if sub_code := SUB_CODES.get(refusal.code):
                return _refused("40004", sub_code)
            return _refused("40002", "isv.invalid-parameter")

    def _open(self, content: Fields, sent: Fields) -> sqlite3.Row:
        amount = _amount(content.get("total_amount"))
        subject = str(content.get("subject", ""))
        if not 1 <= len(subject) <= 256 or not content.get("out_trade_no"):
            raise Refusal(400, "invalid", "subject or out_trade_no")
        return self._cashier().open(
            NewPayment(
                payment_no=str(content["out_trade_no"]),
                amount=amount,
                currency="CNY",
                subject=subject,
                return_url=str(sent.get("return_url", "")),
                notify_url=str(sent.get("notify_url", "")),
                expires_at=_expiry(content),
                language="",
            ),
            protocol=NAME,
        )

    def _precreate(self, content: Fields, sent: Fields) -> dict[str, str]:
        opened = self._open(content, sent)
        return {
            "out_trade_no": opened["payment_no"],
            "qr_code": f"{self._url}/scan/{opened['token']}",
        }

    def _query(self, content: Fields, sent: Fields) -> dict[str, str]:
        payment = self._seen(content)
        answer = {
            "out_trade_no": payment["payment_no"],
            "total_amount": payment["amount"],
            "trade_no": f"W{payment['payment_no']}",
            "trade_status": STATES.get(payment["status"], ""),
            "buyer_logon_id": "138****0000",
        }
        if trade := self._cashier().paid_trade(payment["payment_no"]):
            refunded = self._cashier().refunded(trade["gateway_trade_no"])
            is_back = refunded == Decimal(trade["amount"])
            answer |= {
                "trade_no": trade["gateway_trade_no"],
                "trade_status": "TRADE_CLOSED" if is_back else "TRADE_SUCCESS",
                "send_pay_date": time_at(trade["created_at"]),
                "buyer_pay_amount": trade["amount"],
                "receipt_amount": trade["amount"],
            }
        return answer

    def _close(self, content: Fields, sent: Fields) -> dict[str, str]:
        payment = self._seen(content)
        if not self._cashier().close(payment):
            raise _Business("ACQ.REASON_TRADE_STATUS_INVALID")
        return {"out_trade_no": payment["payment_no"]}

    def _refund(self, content: Fields, sent: Fields) -> dict[str, str]:
        payment = self._seen(content)
        trade = self._cashier().paid_trade(payment["payment_no"])
        if (
            trade is None
            or content.get("trade_no", trade["gateway_trade_no"]) != (trade["gateway_trade_no"])
        ):
            raise _Business("ACQ.TRADE_NOT_EXIST")
        refund = self._cashier().give_back(
            NewRefund(
                refund_no=str(content.get("out_request_no") or payment["payment_no"]),
                payment_no=payment["payment_no"],
                gateway_trade_no=trade["gateway_trade_no"],
                amount=_amount(content.get("refund_amount")),
                total=Decimal(trade["amount"]),
                notify_url=payment["notify_url"],
            )
        )
        return {
            "out_trade_no": payment["payment_no"],
            "trade_no": trade["gateway_trade_no"],
            "fund_change": "Y" if refund["status"] == "done" else "N",
            "refund_fee": str(self._cashier().refunded(trade["gateway_trade_no"])),
        }

    def _query_refund(self, content: Fields, sent: Fields) -> dict[str, str]:
        payment = self._seen(content)
        number = str(content.get("out_request_no") or payment["payment_no"])
        refund = self._cashier().refund(number)
        if refund is None or refund["payment_no"] != payment["payment_no"]:
            return {}
        if refund["status"] != "done":
            return {}
        return {
            "out_trade_no": payment["payment_no"],
            "out_request_no": number,
            "refund_amount": refund["amount"],
            "refund_status": "REFUND_SUCCESS",
        }

    def _seen(self, content: Fields) -> sqlite3.Row:
        payment = self._cashier().payment(str(content.get("out_trade_no", "")))
        if payment is None or not self._cashier().is_seen(payment["payment_no"]):
            raise _Business("ACQ.TRADE_NOT_EXIST")
        return payment

    # --- what is said -----------------------------------------------------------------------

    def notice(self, content: Fields, payment: sqlite3.Row) -> tuple[bytes, dict[str, str]] | None:
        """The notice that the merchant gets; None for what Alipay doesn't tell."""
        if content["status"] not in ("paid", "done"):
            return None
        trade = self._cashier().paid_trade(payment["payment_no"])
        assert trade is not None
        fields = {
            "notify_time": time_at(time.time()),
            "notify_type": "trade_status_sync",
            "notify_id": f"n{time.time_ns()}",
            "app_id": keys.APP_ID,
            "auth_app_id": keys.APP_ID,
            "charset": "utf-8",
            "version": "1.0",
            "sign_type": "RSA2",
            "trade_no": trade["gateway_trade_no"],
            "out_trade_no": payment["payment_no"],
            "buyer_id": "2088000000000099",
            "seller_id": keys.SELLER_ID,
            "trade_status": "TRADE_SUCCESS",
            "total_amount": payment["amount"],
            "receipt_amount": payment["amount"],
            "buyer_pay_amount": payment["amount"],
            "subject": payment["subject"],
            "gmt_create": time_at(payment["created_at"]),
            "gmt_payment": time_at(trade["created_at"]),
        }
        if content["type"] == "refund":
            refunded = self._cashier().refunded(trade["gateway_trade_no"])
            is_back = refunded == Decimal(trade["amount"])
            fields |= {
                "gmt_refund": time_at(time.time()),
                "refund_fee": str(refunded),
                "out_biz_no": str(content["refund_no"]),
                "trade_status": "TRADE_CLOSED" if is_back else "TRADE_SUCCESS",
            }
        text = "&".join(f"{name}={fields[name]}" for name in sorted(fields) if name != "sign_type")
        fields["sign"] = self._sign(text)
        headers = {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}
        return urlencode(fields).encode(), headers

    def _signed(self, name: str, fields: Fields) -> Response:
        inner = json.dumps(fields, ensure_ascii=False, separators=(",", ":"))
        whole = f'{{"{name}":{inner},"sign":"{self._sign(inner)}"}}'
        return Response(whole.encode(), media_type="text/html; charset=utf-8")

    def _sign(self, text: str) -> str:
        return base64.b64encode(keys.sign(self._known()["alipay"], text.encode())).decode()


def _content(sent: Fields) -> Fields:
    try:
        content = json.loads(str(sent.get("biz_content", "")))
    except ValueError:
        content = None
    if not isinstance(content, dict):
        raise Refusal(400, "invalid", "biz_content")
    return content


def _amount(text: object) -> Decimal:
    try:
        amount = Decimal(str(text))
    except InvalidOperation:
        amount = Decimal(0)
    if not amount.is_finite() or amount <= 0 or amount != amount.quantize(Decimal("0.01")):
        raise Refusal(400, "invalid", "amount")
    return amount.quantize(Decimal("0.01"))


def _expiry(content: Fields) -> float:
    if at := content.get("time_expire"):
        try:
            moment = datetime.strptime(f"{at}+0800", "%Y-%m-%d %H:%M:%S%z")
        except ValueError:
            raise Refusal(400, "invalid", "time_expire") from None
        return moment.timestamp()
    span = str(content.get("timeout_express", f"{DEFAULT_MINUTES}m"))
    if not span[:-1].isdecimal() or span[-1:] not in MINUTES:
        raise Refusal(400, "invalid", "timeout_express")
    return time.time() + int(span[:-1]) * MINUTES[span[-1]] * 60


def _refused(code: str, sub_code: str) -> dict[str, str]:
    words = {"40002": "Invalid Arguments", "40004": "Business Failed"}
    return {"code": code, "msg": words[code], "sub_code": sub_code, "sub_msg": sub_code}
