"""Alipay (OpenAPI v1.0, RSA2), through python-alipay-sdk.

Options: `app_id`, `seller_id` (ours: a notice for another is refused). Secrets: `private_key` (our
app's, PEM), `public_key` (Alipay's, PEM).

Three ways to pay: `alipay.trade.page.pay` and `wap.pay` only sign an address, that the person's
browser opens; `precreate` gives the text of a code. No trade exists before the person has logged in
or scanned, so a query that finds none means "not yet".

A refund is done when its answer says `fund_change=Y`, or its query `REFUND_SUCCESS`; an empty
query means that nothing was refunded under this number. The notice of a refund (`TRADE_SUCCESS`
once more, with `gmt_refund`) isn't a payment, and isn't acted on: the query is what counts.

Unconfirmed by the documentation: 10003 is waiting; 40001, 40002 and 40006 are definite;
`ACQ.SYSTEM_ERROR` is unknown.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta, timezone
from http.client import HTTPException
from urllib.error import URLError

from alipay import AliPay
from alipay.exceptions import AliPayException, AliPayValidationError
from alipay.utils import AliPayConfig

from payments.gateways.answers import Fields, Unclear, text
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
    RefundOutcome,
    RefundRequest,
    Scene,
    StartKind,
)
from payments.gateways.money import from_yuan, to_yuan

URL = "https://openapi.alipay.com/gateway.do"
BEIJING = timezone(timedelta(hours=8))
SUBJECT_LENGTH = 120
DONE = "10000"
UNKNOWN_CODES = frozenset({"10003", "20000"})
UNKNOWN_SUB_CODES = frozenset({"ACQ.SYSTEM_ERROR"})
NO_SUCH_TRADE = "ACQ.TRADE_NOT_EXIST"
# The refund may still be taken later under the same number: our balance there is too low.
WAITING_SUB_CODES = frozenset({"ACQ.SELLER_BALANCE_NOT_ENOUGH"})
PAID_STATUSES = frozenset({"TRADE_SUCCESS", "TRADE_FINISHED"})


class AlipayGateway(Gateway):
    def start(self, request: PaymentRequest) -> PaymentStart:
        try:
            if request.scene is Scene.CODE:
                return self._start_code(request)
            return PaymentStart(StartKind.READY, redirect_url=self._signed_address(request))
        except Unclear as problem:
            return PaymentStart(StartKind.UNAVAILABLE, code=problem.code)

    def parse_callback(self, request: CallbackRequest) -> GatewayNotice | None:
        """Verify and read a notice. A refund's, and one of a trade that waits, tell nothing."""
        fields = {name: str(value) for name, value in request.form.items()}
        signature = fields.pop("sign", "")
        try:
            # A copy: the library takes sign_type out of what it is given.
            is_ours = self._client().verify(dict(fields), signature)
        except (AliPayException, ValueError):
            is_ours = False
        if not is_ours:
            raise CallbackRefused("the signature is wrong")
        for field, ours in (("app_id", "app_id"), ("seller_id", "seller_id")):
            if fields.get(field) != self.config.options[ours]:
                raise CallbackRefused(f"another's {field}")
        if fields.get("gmt_refund") or fields.get("refund_fee") or fields.get("out_biz_no"):
            return None
        status = fields.get("trade_status", "")
        try:
            if status in PAID_STATUSES:
                return _notice(fields, PaymentStatus.PAID)
            if status == "TRADE_CLOSED" and not fields.get("gmt_payment"):
                return _notice(fields, PaymentStatus.CLOSED)
        except ValueError:
            raise CallbackRefused("the notice can't be read") from None
        return None

    def query(self, payment_no: str) -> PaymentQuery:
        try:
            fields = self._ask("alipay.trade.query", {"out_trade_no": payment_no})
            if text(fields, "code") == DONE:
                return _query(fields, payment_no)
            if text(fields, "sub_code") == NO_SUCH_TRADE:
                return PaymentQuery(QueryKind.NOT_FOUND, code=NO_SUCH_TRADE)
            return PaymentQuery(QueryKind.UNKNOWN, code=_code(fields), message=_message(fields))
        except Unclear as problem:
            return PaymentQuery(QueryKind.UNKNOWN, code=problem.code)

    def refund(self, request: RefundRequest) -> RefundOutcome:
        try:
            fields = self._ask(
                "alipay.trade.refund",
                {
                    "out_trade_no": request.payment_no,
                    "trade_no": request.gateway_trade_no,
                    "refund_amount": to_yuan(request.amount),
                    "out_request_no": request.refund_no,
                    "refund_reason": _plain(request.reason) or "refund",
                },
            )
            if text(fields, "code") == DONE:
                _must_be(fields, "out_trade_no", request.payment_no)
                is_done = text(fields, "fund_change") == "Y"
                return RefundOutcome(RefundKind.DONE if is_done else RefundKind.PENDING)
            return RefundOutcome(_refused(fields), code=_code(fields), message=_message(fields))
        except Unclear as problem:
            return RefundOutcome(RefundKind.UNKNOWN, code=problem.code)

    def query_refund(self, request: RefundRequest) -> RefundOutcome:
        try:
            fields = self._ask(
                "alipay.trade.fastpay.refund.query",
                {
                    "out_trade_no": request.payment_no,
                    "trade_no": request.gateway_trade_no,
                    "out_request_no": request.refund_no,
                },
            )
            if text(fields, "code") != DONE:
                return RefundOutcome(
                    RefundKind.UNKNOWN, code=_code(fields), message=_message(fields)
                )
            if text(fields, "refund_status") != "REFUND_SUCCESS":
                return RefundOutcome(RefundKind.NOT_FOUND)
            _must_be(fields, "out_request_no", request.refund_no)
            if from_yuan(fields.get("refund_amount")) != request.amount:
                raise Unclear("another_amount")
            return RefundOutcome(RefundKind.DONE)
        except ValueError:
            return RefundOutcome(RefundKind.UNKNOWN, code="unreadable")
        except Unclear as problem:
            return RefundOutcome(RefundKind.UNKNOWN, code=problem.code)

    # --- asking -----------------------------------------------------------------------------

    def _client(self) -> AliPay:
        client = AliPay(
            appid=self.config.options["app_id"],
            app_private_key_string=self.config.secrets["private_key"],
            alipay_public_key_string=self.config.secrets["public_key"],
            sign_type="RSA2",
            config=AliPayConfig(timeout=self.config.read_timeout_seconds),
        )
        client._gateway = self.config.base_url  # the library has no other way to name it
        return client

    def _ask(self, method: str, content: Fields, **more: str) -> Fields:
        """One signed call and its verified answer; raises Unclear without one."""
        try:
            answer = self._client().server_api(method, dict(content), **more)
        except (AliPayException, AliPayValidationError):
            raise Unclear("unverified") from None
        except (URLError, HTTPException, OSError):
            raise Unclear("no_answer") from None
        except (ValueError, KeyError, TypeError):
            raise Unclear("unreadable") from None
        if not isinstance(answer, dict):
            raise Unclear("unreadable")
        return answer

    def _start_code(self, request: PaymentRequest) -> PaymentStart:
        left = request.expires_at - datetime.now(UTC)
        minutes = max(1, math.floor(left.total_seconds() / 60))
        content = _what(request) | {"timeout_express": f"{minutes}m"}
        fields = self._ask("alipay.trade.precreate", content, notify_url=request.notify_url)
        code = text(fields, "code")
        if code == DONE:
            _must_be(fields, "out_trade_no", request.payment_no)
            if not text(fields, "qr_code"):
                raise Unclear("unreadable")
            return PaymentStart(StartKind.READY, code_text=text(fields, "qr_code"))
        is_unclear = code in UNKNOWN_CODES or text(fields, "sub_code") in UNKNOWN_SUB_CODES
        kind = StartKind.UNAVAILABLE if is_unclear else StartKind.REFUSED
        return PaymentStart(kind, code=_code(fields), message=_message(fields))

    def _signed_address(self, request: PaymentRequest) -> str:
        """The address at Alipay that asks for this payment: nobody was asked anything yet."""
        expires = request.expires_at.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S")
        content = _what(request) | {"time_expire": expires}
        back = {"return_url": request.return_url, "notify_url": request.notify_url}
        client = self._client()
        if request.scene is Scene.PHONE:
            signed = client.api_alipay_trade_wap_pay(**content, **back, quit_url=request.return_url)
        else:
            signed = client.api_alipay_trade_page_pay(**content, **back)
        return f"{self.config.base_url}?{signed}"


