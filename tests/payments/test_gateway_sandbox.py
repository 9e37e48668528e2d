"""Gateway and cashier together, over HTTP, with a person who clicks."""

from __future__ import annotations

import secrets
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from payments.gateways import sandbox_wire as wire
from payments.gateways.base import (
    CallbackRefused,
    CallbackRequest,
    GatewayNotice,
    PaymentRequest,
    PaymentStart,
    PaymentStatus,
    QueryKind,
    RefundKind,
    RefundNotice,
    RefundRequest,
    StartKind,
)
from payments.gateways.sandbox import SandboxGateway
from payments.sandbox.accounts import DEMO_SECRET, MERCHANT
from tests.listeners import Listener, Received, listening
from tests.payments.conftest import cashier_gateway
from tests.sandboxes import SandboxProcess, wait_until


def new_number(letter: str = "P") -> str:
    return letter + secrets.token_hex(10).upper()


def payment(shop: Listener, *, seconds: float = 900, amount: str = "49.60") -> PaymentRequest:
    return PaymentRequest(
        payment_no=new_number(),
        amount=Decimal(amount),
        subject="中国移动话费 50元 <快充>",
        return_url=f"{shop.base_url}/back?order=1",
        notify_url=f"{shop.base_url}/callbacks/payments/sandbox/",
        expires_at=datetime.now(UTC) + timedelta(seconds=seconds),
    )


def click(start: PaymentStart, action: str, **more: str) -> httpx.Response:
    return httpx.post(start.redirect_url, data={"action": action, **more}, trust_env=False)


def read(gateway: SandboxGateway, received: Received) -> GatewayNotice | RefundNotice:
    return gateway.parse_callback(CallbackRequest("POST", {}, {}, received.headers, received.body))


def notices(gateway: SandboxGateway, shop: Listener, count: int) -> list[Any]:
    """Wait for that many notices and read them."""
    received = wait_until(lambda: len(shop.received) >= count and list(shop.received))
    return [read(gateway, one) for one in received]


def paid_trade(gateway: SandboxGateway, shop: Listener) -> tuple[PaymentRequest, str]:
    request = payment(shop)
    click(gateway.start(request), "pay")
    (notice,) = notices(gateway, shop, 1)
    shop.received.clear()
    return request, notice.gateway_trade_no


def refund_of(request: PaymentRequest, trade_no: str, amount: str) -> RefundRequest:
    return RefundRequest(
        refund_no=new_number("R"),
        payment_no=request.payment_no,
        gateway_trade_no=trade_no,
        amount=Decimal(amount),
        total=request.amount,
        notify_url=request.notify_url,
    )


def test_a_person_pays_and_the_shop_is_told(gateway: SandboxGateway, shop: Listener) -> None:
    request = payment(shop)
    start = gateway.start(request)
    assert start.kind is StartKind.READY
    assert gateway.query(request.payment_no).kind is QueryKind.PENDING

    response = click(start, "pay")

    assert (response.status_code, response.headers["location"]) == (303, request.return_url)
    (notice,) = notices(gateway, shop, 1)
    assert notice.status is PaymentStatus.PAID
    assert (notice.payment_no, notice.amount, notice.currency) == (
        request.payment_no,
        Decimal("49.60"),
        "CNY",
    )
    query = gateway.query(request.payment_no)
    assert (query.kind, query.notices) == (QueryKind.PAID, (notice,))


def test_starting_twice_opens_one_payment(gateway: SandboxGateway, shop: Listener) -> None:
    request = payment(shop)

    first, second = gateway.start(request), gateway.start(request)

    assert first == second
    other = gateway.start(replace(request, amount=Decimal("1.00")))
    assert (other.kind, other.code) == (StartKind.REFUSED, "conflict")


def test_a_failed_attempt_can_be_tried_again(gateway: SandboxGateway, shop: Listener) -> None:
    request = payment(shop)
    start = gateway.start(request)

    assert click(start, "fail").status_code == 303
    (failed,) = notices(gateway, shop, 1)
    assert failed.status is PaymentStatus.FAILED
    assert gateway.query(request.payment_no).kind is QueryKind.PENDING
    click(start, "pay")

    assert [one.status for one in notices(gateway, shop, 2)] == ["failed", "paid"]


