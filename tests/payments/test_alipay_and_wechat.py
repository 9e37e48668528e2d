"""Alipay and WeChat Pay, each client against its twin over HTTP, with a person who clicks."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import replace
from decimal import Decimal
from urllib.parse import parse_qsl

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from wechatpayv3.utils import aes_decrypt

from payments.gateways.base import (
    CallbackRefused,
    CallbackRequest,
    Gateway,
    GatewayNotice,
    PaymentStatus,
    QueryKind,
    RefundKind,
    RefundNotice,
    Scene,
    StartKind,
)
from payments.sandbox import keys
from tests.listeners import Listener
from tests.payments.merchants import (
    alipay_notice,
    as_request,
    click,
    merchant,
    open_page,
    payment,
    refund_of,
    wechat_notice,
)
from tests.sandboxes import SandboxProcess, wait_until

SCENES = [
    ("alipay", Scene.PAGE),
    ("alipay", Scene.PHONE),
    ("alipay", Scene.CODE),
    ("wechat", Scene.CODE),
    ("wechat", Scene.PHONE),
]


@pytest.fixture(params=["alipay", "wechat"])
def code(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def gateway(code: str, payment_sandbox: SandboxProcess) -> Gateway:
    return merchant(code, payment_sandbox)


def told(gateway: Gateway, shop: Listener, count: int = 1) -> list[object]:
    received = wait_until(lambda: len(shop.received) >= count and list(shop.received))
    return [gateway.parse_callback(as_request(one)) for one in received]


def pay(gateway: Gateway, shop: Listener, sandbox: SandboxProcess, amount: str = "49.60"):
    """A paid payment and the number of its trade."""
    request = payment(shop, Scene.CODE, amount=amount)
    click(open_page(gateway.start(request), sandbox), "pay")
    (notice,) = told(gateway, shop)
    assert isinstance(notice, GatewayNotice)
    shop.received.clear()
    return request, notice.gateway_trade_no


@pytest.mark.parametrize(("code", "scene"), SCENES)
def test_a_person_pays_and_the_shop_is_told(
    code: str, scene: Scene, payment_sandbox: SandboxProcess, shop: Listener
) -> None:
    gateway = merchant(code, payment_sandbox)
    request = payment(shop, scene)

    start = gateway.start(request)

    assert start.kind is StartKind.READY
    assert bool(start.code_text) == (scene is Scene.CODE)
    before = QueryKind.NOT_FOUND if code == "alipay" else QueryKind.PENDING
    assert gateway.query(request.payment_no).kind is before
    page = open_page(start, payment_sandbox)
    assert gateway.query(request.payment_no).kind is QueryKind.PENDING

    answer = click(page, "pay")

    if scene is not Scene.CODE:  # the phone that scanned goes nowhere: our page goes on by itself
        assert answer.headers["location"] == request.return_url
    (notice,) = told(gateway, shop)
    assert isinstance(notice, GatewayNotice)
    assert notice.status is PaymentStatus.PAID
    assert (notice.payment_no, notice.amount, notice.currency) == (
        request.payment_no,
        Decimal("49.60"),
        "CNY",
    )
    asked = gateway.query(request.payment_no)
    assert (asked.kind, asked.notices) == (QueryKind.PAID, (notice,))
    assert gateway.query("P0000000").kind is QueryKind.NOT_FOUND


def test_starting_twice_is_one_payment_and_a_paid_one_is_never_opened_again(
    gateway: Gateway, payment_sandbox: SandboxProcess, shop: Listener
) -> None:
    request = payment(shop, Scene.CODE)
    assert gateway.start(request) == gateway.start(request)
    other = gateway.start(replace(request, amount=Decimal("1.00")))
    assert other.kind is StartKind.REFUSED


def test_a_refund_in_parts_is_done_once_by_its_number(
    gateway: Gateway, payment_sandbox: SandboxProcess, shop: Listener
) -> None:
    request, trade_no = pay(gateway, shop, payment_sandbox)
    first = refund_of(request, trade_no, "20.00")

    assert gateway.query_refund(first).kind is RefundKind.NOT_FOUND
    assert gateway.refund(first).kind is RefundKind.DONE
    assert gateway.refund(first).kind is RefundKind.DONE
    assert gateway.query_refund(first).kind is RefundKind.DONE
    # Another amount under the same number, and more than is left: refused for good.
    assert gateway.refund(replace(first, amount=Decimal("5.00"))).kind is RefundKind.REJECTED
    assert gateway.refund(refund_of(request, trade_no, "29.61")).kind is RefundKind.REJECTED
    assert gateway.refund(refund_of(request, trade_no, "29.60")).kind is RefundKind.DONE
    (trade,) = payment_sandbox.trade(request.payment_no)["trades"]
    assert trade["refunded"] == "49.60"


def test_a_refund_that_takes_a_while_is_pending_until_it_is_done(
    gateway: Gateway, code: str, payment_sandbox: SandboxProcess, shop: Listener
) -> None:
    payment_sandbox.settings(refund_mode="later", delay_scale=0.1)
    request, trade_no = pay(gateway, shop, payment_sandbox)
    asked = refund_of(request, trade_no, "49.60")

    assert gateway.refund(asked).kind is RefundKind.PENDING
    wait_until(lambda: gateway.query_refund(asked).kind is RefundKind.DONE)
    (notice,) = told(gateway, shop)
    # Alipay's says what a payment's says, and is no payment; its query is what counts.
    if code == "alipay":
        assert notice is None
    else:
        assert isinstance(notice, RefundNotice)
        assert (notice.refund_no, notice.outcome.kind) == (asked.refund_no, RefundKind.DONE)


def test_a_refund_that_the_bank_sends_back(payment_sandbox: SandboxProcess, shop: Listener) -> None:
    payment_sandbox.settings(refund_mode="later_rejected", delay_scale=0.05)
    gateway = merchant("wechat", payment_sandbox)
    request, trade_no = pay(gateway, shop, payment_sandbox)
    asked = refund_of(request, trade_no, "49.60")
    assert gateway.refund(asked).kind is RefundKind.PENDING
    (notice,) = told(gateway, shop)
    assert isinstance(notice, RefundNotice)
    assert notice.outcome.kind is RefundKind.REJECTED
    assert gateway.query_refund(asked).kind is RefundKind.REJECTED


@pytest.mark.parametrize("fault", ["error_500", "garbage", "hang"])
def test_a_lost_answer_says_nothing(
    fault: str, gateway: Gateway, code: str, payment_sandbox: SandboxProcess, shop: Listener
) -> None:
    request, trade_no = pay(gateway, shop, payment_sandbox)
    asked = refund_of(request, trade_no, "10.00")
    payment_sandbox.settings(api_fault=fault)
    hasty = merchant(code, payment_sandbox, read_timeout_seconds=0.3)

    assert hasty.start(payment(shop, Scene.CODE)).kind is StartKind.UNAVAILABLE
    assert hasty.query(request.payment_no).kind is QueryKind.UNKNOWN
    assert hasty.refund(asked).kind is RefundKind.UNKNOWN
    assert hasty.query_refund(asked).kind is RefundKind.UNKNOWN

    payment_sandbox.settings(api_fault="")
    assert gateway.query_refund(asked).kind is RefundKind.DONE  # it had been done all the same


def test_without_a_connection_nothing_is_known(code: str, payment_sandbox: SandboxProcess) -> None:
    class Nowhere:
        base_url = "http://127.0.0.1:9"
        data = payment_sandbox.data

    gateway = merchant(code, Nowhere())  # type: ignore[arg-type]
    assert gateway.query("P1").kind is QueryKind.UNKNOWN


def test_a_stranger_s_keys_open_nothing(
    code: str, payment_sandbox: SandboxProcess, shop: Listener
) -> None:
    foreign = keys.keys_at(payment_sandbox.data / "other-keys.json")
    ours = merchant(code, payment_sandbox, private_key=foreign[f"{code}_merchant"])
    assert ours.start(payment(shop, Scene.CODE)).kind is StartKind.REFUSED
    assert ours.query("P1").kind is QueryKind.UNKNOWN
    # Answers that the gateway's own key didn't sign are no answers.
    theirs = merchant(code, payment_sandbox, public_key=keys.public_pem(foreign[code]))
    assert theirs.start(payment(shop, Scene.CODE)).kind is StartKind.UNAVAILABLE


class TestForgedNotices:
    def test_alipay(self, payment_sandbox: SandboxProcess) -> None:
        gateway = merchant("alipay", payment_sandbox)

        def read(body: bytes) -> object:
            form = dict(parse_qsl(body.decode(), keep_blank_values=True))
            return gateway.parse_callback(CallbackRequest("POST", {}, form, {}, body))

        fields = {"out_trade_no": "P1", "trade_no": "T1", "total_amount": "49.60"}
        good = read(alipay_notice(payment_sandbox, **fields))
        assert isinstance(good, GatewayNotice)
        part_refund = alipay_notice(payment_sandbox, **fields, gmt_refund="x", refund_fee="1.00")
        assert read(part_refund) is None
        assert read(alipay_notice(payment_sandbox, **fields, trade_status="WAIT_BUYER_PAY")) is None
        for forged in (
            alipay_notice(payment_sandbox, **fields, signed_by="alipay_merchant"),
            alipay_notice(payment_sandbox, **fields).replace(b"49.60", b"0.01"),
            alipay_notice(payment_sandbox, **fields, app_id="2021000000000002"),
            alipay_notice(payment_sandbox, **fields, seller_id="2088000000000002"),
            alipay_notice(payment_sandbox, **fields, sign_type="RSA"),
            alipay_notice(payment_sandbox, **fields | {"total_amount": "4.9e1"}),
            alipay_notice(payment_sandbox, **fields | {"trade_no": ""}),
            b"out_trade_no=P1&trade_status=TRADE_SUCCESS",
            b"sign=%00%ff&sign_type=RSA2",
        ):
            with pytest.raises(CallbackRefused):
                read(forged)

    def test_wechat(self, payment_sandbox: SandboxProcess) -> None:
        gateway = merchant("wechat", payment_sandbox)
        paid = {
            "out_trade_no": "P1",
            "transaction_id": "T1",
            "trade_state": "SUCCESS",
            "amount": {"total": 4960, "currency": "CNY"},
        }

        def read(told: tuple[bytes, dict[str, str]], **changed: str) -> object:
            body, headers = told
            return gateway.parse_callback(CallbackRequest("POST", {}, {}, headers | changed, body))

        good = read(wechat_notice(payment_sandbox, paid))
        assert isinstance(good, GatewayNotice)
        assert good.amount == Decimal("49.60")
        foreign = wechat_notice(payment_sandbox, paid | {"amount": {"total": 1, "currency": "USD"}})
        told_in_dollars = read(foreign)
        assert isinstance(told_in_dollars, GatewayNotice)  # refused where the payment is known
        assert told_in_dollars.currency == "USD"
        body, headers = wechat_notice(payment_sandbox, paid)
        for forged in (
            wechat_notice(payment_sandbox, paid, signed_by="wechat_merchant"),
            wechat_notice(payment_sandbox, paid, seconds_ago=320),
            wechat_notice(payment_sandbox, paid, seconds_ago=-320),
            wechat_notice(payment_sandbox, paid, serial="5157F09EFDC096DE"),
            wechat_notice(payment_sandbox, paid, serial="PUB_KEY_ID_9"),
            wechat_notice(payment_sandbox, paid | {"mchid": "1900000110"}),
            wechat_notice(payment_sandbox, paid | {"appid": "wx9"}),
            wechat_notice(payment_sandbox, paid | {"amount": {"total": 49.6, "currency": "CNY"}}),
            wechat_notice(payment_sandbox, paid | {"amount": None}),
            (body.replace(b"TRANSACTION", b"TRANSACTIOM"), headers),
            (body, {}),
            (body, headers | {"wechatpay-timestamp": "٣"}),
            (body, headers | {"wechatpay-signature": "WECHATPAY/SIGNTEST/x"}),
            (body, headers | {"wechatpay-signature-type": ""}),
            (b"\xff", headers),
        ):
            with pytest.raises(CallbackRefused):
                read(forged)


def test_the_documented_vectors() -> None:
    """What both sides compute, held against the digests that the protocols' notes give."""
    request = (
        'app_id=2021000000000001&biz_content={"out_trade_no":"T20240101000001"}&charset=utf-8'
        "&method=alipay.trade.query&sign_type=RSA2&timestamp=2024-01-01 12:00:00&version=1.0"
    )
    assert hashlib.sha256(request.encode()).hexdigest() == (
        "b3618dfb92d7c58306e864add17dcd1a85b10d19604ce580eec1de72bd3b2c28"
    )
    sealed = (
        "4ouITzeV7GmUYUbi3WteHWDS5v8l/FpaFL7/KfnIqZgIU0UNgJNBoD+dCwC/7EnknD/J6+FUKndRosfyaEPAKMAH"
        "KC1HLGcetpg="
    )
    key = "0123456789abcdef0123456789abcdef"
    plain = '{"out_trade_no":"T20240101000001","trade_state":"SUCCESS"}'
    assert aes_decrypt("0123456789ab", sealed, "transaction", key) == plain
    again = AESGCM(key.encode()).encrypt(b"0123456789ab", plain.encode(), b"transaction")
    assert base64.b64encode(again).decode() == sealed
