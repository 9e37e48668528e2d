"""The consumers' job: a phone is topped up, or the money is back, and the page says so itself."""

from __future__ import annotations

from decimal import Decimal

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import NewPerson
from tests.e2e.steps import (
    DELIVERED,
    FAILED_AND_BACK,
    at_the_cashier,
    choose_topup,
    go_to_the_cashier,
    log_in,
    money,
    see_by_itself,
)
from tests.product import Product
from tests.sandboxes import wait_until

pytestmark = pytest.mark.e2e

PRICE = Decimal("49.60")  # of ¥50 for a China Mobile number


def delivered_count(product: Product, number: str) -> int:
    return sum(order["delivered_count"] for order in product.supplier_orders(number))


def test_a_guest_tops_up_on_a_phone_and_watches_it_arrive(
    person: NewPerson, product: Product
) -> None:
    page = person(on_phone=True)
    choose_topup(page, "13826501234")
    go_to_the_cashier(page)
    at_the_cashier(page, "支付成功")
    see_by_itself(page, DELIVERED)
    assert delivered_count(product, "13826501234") == 1


def test_a_failed_topup_shows_its_refund_by_itself(person: NewPerson, product: Product) -> None:
    page = person(on_phone=True)
    choose_topup(page, "13826500002")
    payment_no = go_to_the_cashier(page)
    at_the_cashier(page, "支付成功")
    see_by_itself(page, FAILED_AND_BACK)
    expect(page.locator("#live")).to_contain_text(f"¥{PRICE} 已原路退回")
    [trade] = product.trades(payment_no)["trades"]
    assert Decimal(trade["refunded"]) == PRICE
    assert delivered_count(product, "13826500002") == 0


def read_account(page: Page) -> tuple[Decimal, int]:
    """(wallet, points) as the account's pages show them."""
    page.goto("/kalegou/account/wallet/")
    wallet = money(page.locator(".card-hero"))
    page.goto("/kalegou/account/points/")
    points = page.locator(".card-hero .text-4xl").inner_text()
    return wallet, int(points.replace(",", ""))


def pay_from_wallet(page: Page) -> None:
    page.get_by_role("radio", name="余额").check()
    page.get_by_role("button", name="立即付款").click()
    page.wait_for_url("**/kalegou/orders/**")


def test_a_member_gets_a_failed_topup_back_and_earns_points_for_a_delivered_one(
    person: NewPerson,
) -> None:
    page = person(on_phone=True)
    log_in(page, "xiaoming", to="/kalegou/account/")
    wallet, points = read_account(page)

    choose_topup(page, "13826500001")
    pay_from_wallet(page)
    see_by_itself(page, FAILED_AND_BACK)
    expect(page.locator("#live")).to_contain_text(f"¥{PRICE} 已退回余额")
    assert read_account(page) == (wallet, points)

    choose_topup(page, "13826505678")
    pay_from_wallet(page)
    see_by_itself(page, DELIVERED)
    expect(page.locator("#live")).to_contain_text("获得 49 积分")
    assert read_account(page) == (wallet - PRICE, points + 49)


def test_what_is_paid_twice_goes_back_once(person: NewPerson, product: Product) -> None:
    page = person(on_phone=True)
    choose_topup(page, "13826502222")
    payment_no = go_to_the_cashier(page)
    at_the_cashier(page, "重复支付")
    see_by_itself(page, DELIVERED)
    assert delivered_count(product, "13826502222") == 1

    def refunded() -> list[Decimal]:
        return sorted(Decimal(trade["refunded"]) for trade in product.trades(payment_no)["trades"])

    wait_until(lambda: sum(refunded()) > 0)
    assert refunded() == [Decimal(0), PRICE]


def test_a_payment_that_fails_charges_nothing_and_can_be_tried_again(
    person: NewPerson, product: Product
) -> None:
    page = person(on_phone=True)
    choose_topup(page, "13826503333")
    go_to_the_cashier(page)
    at_the_cashier(page, "支付失败")
    expect(page.get_by_role("heading", level=1)).to_have_text("等待付款")
    assert product.supplier_orders("13826503333") == []

    page.locator("form[action$='/pay/'] button").first.click()
    at_the_cashier(page, "支付成功")
    see_by_itself(page, DELIVERED)
