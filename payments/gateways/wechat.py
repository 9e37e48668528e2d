"""WeChat Pay API v3, through wechatpayv3 in its public-key mode.

Options: `app_id`, `merchant_id`, `certificate_serial` (of our certificate), `public_key_id` (of
WeChat's key). Secrets: `private_key` (ours, PKCS#8), `public_key` (WeChat's), `api_key` (the 32
characters that notices are encrypted with).

Two ways to pay: native (the text of a code on our page) and H5 (an address for a phone's browser,
which opens the app). Amounts are whole fen.

What the library leaves to its caller is done here: the key's number and the timestamp of a notice
are checked before anything else, so that a stranger's notice never makes us fetch certificates. It
verifies 2xx answers only; a refusal is believed as far as TLS goes.

Unconfirmed by the documentation: all states of a trade but SUCCESS; the codes of errors; that
`REFUND.*` notices carry `refund_status`.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from datetime import timedelta, timezone
from typing import Any
from urllib.parse import urlencode

import requests
from wechatpayv3 import WeChatPay, WeChatPayType

from payments.gateways.answers import Fields, Unclear, text
from payments.gateways.base import (
    CallbackRefused,
    CallbackReply,
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
    Scene,
    StartKind,
)
from payments.gateways.money import from_fen, to_fen

URL = "https://api.mch.weixin.qq.com"
BEIJING = timezone(timedelta(hours=8))
TIMESTAMP_TOLERANCE_SECONDS = 300
DESCRIPTION_BYTES = 127
SIGNED_HEADERS = (
    "wechatpay-signature",
    "wechatpay-timestamp",
    "wechatpay-nonce",
    "wechatpay-serial",
    "wechatpay-signature-type",
)
PROBE = "WECHATPAY/SIGNTEST/"
AGAIN_CODES = frozenset({"SYSTEM_ERROR", "FREQUENCY_LIMITED", "NOT_ENOUGH", "ORDERPAID"})
PENDING_STATES = frozenset({"NOTPAY", "USERPAYING"})
CLOSED_STATES = frozenset({"CLOSED", "REVOKED", "PAYERROR"})
REFUND_KINDS = {
    "SUCCESS": RefundKind.DONE,
    "PROCESSING": RefundKind.PENDING,
    "CLOSED": RefundKind.REJECTED,
    # It failed at the bank and stays with us, until somebody settles it: here, as any refused one.
    "ABNORMAL": RefundKind.REJECTED,
}


class WeChatGateway(Gateway):
    accepted_reply = CallbackReply(200, "")
    refused_reply = CallbackReply(401, '{"code":"FAIL","message":"refused"}', "application/json")

    def start(self, request: PaymentRequest) -> PaymentStart:
        pay = self._client().pay
        content: dict[str, Any] = {
            "description": _cut(request.subject),
            "out_trade_no": request.payment_no,
            "amount": {"total": to_fen(request.amount), "currency": "CNY"},
            "time_expire": request.expires_at.astimezone(BEIJING).isoformat(timespec="seconds"),
            "notify_url": request.notify_url,
        }
        try:
            if request.scene is not Scene.PHONE:
                status, fields = _ask(pay, pay_type=WeChatPayType.NATIVE, **content)
                if status == 200 and (code := text(fields, "code_url")):
                    return PaymentStart(StartKind.READY, code_text=code)
            else:
                payer = {"payer_client_ip": request.payer_address, "h5_info": {"type": "Wap"}}
                status, fields = _ask(pay, pay_type=WeChatPayType.H5, scene_info=payer, **content)
                if status == 200 and (address := text(fields, "h5_url")):
                    return PaymentStart(
                        StartKind.READY, redirect_url=_with_return(address, request.return_url)
                    )
            if status == 200:
                raise Unclear("unreadable")
            is_refused = _is_definite(status, fields)
            return PaymentStart(
                StartKind.REFUSED if is_refused else StartKind.UNAVAILABLE,
                code=text(fields, "code"),
                message=text(fields, "message")[:200],
            )
        except Unclear as problem:
            return PaymentStart(StartKind.UNAVAILABLE, code=problem.code)

    def callback_nonce(self, request: CallbackRequest) -> str:
        return request.headers.get("wechatpay-nonce", "")

    def parse_callback(self, request: CallbackRequest) -> GatewayNotice | RefundNotice | None:
        """Verify, decrypt and read a notice."""
        notice = self._opened(request)
        resource = notice.get("resource")
        if not isinstance(resource, dict):
            raise CallbackRefused("the notice can't be read")
        if resource.get("mchid") != self.config.options["merchant_id"]:
            raise CallbackRefused("another merchant's notice")
        try:
            if text(notice, "event_type").startswith("REFUND."):
                return _refund_notice(resource)
            if resource.get("appid") != self.config.options["app_id"]:
                raise CallbackRefused("another app's notice")
            state = text(resource, "trade_state")
            if state == "SUCCESS":
                return _notice(resource, PaymentStatus.PAID)
            if state in CLOSED_STATES:
                is_final = state != "PAYERROR"
                return _notice(resource, PaymentStatus.CLOSED if is_final else PaymentStatus.FAILED)
        except ValueError:
            raise CallbackRefused("the notice can't be read") from None
        return None

    def query(self, payment_no: str) -> PaymentQuery:
        try:
            status, fields = _ask(self._client().query, out_trade_no=payment_no)
            if status == 404:
                return PaymentQuery(QueryKind.NOT_FOUND, code=text(fields, "code"))
            if status != 200:
                raise Unclear(text(fields, "code") or f"http_{status}")
            if text(fields, "out_trade_no") != payment_no:
                raise Unclear("foreign_payment")
            state = text(fields, "trade_state")
            if state == "SUCCESS":
                notice = _notice(fields, PaymentStatus.PAID)
                return PaymentQuery(QueryKind.PAID, (notice,))
            if state in PENDING_STATES:
                return PaymentQuery(QueryKind.PENDING, code=state)
            kind = QueryKind.CLOSED if state in CLOSED_STATES else QueryKind.UNKNOWN
            return PaymentQuery(kind, code=state)
        except ValueError:
            return PaymentQuery(QueryKind.UNKNOWN, code="unreadable")
        except Unclear as problem:
            return PaymentQuery(QueryKind.UNKNOWN, code=problem.code)

    def refund(self, request: RefundRequest) -> RefundOutcome:
        amount = {
            "refund": to_fen(request.amount),
            "total": to_fen(request.total),
            "currency": "CNY",
        }
        try:
            status, fields = _ask(
                self._client().refund,
                out_refund_no=request.refund_no,
                transaction_id=request.gateway_trade_no,
                amount=amount,
                reason=_cut(request.reason)[:80] or None,
                notify_url=request.notify_url or None,
            )
            if status == 200:
                return _refund(fields, request)
            is_definite = _is_definite(status, fields)
            return RefundOutcome(
                RefundKind.REJECTED if is_definite else RefundKind.UNKNOWN,
                code=text(fields, "code"),
                message=text(fields, "message")[:200],
            )
        except Unclear as problem:
            return RefundOutcome(RefundKind.UNKNOWN, code=problem.code)

    def query_refund(self, request: RefundRequest) -> RefundOutcome:
        try:
            status, fields = _ask(self._client().query_refund, out_refund_no=request.refund_no)
            if status == 200:
                return _refund(fields, request)
            kind = RefundKind.NOT_FOUND if status == 404 else RefundKind.UNKNOWN
            return RefundOutcome(kind, code=text(fields, "code"))
        except Unclear as problem:
            return RefundOutcome(RefundKind.UNKNOWN, code=problem.code)

    def _client(self) -> WeChatPay:
        options, secrets = self.config.options, self.config.secrets
        client = WeChatPay(
            wechatpay_type=WeChatPayType.NATIVE,
            mchid=options["merchant_id"],
            private_key=secrets["private_key"],
            cert_serial_no=options["certificate_serial"],
            appid=options["app_id"],
            apiv3_key=secrets["api_key"],
            timeout=(self.config.connect_timeout_seconds, self.config.read_timeout_seconds),
            public_key=secrets["public_key"],
            public_key_id=options["public_key_id"],
        )
        client._core._gate_way = self.config.base_url  # the library has no other way to name it
        return client

    def _opened(self, request: CallbackRequest) -> Fields:
        """The notice, its resource decrypted; raises CallbackRefused for what isn't WeChat's."""
        headers = {name: request.headers.get(name, "") for name in SIGNED_HEADERS}
        if headers["wechatpay-serial"] != self.config.options["public_key_id"]:
            raise CallbackRefused("signed with a key that isn't known here")
        if headers["wechatpay-signature"].startswith(PROBE):
            raise CallbackRefused("a probe")
        stamp = headers["wechatpay-timestamp"]
        if not re.fullmatch(r"[0-9]{1,12}", stamp):
            raise CallbackRefused("no timestamp")
        if abs(time.time() - int(stamp)) > TIMESTAMP_TOLERANCE_SECONDS:
            raise CallbackRefused("stale")
        try:
            opened = self._client().callback(headers, request.body)
        except Exception as problem:  # the library raises bare Exceptions, and others' own
            raise CallbackRefused(type(problem).__name__) from None
        if not isinstance(opened, dict):
            raise CallbackRefused("the signature is wrong")
        return opened


def _ask(call: Callable[..., tuple[int, Any]], **content: Any) -> tuple[int, Fields]:
    """One call of the library: the status and the fields of a verified answer, or of a refusal.

    Raises Unclear without a usable one.
    """
    try:
        status, body = call(**content)
    except requests.RequestException:
        raise Unclear("no_answer") from None
    except Exception:  # what the library raises for a wrong signature is a bare Exception
        raise Unclear("unverified") from None
    try:
        fields = json.loads(body)
    except ValueError:
        fields = None
    if not isinstance(fields, dict):
        if status < 400:
            raise Unclear("unreadable")
        fields = {}
    return status, fields


def _is_definite(status: int, fields: Fields) -> bool:
    """A refusal after which the same request never does anything."""
    return 400 <= status < 500 and status != 429 and text(fields, "code") not in AGAIN_CODES


def _notice(fields: Fields, status: PaymentStatus) -> GatewayNotice:
    """Raises ValueError for one without its numbers or amount."""
    payment_no, trade_no = text(fields, "out_trade_no"), text(fields, "transaction_id")
    if not payment_no or (status is PaymentStatus.PAID and not trade_no):
        raise ValueError("no number")
    amount = fields.get("amount")
    if not isinstance(amount, dict):
        raise ValueError("no amount")
    return GatewayNotice(
        payment_no,
        trade_no,
        status,
        from_fen(amount.get("total")),
        currency=str(amount.get("currency", "")),
    )


def _refund(fields: Fields, request: RefundRequest) -> RefundOutcome:
    amount = fields.get("amount")
    if text(fields, "out_refund_no") != request.refund_no or not isinstance(amount, dict):
        raise Unclear("foreign_refund")
    if amount.get("refund") != to_fen(request.amount):
        raise Unclear("another_amount")
    return _outcome(fields, "status")


def _refund_notice(resource: Fields) -> RefundNotice:
    number = text(resource, "out_refund_no")
    if not number:
        raise ValueError("no number")
    return RefundNotice(number, _outcome(resource, "refund_status"))


def _outcome(fields: Fields, name: str) -> RefundOutcome:
    status = text(fields, name)
    return RefundOutcome(
        REFUND_KINDS.get(status, RefundKind.UNKNOWN),
        code="" if status == "SUCCESS" else status,
        gateway_refund_no=text(fields, "refund_id"),
    )


def _with_return(address: str, return_url: str) -> str:
    """Where the person comes back to is said in the address itself."""
    joint = "&" if "?" in address else "?"
    return address + joint + urlencode({"redirect_url": return_url})


def _cut(words: str) -> str:
    """To the length that the protocol takes, in bytes, without half a character."""
    return words.encode()[:DESCRIPTION_BYTES].decode(errors="ignore")