def test_paying_twice_makes_two_trades_and_each_can_be_refunded(
    gateway: SandboxGateway, shop: Listener
) -> None:
    request = payment(shop)

    click(gateway.start(request), "twice")
    told = notices(gateway, shop, 2)

    assert [one.status for one in told] == ["paid", "paid"]
    numbers = {one.gateway_trade_no for one in told}
    assert len(numbers) == 2
    assert {one.gateway_trade_no for one in gateway.query(request.payment_no).notices} == numbers
    for number in numbers:
        assert gateway.refund(refund_of(request, number, "49.60")).kind is RefundKind.DONE


def test_paying_late_sends_the_person_back_first(
    gateway: SandboxGateway, payment_sandbox: SandboxProcess, shop: Listener
) -> None:
    request = payment(shop, seconds=4)
    start = gateway.start(request)

    clicked_at = time.time()
    assert click(start, "late", delay="4.5").headers["location"] == request.return_url
    assert gateway.query(request.payment_no).kind is QueryKind.PENDING
    assert click(start, "pay").status_code == 409
    (notice,) = notices(gateway, shop, 1)

    assert notice.status is PaymentStatus.PAID
    assert time.time() - clicked_at > 4.4
    assert datetime.now(UTC) > request.expires_at
    assert gateway.query(request.payment_no).kind is QueryKind.PAID


def test_paying_late_is_after_the_window_unless_chosen(
    gateway: SandboxGateway, payment_sandbox: SandboxProcess, shop: Listener
) -> None:
    request = payment(shop, seconds=600)

    click(gateway.start(request), "late")

    trade = payment_sandbox.trade(request.payment_no)
    assert trade["status"] == "paying"
    (detail,) = [event["detail"] for event in trade["events"] if event["event"] == "paying late"]
    assert 600 < float(detail.removesuffix(" s")) < 700


def test_a_payment_that_nobody_makes_is_closed(gateway: SandboxGateway, shop: Listener) -> None:
    request = payment(shop, seconds=4)
    start = gateway.start(request)

    (notice,) = notices(gateway, shop, 1)

    assert (notice.status, notice.gateway_trade_no) == (PaymentStatus.CLOSED, "")
    assert gateway.query(request.payment_no).kind is QueryKind.CLOSED
    late = click(start, "pay")
    assert late.status_code == 409
    assert "这笔订单已关闭" in late.text
    assert gateway.query(request.payment_no).notices == ()


def test_paying_a_paid_payment_again_does_nothing(
    gateway: SandboxGateway, payment_sandbox: SandboxProcess, shop: Listener
) -> None:
    request = payment(shop)
    start = gateway.start(request)
    click(start, "pay")

    again = click(start, "pay")

    assert again.status_code == 409
    assert "这笔订单已支付" in again.text
    assert len(payment_sandbox.trade(request.payment_no)["trades"]) == 1


def test_a_notice_is_repeated_until_it_is_taken(
    gateway: SandboxGateway, payment_sandbox: SandboxProcess, shop: Listener
) -> None:
    payment_sandbox.settings(delay_scale=0.05)
    shop.answer = lambda received: [(500, b""), (200, b"fail"), (200, b"success")][
        min(len(shop.received), 3) - 1
    ]
    request = payment(shop)

    click(gateway.start(request), "pay")
    told = notices(gateway, shop, 3)

    assert len(set(told)) == 1
    sent = [received.headers["x-nonce"] for received in shop.received]
    assert len(set(sent)) == 3


def test_refunds_are_made_once_and_never_beyond_what_was_paid(
    gateway: SandboxGateway, payment_sandbox: SandboxProcess, shop: Listener
) -> None:
    request, trade_no = paid_trade(gateway, shop)
    part = refund_of(request, trade_no, "19.60")
    assert gateway.query_refund(part).kind is RefundKind.NOT_FOUND

    first, again = gateway.refund(part), gateway.refund(part)

    assert first == again
    assert first.kind is RefundKind.DONE
    assert gateway.query_refund(part) == first
    too_much = gateway.refund(refund_of(request, trade_no, "30.01"))
    assert (too_much.kind, too_much.code) == (RefundKind.REJECTED, "exceeds_paid")
    assert gateway.refund(refund_of(request, trade_no, "30.00")).kind is RefundKind.DONE
    (trade,) = payment_sandbox.trade(request.payment_no)["trades"]
    assert trade["refunded"] == "49.60"


