"""WeChat Pay's side: `/wechat/v3/…`, signed as WeChat signs, by its own reading of the protocol.

    POST /wechat/v3/pay/transactions/native | h5
    GET  /wechat/v3/pay/transactions/out-trade-no/<no>?mchid=
    POST /wechat/v3/pay/transactions/out-trade-no/<no>/close
    POST /wechat/v3/refund/domestic/refunds
    GET  /wechat/v3/refund/domestic/refunds/<out_refund_no>

An H5 address opens the cashier's page; the person comes back to the `redirect_url` that the
merchant put into it. A code says `weixin://…`, and `/scan/` opens it as a phone would.
"""

from __future__ import annotations

import base64
import json
import re
import secrets
import sqlite3
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from payments.sandbox import keys
from payments.sandbox.cashier import Cashier
from payments.sandbox.faults import faulty
from payments.sandbox.terms import NewPayment, NewRefund, Refusal
from sandboxes.statements import BEIJING

NAME = "wechat"
PREFIX = "/wechat"
SCHEME = "WECHATPAY2-SHA256-RSA2048"
CODE_PREFIX = "weixin://wxpay/bizpayurl?pr="
STATES = {"pending": "NOTPAY", "paying": "USERPAYING", "closed": "CLOSED"}
REFUND_STATES = {"done": "SUCCESS", "pending": "PROCESSING", "rejected": "ABNORMAL"}
TOLERANCE_SECONDS = 300
_AUTHORIZATION = re.compile(r'(\w+)="([^"]*)"')

Fields = Mapping[str, Any]


