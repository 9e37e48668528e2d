"""The agents' job, by hand: buy codes at the tier's price, and the upline earns."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import NewPerson
from tests.e2e.steps import log_in, money
from tests.product import PASSWORD

pytestmark = pytest.mark.e2e

# 95% and 91.5% of the list price of ¥99.50, to the fen.
LEVEL2_PRICE = Decimal("94.53")
LEVEL1_PRICE = Decimal("91.04")
GENERATION_RATE = Decimal("0.003")


def test_an_agent_buys_codes_at_its_price_and_the_upline_sees_the_commission(
    person: NewPerson,
) -> None:
    erji = person()
    log_in(erji, "erji", to="/kameng/")
    before = money(erji.locator(".balance-chip"))

    erji.get_by_role("link", name="商品采购").click()
    search = erji.locator("main").get_by_role("search")
    search.get_by_label("搜索").fill("steam")
    search.get_by_role("button", name="搜索").click()
    erji.get_by_role("link", name="采购 Steam 钱包充值卡 100元").click()
    expect(erji.locator("#quote")).to_contain_text(f"¥{LEVEL2_PRICE}")
    erji.get_by_label("数量").fill("2")
    total = 2 * LEVEL2_PRICE
    expect(erji.locator("#quote .pay-bar-amount")).to_contain_text(f"{total}")
    erji.get_by_role("button", name="核对订单").click()
    erji.get_by_role("button", name=f"确认支付 ¥{total}").click()

    erji.get_by_role("button", name="查看卡密").click()
    codes = erji.locator("#codes .code")
    expect(codes).to_have_count(2)
    shown = [codes.nth(place).get_attribute("data-code") for place in range(2)]
    assert len(set(shown)) == 2
    assert all(re.fullmatch(r"\d{16} [A-Z0-9]{4}(-[A-Z0-9]{4}){3}", code or "") for code in shown)
    erji.get_by_role("button", name="全部复制").click()
    expect(erji.get_by_text("已复制").first).to_be_visible()
    assert erji.evaluate("navigator.clipboard.readText()") == "\n".join(str(code) for code in shown)
    expect(erji.locator(".balance-chip")).to_contain_text(f"¥{before - total:,.2f}")
    order_no = erji.url.rstrip("/").rpartition("/")[2]

    yiji = person()
    log_in(yiji, "yiji", to="/kameng/commissions/")
    row = yiji.get_by_role("row").filter(has_text=order_no)
    difference = 2 * (LEVEL2_PRICE - LEVEL1_PRICE)
    share = (total * GENERATION_RATE).quantize(Decimal("0.0001"), rounding="ROUND_DOWN")
    expect(row.locator("[data-label=金额]")).to_contain_text(f"¥{difference + share}")
    expect(row).to_contain_text("待结算")


def test_a_newcomer_applies_by_invite_link_is_approved_and_sees_prices(
    person: NewPerson,
) -> None:
    yiji = person()
    log_in(yiji, "yiji", to="/kameng/invite/")
    invitation = yiji.locator("#invite-link").inner_text().strip()

    newcomer = person()
    newcomer.goto(invitation)
    newcomer.get_by_role("link", name="注册账号").click()
    newcomer.get_by_label("手机号或用户名").fill("laozhang")
    newcomer.get_by_label("密码", exact=True).fill(PASSWORD)
    newcomer.get_by_role("button", name="注册", exact=True).click()
    newcomer.get_by_label("姓名或公司名称").fill("张建国")
    newcomer.get_by_label("证件号码").fill("440301198503120014")
    newcomer.locator("[name=contact_phone]").fill("13900005678")
    for side in ("身份证人像面", "身份证国徽面"):
        newcomer.get_by_label(side).set_input_files(
            {"name": "id.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4\n%%EOF\n"}
        )
    newcomer.get_by_role("button", name="提交申请").click()
    expect(newcomer.get_by_role("heading", name="你的申请")).to_be_visible()
    newcomer.goto("/kameng/products/")
    expect(newcomer.locator("main")).not_to_contain_text("¥")

    staff = person()
    log_in(staff, "admin", to="/admin/kameng/application/")
    staff.get_by_role("link", name="张建国").click()
    staff.get_by_role("link", name="通过…").click()
    staff.get_by_role("button", name="通过 张建国 的申请").click()
    expect(staff.get_by_text("张建国 已成为代理").first).to_be_visible()

    newcomer.goto("/kameng/products/?q=steam")
    row = newcomer.get_by_role("row").filter(has_text="Steam 钱包充值卡 100元")
    expect(row.locator("[data-label=你的价格]")).to_contain_text(f"¥{LEVEL2_PRICE}")