def test_a_refund_of_something_else_is_rejected(gateway: SandboxGateway, shop: Listener) -> None:
    request, trade_no = paid_trade(gateway, shop)
    good = refund_of(request, trade_no, "10.00")

    unknown = gateway.refund(replace(good, gateway_trade_no="T1"))
    differs = gateway.refund(replace(good, total=Decimal("49.61")))

    assert (unknown.kind, unknown.code) == (RefundKind.REJECTED, "unknown_trade")
    assert (differs.kind, differs.code) == (RefundKind.REJECTED, "total_differs")
    assert gateway.refund(good).kind is RefundKind.DONE
    # A refund of this number exists: "rejected" would be a lie.
    assert gateway.refund(replace(good, amount=Decimal("5.00"))).kind is RefundKind.UNKNOWN


@pytest.mark.parametrize(
    ("mode", "kind"), [("later", RefundKind.DONE), ("later_rejected", RefundKind.REJECTED)]
)
def test_a_refund_may_be_confirmed_later(
    gateway: SandboxGateway,
    payment_sandbox: SandboxProcess,
    shop: Listener,
    mode: str,
    kind: RefundKind,
) -> None:
    payment_sandbox.settings(refund_mode=mode, delay_scale=0.1)
    request, trade_no = paid_trade(gateway, shop)
    refund = refund_of(request, trade_no, "49.60")

    assert gateway.refund(refund).kind is RefundKind.PENDING
    (notice,) = notices(gateway, shop, 1)

    assert isinstance(notice, RefundNotice)
    assert (notice.refund_no, notice.outcome.kind) == (refund.refund_no, kind)
    assert gateway.query_refund(refund).kind is kind


@pytest.mark.parametrize(
    ("fault", "code"),
    [("error_500", "http_500"), ("garbage", "bad_signature"), ("hang", "timeout")],
)
def test_a_lost_answer_is_unknown_and_asking_again_tells(
    gateway: SandboxGateway, payment_sandbox: SandboxProcess, shop: Listener, fault: str, code: str
) -> None:
    request, trade_no = paid_trade(gateway, shop)
    refund = refund_of(request, trade_no, "49.60")
    other = payment(shop)
    payment_sandbox.settings(api_fault=fault)
    hasty = cashier_gateway(payment_sandbox.base_url, read_timeout_seconds=0.5)

    refunded, queried = hasty.refund(refund), hasty.query(request.payment_no)
    started = hasty.start(other)

    assert (refunded.kind, refunded.code) == (RefundKind.UNKNOWN, code)
    assert (queried.kind, queried.code) == (QueryKind.UNKNOWN, code)
    assert (started.kind, started.code) == (StartKind.UNAVAILABLE, code)
    payment_sandbox.settings(api_fault="")
    assert gateway.query_refund(refund).kind is RefundKind.DONE
    assert gateway.refund(refund).kind is RefundKind.DONE
    assert gateway.start(other).kind is StartKind.READY


def test_an_unknown_payment_is_not_found(gateway: SandboxGateway) -> None:
    assert gateway.query(new_number()).kind is QueryKind.NOT_FOUND


def test_a_wrong_secret_gets_nowhere(payment_sandbox: SandboxProcess, shop: Listener) -> None:
    stranger = cashier_gateway(payment_sandbox.base_url, secret="wrong")
    request = payment(shop)

    assert stranger.start(request).kind is StartKind.UNAVAILABLE
    assert stranger.query(request.payment_no).kind is QueryKind.UNKNOWN
    assert cashier_gateway(payment_sandbox.base_url).query(request.payment_no).kind is (
        QueryKind.NOT_FOUND
    )