class WeChatTwin:
    """`cashier` and `known` (the keys) are asked for when they are needed."""

    def __init__(
        self, cashier: Callable[[], Cashier], known: Callable[[], Mapping[str, str]], url: str
    ) -> None:
        self._cashier = cashier
        self._known = known
        self._url = url

    def routes(self) -> list[Route]:
        trades = f"{PREFIX}/v3/pay/transactions"
        refunds = f"{PREFIX}/v3/refund/domestic/refunds"
        return [
            Route(f"{trades}/native", self._call(self._native), methods=["POST"]),
            Route(f"{trades}/h5", self._call(self._h5), methods=["POST"]),
            Route(f"{trades}/out-trade-no/{{no}}", self._call(self._query)),
            Route(f"{trades}/out-trade-no/{{no}}/close", self._call(self._close), methods=["POST"]),
            Route(refunds, self._call(self._refund), methods=["POST"]),
            Route(f"{refunds}/{{no}}", self._call(self._query_refund)),
        ]

    def _call(
        self, action: Callable[[Request, Fields], Fields | None]
    ) -> Callable[[Request], Awaitable[Response]]:
        """Check the signature, act, and sign the answer."""

        async def answer(request: Request) -> Response:
            body = await request.body()
            content: Fields | None
            try:
                self._authenticate(request, body)
                content = action(request, _object(body) if body else {})
                status = 204 if content is None else 200
            except Refusal as refusal:
                status = refusal.status
                content = {"code": refusal.code.upper(), "message": refusal.message}
            if fault := await faulty(self._cashier(), request):
                return fault
            text = b"" if content is None else json.dumps(content, ensure_ascii=False).encode()
            headers = self._signed_headers(text)
            return Response(text, status, headers, media_type="application/json; charset=utf-8")

        return answer

    def _authenticate(self, request: Request, body: bytes) -> None:
        scheme, _, rest = request.headers.get("authorization", "").partition(" ")
        given = dict(_AUTHORIZATION.findall(rest))
        ours = (scheme, given.get("mchid"), given.get("serial_no"))
        if ours != (SCHEME, keys.MERCHANT_ID, keys.CERTIFICATE_SERIAL):
            raise Refusal(401, "sign_error", "unknown merchant or certificate")
        path = request.url.path.removeprefix(PREFIX)
        if request.url.query:
            path += f"?{request.url.query}"
        stamp, nonce = given.get("timestamp", ""), given.get("nonce_str", "")
        if not stamp.isdecimal() or abs(time.time() - int(stamp)) > TOLERANCE_SECONDS:
            raise Refusal(401, "sign_error", "the timestamp is too old")
        text = f"{request.method}\n{path}\n{stamp}\n{nonce}\n".encode() + body + b"\n"
        public = keys.private_key(self._known()["wechat_merchant"]).public_key()
        try:
            signature = base64.b64decode(given.get("signature", ""), validate=True)
            public.verify(signature, text, PKCS1v15(), SHA256())
        except (InvalidSignature, ValueError):
            raise Refusal(401, "sign_error", "the signature is wrong") from None

    # --- what is asked ----------------------------------------------------------------------

    def _native(self, request: Request, sent: Fields) -> Fields:
        return {"code_url": CODE_PREFIX + self._open(sent)["token"]}

    def _h5(self, request: Request, sent: Fields) -> Fields:
        scene = sent.get("scene_info")
        if not isinstance(scene, dict) or not scene.get("payer_client_ip"):
            raise Refusal(400, "param_error", "scene_info.payer_client_ip is missing")
        return {"h5_url": f"{self._url}/h5/{self._open(sent)['token']}?package=1"}

    def _open(self, sent: Fields) -> sqlite3.Row:
        if (sent.get("mchid"), sent.get("appid")) != (keys.MERCHANT_ID, keys.WECHAT_APP_ID):
            raise Refusal(400, "appid_mchid_not_match", "mchid and appid don't belong together")
        number, description = sent.get("out_trade_no"), sent.get("description")
        if not isinstance(number, str) or not re.fullmatch(r"[0-9A-Za-z_\-|*]{6,32}", number):
            raise Refusal(400, "param_error", "out_trade_no")
        if not isinstance(description, str) or not 1 <= len(description.encode()) <= 127:
            raise Refusal(400, "param_error", "description")
        amount = sent.get("amount")
        if not isinstance(amount, dict) or amount.get("currency") != "CNY":
            raise Refusal(400, "param_error", "amount.currency")
        notify_url = str(sent.get("notify_url", ""))
        if not notify_url.startswith("http") or "?" in notify_url:
            raise Refusal(400, "param_error", "notify_url")
        if self._cashier().paid_trade(number):
            raise Refusal(400, "orderpaid", "this order is paid")
        return self._cashier().open(
            NewPayment(
                payment_no=number,
                amount=_yuan(amount.get("total")),
                currency="CNY",
                subject=description,
                return_url="",
                notify_url=notify_url,
                expires_at=_moment(sent.get("time_expire")),
                language="",
            ),
            protocol=NAME,
        )

    def _query(self, request: Request, sent: Fields) -> Fields:
        if request.query_params.get("mchid") != keys.MERCHANT_ID:
            raise Refusal(400, "param_error", "mchid")
        return self._transaction(self._found(request))

    def _close(self, request: Request, sent: Fields) -> None:
        if not self._cashier().close(self._found(request)):
            raise Refusal(400, "orderpaid", "this order is paid")

    def _refund(self, request: Request, sent: Fields) -> Fields:
        amount = sent.get("amount")
        trade = self._cashier().trade(str(sent.get("transaction_id", "")))
        if not isinstance(amount, dict):
            raise Refusal(400, "param_error", "amount")
        if trade is None:
            raise Refusal(404, "resource_not_exists", "no such paid order")
        try:
            refund = self._cashier().give_back(
                NewRefund(
                    refund_no=str(sent.get("out_refund_no", "")),
                    payment_no=trade["payment_no"],
                    gateway_trade_no=trade["gateway_trade_no"],
                    amount=_yuan(amount.get("refund")),
                    total=_yuan(amount.get("total")),
                    notify_url=str(sent.get("notify_url", "")),
                )
            )
        except Refusal as refusal:
            raise Refusal(400, "param_error", refusal.message) from None
        return self._shown_refund(refund)

    def _query_refund(self, request: Request, sent: Fields) -> Fields:
        refund = self._cashier().refund(request.path_params["no"])
        if refund is None:
            raise Refusal(404, "resource_not_exists", "no such refund")
        return self._shown_refund(refund)

    def _found(self, request: Request) -> sqlite3.Row:
        payment = self._cashier().payment(request.path_params["no"])
        if payment is None or self._cashier().protocol(payment["payment_no"]) != NAME:
            raise Refusal(404, "order_not_exist", "no such order")
        return payment

    # --- what is said -----------------------------------------------------------------------

    def notice(self, content: Fields, payment: sqlite3.Row) -> tuple[bytes, dict[str, str]] | None:
        """The notice that the merchant gets, encrypted; None for what WeChat doesn't tell."""
        if content["type"] == "refund":
            refund = self._cashier().refund(str(content["refund_no"]))
            assert refund is not None
            resource = self._shown_refund(refund)
            resource["refund_status"] = resource.pop("status")
            resource["mchid"] = keys.MERCHANT_ID
            event, original = f"REFUND.{resource['refund_status']}", "refund"
        elif content["status"] == "paid":
            resource = self._transaction(payment)
            event, original = "TRANSACTION.SUCCESS", "transaction"
        else:
            return None
        sealed = _seal(self._known()["wechat_api_key"], original, json.dumps(resource))
        body = json.dumps(
            {
                "id": secrets.token_hex(16),
                "create_time": datetime.now(BEIJING).isoformat(timespec="seconds"),
                "event_type": event,
                "resource_type": "encrypt-resource",
                "summary": "",
                "resource": sealed | {"original_type": original},
            }
        ).encode()
        return body, self._signed_headers(body) | {"content-type": "application/json"}

    def _transaction(self, payment: sqlite3.Row) -> dict[str, Any]:
        shown: dict[str, Any] = {
            "appid": keys.WECHAT_APP_ID,
            "mchid": keys.MERCHANT_ID,
            "out_trade_no": payment["payment_no"],
            "trade_state": STATES.get(payment["status"], ""),
            "trade_state_desc": "",
            "amount": {"total": _fen(payment["amount"]), "currency": payment["currency"]},
        }
        if trade := self._cashier().paid_trade(payment["payment_no"]):
            is_back = self._cashier().refunded(trade["gateway_trade_no"]) > 0
            at = datetime.fromtimestamp(trade["created_at"], UTC).astimezone(BEIJING)
            shown |= {
                "transaction_id": trade["gateway_trade_no"],
                "trade_type": "NATIVE",
                "trade_state": "REFUND" if is_back else "SUCCESS",
                "success_time": at.isoformat(timespec="seconds"),
                "payer": {"openid": "oSandbox"},
            }
            shown["amount"]["payer_total"] = _fen(trade["amount"])
        return shown

    def _shown_refund(self, refund: sqlite3.Row) -> dict[str, Any]:
        trade = self._cashier().trade(refund["gateway_trade_no"])
        assert trade is not None
        return {
            "refund_id": refund["gateway_refund_no"],
            "out_refund_no": refund["refund_no"],
            "transaction_id": refund["gateway_trade_no"],
            "out_trade_no": refund["payment_no"],
            "status": REFUND_STATES[refund["status"]],
            "amount": {
                "refund": _fen(refund["amount"]),
                "total": _fen(trade["amount"]),
                "currency": "CNY",
            },
        }

    def _signed_headers(self, body: bytes) -> dict[str, str]:
        stamp, nonce = str(int(time.time())), secrets.token_hex(16)
        text = f"{stamp}\n{nonce}\n".encode() + body + b"\n"
        signature = keys.sign(self._known()["wechat"], text)
        return {
            "Wechatpay-Timestamp": stamp,
            "Wechatpay-Nonce": nonce,
            "Wechatpay-Signature": base64.b64encode(signature).decode(),
            "Wechatpay-Serial": keys.PUBLIC_KEY_ID,
            "Wechatpay-Signature-Type": SCHEME,
        }


def _seal(key: str, associated: str, text: str) -> dict[str, str]:
    nonce = secrets.token_hex(6)
    sealed = AESGCM(key.encode()).encrypt(nonce.encode(), text.encode(), associated.encode())
    return {
        "algorithm": "AEAD_AES_256_GCM",
        "ciphertext": base64.b64encode(sealed).decode(),
        "associated_data": associated,
        "nonce": nonce,
    }


def _object(body: bytes) -> Fields:
    try:
        content = json.loads(body)
    except ValueError:
        content = None
    if not isinstance(content, dict):
        raise Refusal(400, "param_error", "the body isn't a JSON object")
    return content


def _yuan(fen: object) -> Decimal:
    if type(fen) is not int or fen <= 0:
        raise Refusal(400, "param_error", "an amount is a positive number of fen")
    return (Decimal(fen) / 100).quantize(Decimal("0.01"))


def _fen(amount: str) -> int:
    return int(Decimal(amount) * 100)


def _moment(text: object) -> float:
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        raise Refusal(400, "param_error", "time_expire") from None
    if moment.tzinfo is None:
        raise Refusal(400, "param_error", "time_expire has no zone")
    return moment.timestamp()
