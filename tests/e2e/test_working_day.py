"""A piece of an agent's working day; a member's second top-up, without script: all by hand."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import NewPerson
from tests.e2e.steps import DELIVERED, log_in, money
from tests.sandboxes import wait_until

pytestmark = pytest.mark.e2e

# The supplier delivers the first two; a number that ends in 0001 is refused, and refunded.
NUMBERS = "13826508801 30 周姐\n13826508802 30\n13826508801 30\n13826500001 30 老客户\n12345 30\n"


def test_an_agent_buys_by_pinyin_tops_up_a_list_and_finds_a_code_again(person: NewPerson) -> None:
    page = person()
    log_in(page, "yiji", to="/kameng/")
    page.goto("/kameng/products/")
    page.locator("main").get_by_role("search").get_by_label("搜索").press_sequentially("wmsj")
    page.get_by_role("link", name="采购 完美世界一卡通 50元").click()
    page.get_by_role("button", name="核对订单").click()
    page.get_by_role("button", name=re.compile("确认支付")).click()
    page.get_by_role("button", name="查看卡密").click()
    code = page.locator("#codes .code").first.get_attribute("data-code") or ""
    order_no = page.url.rstrip("/").rpartition("/")[2]

    page.goto("/kameng/batches/new/")
    page.locator("textarea[name=text]").fill(NUMBERS)
    page.locator("button[value=check]").first.click()
    # One number twice, one that is none: said before anything is charged.
    expect(page.locator("main")).to_contain_text("12345")
    page.locator("button[value=start]").click()
    expect(page.locator("#job progress")).to_have_attribute("value", "3", timeout=60_000)
    expect(page.locator("#job")).to_contain_text("已到账")
    page.reload()
    expect(page.get_by_role("row").filter(has_text="138 2650 0001")).to_contain_text("退")

    page.goto("/kameng/codes/")
    page.locator("#id_q").fill(code.split()[0])
    page.locator("#id_q").press("Enter")
    row = page.locator("tbody tr")
    expect(row).to_have_count(1)
    expect(row).to_contain_text(order_no)


def test_a_member_tops_up_once_more_in_one_tap_without_script(person: NewPerson) -> None:
    page = person(on_phone=True, script=False)
    log_in(page, "xiaoming", to="/kalegou/account/")
    page.goto("/kalegou/topup/?phone=19910204466&for_number=19910204466&carrier=telecom")
    page.locator("input[name=sku][value='ctcc-50']").check(force=True)
    page.get_by_role("button", name="立即充值").click()
    page.get_by_role("radio", name="余额").check()
    page.get_by_role("button", name="立即付款").click()
    page.wait_for_url("**/kalegou/orders/**")

    page.goto("/")
    again = page.get_by_role("button", name="再次为 19910204466 充 50 元")
    price = money(again)
    again.click()
    expect(page.locator("main")).to_contain_text("刚为这个号码下过同样的单")
    page.get_by_role("radio", name="余额").check()
    page.get_by_role("button", name="立即付款").click()
    page.wait_for_url("**/kalegou/orders/**")
    second = page.url
    assert price > 0

    def is_delivered() -> bool:
        page.goto(second)  # nothing moves by itself without script
        return page.get_by_role("heading", level=1).inner_text() == DELIVERED

    wait_until(is_delivered)
