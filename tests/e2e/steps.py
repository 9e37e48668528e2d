"""What people do, in their words: each step ends when the page shows that it is done."""

from __future__ import annotations

import re
from decimal import Decimal

from playwright.sync_api import Locator, Page, expect

from tests.product import PASSWORD

DELIVERED = "充值成功"
FAILED_AND_BACK = "充值失败，钱已退回"


def log_in(page: Page, username: str, *, to: str) -> None:
    page.goto(f"/account/login/?next={to}")
    page.get_by_label("手机号或用户名").fill(username)
    page.get_by_label("密码", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="登录", exact=True).click()
    page.wait_for_url(f"**{to}")


def money(place: Locator) -> Decimal:
    """The amount that is written there: `¥9,810.94` → 9810.94."""
    found = re.search(r"¥\s*([\d,]+(?:\.\d+)?)", place.inner_text())
    assert found, place.inner_text()
    return Decimal(found.group(1).replace(",", ""))


def choose_topup(page: Page, number: str, amount: str = "50") -> None:
    """From the top-up page to the checkout, by typing as people do."""
    page.goto("/kalegou/topup/")
    page.get_by_placeholder("请输入手机号码").press_sequentially(number)
    expect(page.locator("#recognised")).not_to_be_empty()
    # The grid follows the number; what it was drawn for is written in it.
    expect(page.locator(f"#amounts input[name=for_number][value='{number}']")).to_have_count(1)
    face = page.locator(".denom-face", has_text=re.compile(rf"^\s*{amount}\s*元\s*$"))
    page.locator(".denom", has=face).click()
    page.get_by_role("button", name="立即充值").click()
    page.wait_for_url("**/kalegou/checkout/**")


def go_to_the_cashier(page: Page) -> str:
    """From the checkout to the payment service; the payment's number."""
    page.get_by_role("button", name="立即付款").click()
    expect(page.get_by_role("heading", name="选择支付结果")).to_be_visible()
    number: str = page.locator("dt:has-text('支付单号') + dd").inner_text()
    return number


def at_the_cashier(page: Page, choice: str) -> None:
    """Choose what the payment shall become, and come back to the order's page."""
    page.get_by_role("button", name=choice, exact=True).click()
    page.wait_for_url("**/kalegou/orders/**")


def see_by_itself(page: Page, headline: str) -> None:
    """The order's page says so without being loaded again."""
    page.evaluate("window.hasStayed = true")
    expect(page.get_by_role("heading", level=1)).to_have_text(headline)
    assert page.evaluate("window.hasStayed"), "the page was loaded again"
