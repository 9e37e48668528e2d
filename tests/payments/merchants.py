"""Our two real protocols against their twins, and forging in their names."""

from __future__ import annotations

import base64
import json
import secrets
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl, urlencode

import httpx
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from payments.gateways.alipay import AlipayGateway
from payments.gateways.base import (
    CallbackRequest,
    Gateway,
    GatewayConfig,
    PaymentRequest,
    PaymentStart,
    RefundRequest,
    Scene,
    StartKind,
)
from payments.gateways.wechat import WeChatGateway
from payments.registry import SECRETS
from payments.sandbox import keys
from tests.listeners import Listener, Received
from tests.sandboxes import SandboxProcess

CLASSES: Mapping[str, type[Gateway]] = {"alipay": AlipayGateway, "wechat": WeChatGateway}


def keys_path(sandbox: SandboxProcess) -> Any:
    return sandbox.data / "sandbox" / "payment-keys.json"


def merchant(
    code: str, sandbox: SandboxProcess, *, read_timeout_seconds: float = 30, **changes: str
) -> Gateway:
    """Our side of the account that the sandbox knows, or one that it doesn't."""
    account = keys.account(code, keys_path(sandbox)) | changes
    return CLASSES[code](
        GatewayConfig(
            code=code,
            base_url=sandbox.base_url + keys.PATHS[code],
            options={name: value for name, value in account.items() if name not in SECRETS},
            secrets={name: value for name, value in account.items() if name in SECRETS},
            connect_timeout_seconds=2,
            read_timeout_seconds=read_timeout_seconds,
        )
    )


def payment(
    shop: Listener, scene: Scene, *, amount: str = "49.60", seconds: float = 900
) -> PaymentRequest:
    return PaymentRequest(
        payment_no="P" + secrets.token_hex(10).upper(),
        amount=Decimal(amount),
        subject="中国移动话费 {50}元 <快充> & 100%",
        return_url=f"{shop.base_url}/back?order=1&key=a%2Fb",
        notify_url=f"{shop.base_url}/callbacks/payments/",
        expires_at=datetime.now(UTC) + timedelta(seconds=seconds),
        scene=scene,
        payer_address="203.0.113.7",
    )


def scanned(code_text: str) -> PaymentStart:
    return PaymentStart(StartKind.READY, code_text=code_text)


def open_page(start: PaymentStart, sandbox: SandboxProcess) -> str:
    """What the person does: follow the address, or scan the code. Returns the page's address."""
    address = start.redirect_url
    if start.code_text:
        asked = {"code": start.code_text}
        address = str(httpx.URL(f"{sandbox.base_url}/scan/", params=asked))
    page = httpx.get(address, follow_redirects=True, trust_env=False, timeout=30)
    assert page.status_code == 200, page.text
    return str(page.url)


def click(page: str, action: str) -> httpx.Response:
    return httpx.post(page, data={"action": action}, trust_env=False, timeout=30)


def as_request(received: Received) -> CallbackRequest:
    is_form = "form" in received.headers.get("content-type", "")
    form = dict(parse_qsl(received.body.decode(), keep_blank_values=True)) if is_form else {}
    return CallbackRequest("POST", {}, form, received.headers, received.body)


def refund_of(
    request: PaymentRequest, trade_no: str, amount: str, *, number: str = ""
) -> RefundRequest:
    return RefundRequest(
        refund_no=number or "R" + secrets.token_hex(10).upper(),
        payment_no=request.payment_no,
        gateway_trade_no=trade_no,
        amount=Decimal(amount),
        total=request.amount,
        reason="top-up {failed}",
        notify_url=request.notify_url,
    )


def alipay_notice(sandbox: SandboxProcess, *, signed_by: str = "alipay", **fields: str) -> bytes:
    """A notice as Alipay would send it, or one that somebody else signed."""
    told = {
        "app_id": keys.APP_ID,
        "seller_id": keys.SELLER_ID,
        "charset": "utf-8",
        "sign_type": "RSA2",
        "trade_status": "TRADE_SUCCESS",
    } | fields
    text = "&".join(f"{name}={told[name]}" for name in sorted(told) if name != "sign_type")
    private = keys.keys_at(keys_path(sandbox))[signed_by]
    told["sign"] = base64.b64encode(keys.sign(private, text.encode())).decode()
    return urlencode(told).encode()


def wechat_notice(
    sandbox: SandboxProcess,
    resource: Mapping[str, Any],
    *,
    event: str = "TRANSACTION.SUCCESS",
    signed_by: str = "wechat",
    seconds_ago: int = 0,
    serial: str = keys.PUBLIC_KEY_ID,
    nonce: str = "",
) -> tuple[bytes, dict[str, str]]:
    """A notice as WeChat would send it, or one that somebody else signed."""
    known = keys.keys_at(keys_path(sandbox))
    told = {"mchid": keys.MERCHANT_ID, "appid": keys.WECHAT_APP_ID} | dict(resource)
    iv = secrets.token_hex(6)
    sealed = AESGCM(known["wechat_api_key"].encode()).encrypt(
        iv.encode(), json.dumps(told).encode(), b"transaction"
    )
    body = json.dumps(
        {
            "id": "1",
            "event_type": event,
            "resource_type": "encrypt-resource",
            "resource": {
                "algorithm": "AEAD_AES_256_GCM",
                "ciphertext": base64.b64encode(sealed).decode(),
                "associated_data": "transaction",
                "nonce": iv,
            },
        }
    ).encode()
    stamp, nonce = str(int(time.time()) - seconds_ago), nonce or secrets.token_hex(16)
    text = f"{stamp}\n{nonce}\n".encode() + body + b"\n"
    signature = base64.b64encode(keys.sign(known[signed_by], text)).decode()
    return body, {
        "wechatpay-timestamp": stamp,
        "wechatpay-nonce": nonce,
        "wechatpay-signature": signature,
        "wechatpay-serial": serial,
        "wechatpay-signature-type": "WECHATPAY2-SHA256-RSA2048",
    }