def test_a_killed_cashier_forgets_nothing_and_goes_on(tmp_path: Path) -> None:
    with listening() as shop:
        cashier = SandboxProcess("payments.sandbox", tmp_path).start()
        gateway = cashier_gateway(cashier.base_url)
        try:
            late, paid = payment(shop), payment(shop)
            click(gateway.start(late), "late", delay="1")
            shop.answer = lambda received: (500, b"")
            click(gateway.start(paid), "pay")
            wait_until(lambda: shop.of(paid.payment_no))
            cashier.kill()
            assert gateway.query(paid.payment_no).kind is QueryKind.UNKNOWN
            shop.received.clear()
            shop.answer = lambda received: (200, b"success")
            cashier.start()

            wait_until(lambda: shop.of(paid.payment_no) and shop.of(late.payment_no))
            assert gateway.query(paid.payment_no).kind is QueryKind.PAID
            assert gateway.query(late.payment_no).kind is QueryKind.PAID
        finally:
            cashier.stop()


# --- the page -------------------------------------------------------------------------------


def test_the_page_speaks_chinese_or_english_and_escapes_what_it_shows(
    gateway: SandboxGateway, shop: Listener
) -> None:
    url = gateway.start(payment(shop)).redirect_url

    chinese = httpx.get(url, trust_env=False)
    english = httpx.get(f"{url}?lang=en", trust_env=False)
    browser = httpx.get(url, headers={"accept-language": "en-GB,zh;q=0.5"}, trust_env=False)

    for text in ("支付成功", "支付失败", "重复支付", "延迟支付", "49.60", "卡乐购"):
        assert text in chinese.text
    for page in (english, browser):
        assert 'lang="en"' in page.text
        assert "Pay twice" in page.text
    assert "<快充>" not in chinese.text
    assert "&lt;快充&gt;" in chinese.text
    assert "default-src 'none'" in chinese.headers["content-security-policy"]


def test_the_shops_language_counts_before_the_browsers(
    gateway: SandboxGateway, shop: Listener
) -> None:
    url = gateway.start(replace(payment(shop), language="zh-hans")).redirect_url

    page = httpx.get(url, headers={"accept-language": "en"}, trust_env=False)

    assert "支付成功" in page.text


def test_a_wrong_choice_or_address_takes_nothing(gateway: SandboxGateway, shop: Listener) -> None:
    request = payment(shop)
    start = gateway.start(request)

    for action, delay in (("", "1"), ("rob", "1"), ("late", "-1"), ("late", "nan"), ("late", "x")):
        assert click(start, action, delay=delay).status_code == 422
    assert click(replace(start, redirect_url=start.redirect_url + "x"), "pay").status_code == 404
    assert gateway.query(request.payment_no).kind is QueryKind.PENDING


# --- forged and broken messages ---------------------------------------------------------------


def notice_call(
    body: bytes, *, secret: str = DEMO_SECRET, merchant: str = MERCHANT, **more: str
) -> CallbackRequest:
    headers = wire.signed_headers(secret, merchant, wire.NOTICE, body) | more
    return CallbackRequest("POST", {}, {}, headers, body)


GOOD = {
    "type": "payment",
    "payment_no": "P1",
    "gateway_trade_no": "T1",
    "status": "paid",
    "amount": "10.00",
    "currency": "CNY",
}


def test_the_signed_text_is_as_documented() -> None:
    assert (
        wire.signature("secret", "NOTICE", "1704081600", "abcdef0123456789", b'{"a":"1"}')
        == "8b02ec3d752ed29765d4029c382a18bb8ea87eee8ba5498861f324eff7f02636"
    )


def test_a_good_notice_is_read_whatever_the_case_of_its_headers() -> None:
    call = notice_call(wire.dump(GOOD))
    shouting = replace(call, headers={name.upper(): value for name, value in call.headers.items()})

    assert cashier_gateway("http://x", secret=DEMO_SECRET).parse_callback(shouting) == (
        GatewayNotice("P1", "T1", PaymentStatus.PAID, Decimal("10.00"), "CNY")
    )