def _what(request: PaymentRequest) -> dict[str, str]:
    return {
        "out_trade_no": request.payment_no,
        "total_amount": to_yuan(request.amount),
        "subject": _plain(request.subject)[:SUBJECT_LENGTH],
    }


def _query(fields: Fields, payment_no: str) -> PaymentQuery:
    _must_be(fields, "out_trade_no", payment_no)
    status = text(fields, "trade_status")
    try:
        if status in PAID_STATUSES:
            return PaymentQuery(QueryKind.PAID, (_notice(fields, PaymentStatus.PAID),))
    except ValueError:
        raise Unclear("unreadable") from None
    kinds = {"WAIT_BUYER_PAY": QueryKind.PENDING, "TRADE_CLOSED": QueryKind.CLOSED}
    return PaymentQuery(kinds.get(status, QueryKind.UNKNOWN), code=status)


def _notice(fields: Fields, status: PaymentStatus) -> GatewayNotice:
    """Raises ValueError for one without its numbers or amount."""
    payment_no, trade_no = text(fields, "out_trade_no"), text(fields, "trade_no")
    if not payment_no or not trade_no:
        raise ValueError("no number")
    return GatewayNotice(payment_no, trade_no, status, from_yuan(fields.get("total_amount")))


def _refused(fields: Fields) -> RefundKind:
    """What an answer other than 10000 means for a refund."""
    is_unclear = text(fields, "code") in UNKNOWN_CODES
    sub_code = text(fields, "sub_code")
    if is_unclear or sub_code in UNKNOWN_SUB_CODES or sub_code in WAITING_SUB_CODES:
        return RefundKind.UNKNOWN
    return RefundKind.REJECTED


def _plain(words: str) -> str:
    """Without braces: one in an answer breaks the library's search for the signed text."""
    return words.translate(str.maketrans("{}", "()"))


def _must_be(fields: Fields, name: str, wanted: str) -> None:
    if text(fields, name) != wanted:
        raise Unclear(f"foreign_{name}")


def _code(fields: Fields) -> str:
    return text(fields, "sub_code") or text(fields, "code")


def _message(fields: Fields) -> str:
    return (text(fields, "sub_msg") or text(fields, "msg"))[:200]
