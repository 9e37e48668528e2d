"""The shop in a bad hour: no script, no network; and pages that don't jump under the finger."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import NewPerson
from tests.e2e.steps import DELIVERED
from tests.sandboxes import wait_until

pytestmark = pytest.mark.e2e

# The sum of what moved without a touch since the page began (Cumulative Layout Shift).
WATCH_SHIFTS = """
window.shifted = 0;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifted += entry.value;
}).observe({ type: "layout-shift", buffered: true });
"""
PAGES = (
    "/",
    "/kalegou/topup/",
    "/kalegou/products/",
    "/kalegou/products/jd/",
    "/kalegou/promises/",
    "/kalegou/help/",
)


def test_pages_stand_still_and_say_when_there_is_no_network(person: NewPerson) -> None:
    page = person(on_phone=True)
    page.add_init_script(WATCH_SHIFTS)
    for path in PAGES:
        page.goto(path, wait_until="networkidle")
        page.evaluate("scrollTo(0, document.body.scrollHeight)")
        page.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
        assert page.evaluate("window.shifted") < 0.02, path

    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.context.set_offline(True)
    page.goto("/kalegou/topup/")
    expect(page.get_by_role("heading", level=1)).to_have_text("网络断开了")
    page.context.set_offline(False)
    page.get_by_role("link", name="再试一次").click()
    expect(page.get_by_placeholder("请输入手机号码")).to_be_visible()


def look_again_until(page: Page, headline: str) -> None:
    def arrived() -> bool:
        page.reload()
        return page.get_by_role("heading", level=1).inner_text() == headline

    wait_until(arrived)


def pay(page: Page) -> None:
    page.get_by_role("button", name="立即付款").click()
    page.get_by_role("button", name="支付成功", exact=True).click()
    page.wait_for_url("**/kalegou/orders/**")


def test_without_script_a_guest_buys_a_code_and_tops_up_a_phone(person: NewPerson) -> None:
    page = person(on_phone=True, script=False)
    page.goto("/")
    page.get_by_role("searchbox").first.fill("xingbake")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="星巴克").first.click()
    page.get_by_role("button", name="立即购买").click()
    pay(page)
    look_again_until(page, "卡密已到")
    page.get_by_role("button", name="查看 1 张卡密").click()
    expect(page.locator(".code-secret")).to_have_count(1)

    page.goto("/")
    page.get_by_placeholder("请输入手机号码").fill("13826506789")
    page.get_by_role("button", name="选择面额").click()
    page.locator(".denom", has_text="50").first.click()
    page.get_by_role("button", name="立即充值").click()
    pay(page)
    look_again_until(page, DELIVERED)