@pytest.mark.parametrize(
    "call",
    [
        notice_call(wire.dump(GOOD), secret="other"),
        notice_call(wire.dump(GOOD), merchant="somebody"),
        notice_call(wire.dump(GOOD), **{"x-timestamp": "1704081600"}),
        replace(notice_call(wire.dump(GOOD)), body=wire.dump(GOOD | {"amount": "99.00"})),
        replace(notice_call(wire.dump(GOOD)), headers={}),
        notice_call(wire.dump(GOOD | {"amount": "-1.00"})),
        notice_call(wire.dump(GOOD | {"amount": 10})),
        notice_call(wire.dump(GOOD | {"amount": "1e3"})),
        notice_call(wire.dump(GOOD | {"status": "great"})),
        notice_call(wire.dump(GOOD | {"gateway_trade_no": ""})),
        notice_call(wire.dump(GOOD | {"payment_no": None})),
        notice_call(wire.dump({"type": "refund", "refund_no": "R1", "status": "maybe"})),
        notice_call(b"[]"),
        notice_call(b"\xff"),
    ],
)
def test_a_forged_or_broken_notice_is_refused(call: CallbackRequest) -> None:
    with pytest.raises(CallbackRefused) as refused:
        cashier_gateway("http://x", secret=DEMO_SECRET).parse_callback(call)

    assert DEMO_SECRET not in str(refused.value)


def test_an_old_notice_is_refused_even_if_signed() -> None:
    body, stale = wire.dump(GOOD), str(int(time.time()) - 301)
    headers = {
        "x-merchant": MERCHANT,
        "x-timestamp": stale,
        "x-nonce": "0123456789abcdef",
        "x-signature": wire.signature(DEMO_SECRET, wire.NOTICE, stale, "0123456789abcdef", body),
    }

    with pytest.raises(CallbackRefused, match="stale_timestamp"):
        cashier_gateway("http://x", secret=DEMO_SECRET).parse_callback(
            CallbackRequest("POST", {}, {}, headers, body)
        )


def test_an_answer_to_another_request_is_not_believed(shop: Listener) -> None:
    body = wire.dump({"payment_no": "P1", "status": "closed"})
    old = wire.signed_headers(DEMO_SECRET, MERCHANT, wire.answer_purpose(200), body)
    shop.answer_headers = old
    shop.answer = lambda received: (200, body)

    query = cashier_gateway(shop.base_url, secret=DEMO_SECRET).query("P1")

    assert (query.kind, query.code) == (QueryKind.UNKNOWN, "bad_signature")


def test_a_request_cannot_be_replayed(payment_sandbox: SandboxProcess) -> None:
    body = wire.dump({"payment_no": "P1"})
    url = f"{payment_sandbox.base_url}/api/v1/trades/query"
    headers = wire.signed_headers(DEMO_SECRET, MERCHANT, "POST /api/v1/trades/query", body)

    first = payment_sandbox.client.post(url, content=body, headers=headers)
    again = payment_sandbox.client.post(url, content=body, headers=headers)

    assert (first.status_code, first.json()["code"]) == (404, "unknown_payment")
    assert (again.status_code, again.json()["code"]) == (401, "replayed_nonce")


@pytest.mark.parametrize(
    "change",
    [
        {"amount": "0.00"},
        {"amount": "1"},
        {"currency": "USD"},
        {"subject": " "},
        {"return_url": "javascript:alert(1)"},
        {"notify_url": "//x"},
        {"expires_at": "2026-01-01T00:00:00"},
        {"expires_at": "2020-01-01T00:00:00+08:00"},
        {"payment_no": "a b"},
    ],
)
def test_a_payment_that_makes_no_sense_is_refused(
    payment_sandbox: SandboxProcess, change: dict[str, str]
) -> None:
    fields = {
        "payment_no": new_number(),
        "amount": "1.00",
        "currency": "CNY",
        "subject": "x",
        "return_url": "http://127.0.0.1/",
        "notify_url": "http://127.0.0.1/",
        "expires_at": (datetime.now(UTC) + timedelta(hours=1)).isoformat(),
    }
    body = wire.dump(fields | change)
    headers = wire.signed_headers(DEMO_SECRET, MERCHANT, "POST /api/v1/trades", body)

    response = payment_sandbox.client.post(
        f"{payment_sandbox.base_url}/api/v1/trades", content=body, headers=headers
    )

    assert response.status_code == 422


def test_secrets_stay_out_of_reprs() -> None:
    gateway = cashier_gateway("http://x", secret=DEMO_SECRET)

    assert DEMO_SECRET not in repr(gateway) + repr(gateway.config)
