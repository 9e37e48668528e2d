"""Coupons as members and staff see them."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from html import unescape

import pytest
from django.test import Client
from django.utils import timezone

from catalog.models import SKU
from kalegou.models import Coupon, CouponGrant, Member
from ledger.services import balance
from orders.models import Order
from tests import world
from tests.kalegou import shop
from tests.kalegou.coupons import give, make_coupon

pytestmark = pytest.mark.django_db


@pytest.fixture
def sku() -> SKU:
    return shop.make_cards(5, list_price="50")


@pytest.fixture
def member() -> Member:
    return shop.make_member("120")


@pytest.fixture
def browser(client: Client, member: Member) -> Client:
    shop.log_in(client, member)
    client.cookies["django_language"] = "en"
    return client


def link_of(page: str, words: str) -> str:
    """Where the link with these words leads."""
    [address] = re.findall(rf'href="([^"]+)"[^>]*>{words}</a>', page)
    return unescape(address)


def test_the_best_one_comes_off_another_is_chosen_and_none_is(browser, member, sku) -> None:
    give(make_coupon(amount="3"), member)
    give(make_coupon(percent="20", name_en="Fifth"), member)
    give(make_coupon(amount="40", min_spend=Decimal(60)), member)
    page = browser.get(shop.checkout_of(browser, sku)).text
    assert "Fifth: 20% off" in page
    assert "−¥10.00" in page
    listed = browser.get(link_of(page, "Change")).text
    assert "¥10.00 more" in listed
    assert listed.index("−¥10.00") < listed.index("−¥3.00")
    without = browser.get(link_of(listed, "Go on without a coupon")).text
    assert "No coupon on this order" in without

    second = unescape(re.findall(r'href="([^"]+)"[^>]*>Use it</a>', listed)[1])
    answer = browser.post(second, {"payment": "wallet", "seen_coupon": "10.00"})
    assert answer.status_code == 409  # another amount than the person saw
    assert not Order.objects.exists()
    browser.post(second, {"payment": "wallet", "seen_coupon": "3.00"})
    order = Order.objects.get()
    assert (order.total, balance(member.wallet_id)) == (Decimal(47), Decimal(73))
    page = browser.get(f"/kalegou/orders/{order.order_no}/").text
    assert "−¥3.00" in page
    world.refund(order, order.total)
    assert "It is yours again" in browser.get(f"/kalegou/orders/{order.order_no}/").text


def test_a_code_is_typed_at_the_checkout_and_a_wrong_one_stays_with_the_reason(
    browser, member, sku
) -> None:
    make_coupon("TAKE5")
    address = shop.checkout_of(browser, sku)
    page = browser.get(f"{address}&coupon=TAKE6").text
    assert "There is no such coupon" in page
    assert 'value="TAKE6"' in page
    assert "aria-invalid" in page
    address = f"{address}&coupon=take5"
    assert "−¥5.00" in browser.get(address).text
    Coupon.objects.update(stopped_at=timezone.now())
    answer = browser.post(address, {"payment": "wallet", "seen_coupon": "5.00"})
    assert (answer.status_code, Order.objects.count()) == (409, 0)
    Coupon.objects.update(stopped_at=None)
    assert browser.post(address, {"payment": "wallet", "seen_coupon": "5.00"}).status_code == 302
    assert Order.objects.get().total == 45


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_wallet_of_coupons_has_tabs_and_keeps_a_code(
    browser, member, sku, language, django_assert_num_queries
) -> None:
    browser.cookies["django_language"] = language
    page = "/kalegou/account/coupons/"
    assert browser.get(page).status_code == 200
    ended = timezone.now() - timedelta(days=1)
    give(make_coupon(name="过期的", name_en="Gone"), member, expires_at=ended)
    make_coupon("KEEP", name="留着的", name_en="Kept")
    assert browser.post(page, {"code": "nothing"}).status_code == 422
    assert browser.post(page, {"code": ""}).status_code == 422
    browser.post(page, {"code": "keep"})
    kept, gone = ("Kept", "Gone") if language == "en" else ("留着的", "过期的")
    listed = browser.get(page).text
    assert kept in listed
    assert gone not in listed
    assert gone in browser.get(f"{page}?show=over").text
    shop.buy_cards(browser, sku)
    assert kept not in browser.get(page).text.split("<aside")[0]
    assert Order.objects.get().order_no in browser.get(f"{page}?show=used").text
    for _ in range(25):
        give(make_coupon(), member)
    with django_assert_num_queries(9):
        browser.get(page)


class TestStaff:
    @pytest.fixture
    def desk(self, admin_client: Client) -> Client:
        admin_client.cookies["django_language"] = "en"
        return admin_client

    FORM = {
        "name": "满减", "name_en": "Five off", "code": "five", "kind": "fixed", "amount": "15",
        "min_spend": "0", "scope": "all", "per_member": "1", "starts_at_0": "2026-01-01",
        "starts_at_1": "00:00:00", "ends_at_0": "", "ends_at_1": "",
    }  # fmt: skip

    def test_a_coupon_is_made_and_its_loss_is_shown(self, desk, sku) -> None:
        add = "/admin/kalegou/coupon/add/"
        for wrong in ({"amount": ""}, {"kind": "percent"}, {"scope": "skus"}, {"code": "x!"}):
            assert desk.post(add, {**self.FORM, **wrong}).status_code == 200
            assert not Coupon.objects.exists()
        assert desk.post(add, self.FORM).status_code == 302
        coupon = Coupon.objects.get()
        assert (coupon.code, coupon.created_by is not None) == ("FIVE", True)
        page = desk.get(f"/admin/kalegou/coupon/{coupon.pk}/change/").text
        assert "It isn&#x27;t taken for these orders" in page
        assert "−¥5.00" in page  # 50 − 15 − 40
        assert desk.get("/admin/kalegou/coupon/?state=running").status_code == 200

    def test_what_was_promised_stays_and_counts_arent_overwritten(self, desk, member, sku) -> None:
        coupon = make_coupon("FIVE", budget=Decimal(100))
        page = f"/admin/kalegou/coupon/{coupon.pk}/change/"
        form = desk.get(page).text
        assert 'name="amount"' in form
        give(coupon, member)
        assert 'name="amount"' not in desk.get(page).text
        Coupon.objects.filter(pk=coupon.pk).update(used_count=2, used_amount=10)
        answer = desk.post(page, {**self.FORM, "budget": "9"})
        assert "used ¥10.00 of it" in answer.text
        assert desk.post(page, {**self.FORM, "budget": "50"}).status_code == 302
        coupon.refresh_from_db()
        assert (coupon.budget, coupon.used_count) == (Decimal(50), 2)
        assert coupon.amount == 5

    def test_it_is_given_to_members_by_name_or_level(self, desk, member) -> None:
        coupon = make_coupon(is_public=False)
        page = f"/admin/kalegou/coupon/{coupon.pk}/grant/"
        wrong = desk.post(page, {"reference": "r", "members": "nobody", "reason": "x"})
        assert "nobody" in wrong.text
        assert "Name a member" in desk.post(page, {"reference": "r", "reason": "x"}).text
        form = {"reference": "r", "levels": [member.level.pk], "reason": "thanks"}
        assert desk.post(page, form).status_code == 302
        assert CouponGrant.objects.get().member == member

    def test_others_may_not(self, client: Client) -> None:
        coupon = make_coupon()
        client.force_login(
            world.make_user(is_staff=True), backend="users.backends.PhoneOrUsernameBackend"
        )
        for action in ("grant", "stop", "resume"):
            answer = client.post(f"/admin/kalegou/coupon/{coupon.pk}/{action}/", {"reason": "x"})
            assert answer.status_code == 403
