"""Every main page: in English as well, narrow, for everybody, and without script."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.e2e.conftest import NewPerson
from tests.e2e.steps import DELIVERED, at_the_cashier, go_to_the_cashier, log_in
from tests.sandboxes import wait_until

pytestmark = pytest.mark.e2e

GUEST_PAGES = (
    "/",
    "/kalegou/topup/?phone=13826507719",
    "/kalegou/products/",
    "/kalegou/products/steam/",
    "/kalegou/orders/",
    "/kalegou/help/",
    "/account/login/",
    "/account/signup/",
    "/kameng/",
    "/kameng/apply/",
)
MEMBER_PAGES = ("/kalegou/account/", "/kalegou/account/wallet/", "/kalegou/account/points/")
AGENT_PAGES = (
    "/kameng/",
    "/kameng/products/",
    "/kameng/products/steam/",
    "/kameng/orders/",
    "/kameng/funds/",
    "/kameng/funds/deposit/",
    "/kameng/commissions/",
    "/kameng/downline/",
    "/kameng/invite/",
    "/kameng/more/",
)
VISITORS = pytest.mark.parametrize(
    ("username", "paths"),
    [("", GUEST_PAGES), ("xiaoming", MEMBER_PAGES), ("yiji", AGENT_PAGES)],
    ids=["guest", "member", "agent"],
)


def visit(page: Page, path: str) -> None:
    response = page.goto(path)
    assert response is not None
    assert response.status == 200, path


@VISITORS
def test_pages_fit_a_phone_and_everybody(
    person: NewPerson, username: str, paths: Sequence[str]
) -> None:
    page = person(on_phone=True)
    if username:
        log_in(page, username, to=paths[0])
    problems = []
    for path in paths:
        visit(page, path)
        width = page.evaluate("document.documentElement.scrollWidth")
        if width > 390:
            problems.append(f"{path} is {width} wide")
        for violation in Axe().run(page).response["violations"]:
            if violation["impact"] in ("serious", "critical"):
                places = [node["target"] for node in violation["nodes"][:3]]
                problems.append(f"{path}: {violation['id']} {places}")
    assert problems == []


# Names of people and shops stay as they are; so does the switch back to Chinese.
NAMES = re.compile(
    r"中文|小明|我的手机|妈妈|华南总代|深圳恒讯数码|福田小陈充值店|龙岗阿强数码|宝安云点卡铺|张建国"
)
CHINESE = re.compile(r"[\u4e00-\u9fff]+")


@VISITORS
def test_the_switch_leaves_no_chinese_behind(
    person: NewPerson, username: str, paths: Sequence[str]
) -> None:
    page = person()
    if username:
        log_in(page, username, to=paths[0])
    else:
        visit(page, paths[0])
    page.get_by_role("button", name="Switch to English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    left = {}
    for path in paths:
        visit(page, path)
        text = NAMES.sub("", page.locator("body").inner_text())
        if found := CHINESE.findall(text):
            left[path] = found
    assert left == {}


def test_a_guest_orders_without_script(person: NewPerson) -> None:
    page = person(script=False)
    page.goto("/kalegou/topup/?phone=13826504444")
    page.locator(".denom", has_text="50").first.click()
    page.get_by_role("button", name="立即充值").click()
    go_to_the_cashier(page)
    at_the_cashier(page, "支付成功")

    def is_delivered() -> bool:
        page.reload()
        return page.get_by_role("heading", level=1).inner_text() == DELIVERED

    wait_until(is_delivered)


def test_an_agent_orders_without_script(person: NewPerson) -> None:
    page = person(script=False)
    log_in(page, "yiji", to="/kameng/")
    page.goto("/kameng/products/shengqu/?sku=shengqu-30")
    page.get_by_role("button", name="核对订单").click()
    page.get_by_role("button", name=re.compile("^确认支付")).click()
    page.get_by_role("button", name="查看卡密").click()
    expect(page.locator("#codes .code")).to_have_count(1)
