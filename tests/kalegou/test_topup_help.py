"""The top-up page tells why, how fast and what instead; numbers are kept; once more is one tap."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from catalog.models import SKU, Carrier, Speed
from kalegou.lane_times import forget_measured
from kalegou.models import Member
from kalegou.services import remember_number, save_number
from orders.models import Order
from orders.services import apply_outcome, place_order
from suppliers.models import MaintenanceWindow, Offer
from suppliers.outcomes import Outcome, OutcomeKind
from tests import world
from tests.kalegou import shop
from ui.formats import moment
from users.phones import normalise_mobile

pytestmark = pytest.mark.django_db
PARTS = "/kalegou/topup/amounts/"
NUMBERS = "/kalegou/account/numbers/"


@pytest.fixture
def mobile() -> list[SKU]:
    forget_measured()
    skus = shop.make_carrier(Carrier.MOBILE, 50, 100)
    (slow,) = shop.make_carrier(Carrier.MOBILE, 50, speed=Speed.SLOW)
    SKU.objects.filter(pk=slow.pk).update(list_price=47)
    return skus


def parts(client: Client, **typed: str) -> str:
    answer = client.get(PARTS, {"phone": shop.MOBILE_NUMBER, **typed}, HTTP_ACCEPT_LANGUAGE="zh")
    return shop.text_of(answer.content)


@pytest.mark.parametrize(
    "typed",
    [
        "+86 138-2650-7719",
        "0086 138 2650 7719",
        "(86)13826507719",
        "１３８ ２６５０ ７７１９",
        "\u202d+86\u00a0138\u20142650\u20147719\u202c",
        "138.2650.7719",
    ],
)
def test_a_number_is_taken_as_people_write_it(typed: str) -> None:
    assert normalise_mobile(typed) == shop.MOBILE_NUMBER


def test_planned_maintenance_tells_its_end_and_what_to_take_instead(client, mobile) -> None:
    offer = Offer.objects.get(sku=mobile[0])
    now = timezone.now()
    ends_at = now + timedelta(hours=2)
    MaintenanceWindow.objects.create(
        offer=offer, starts_at=now - timedelta(hours=1), ends_at=ends_at, reason="升级"
    )
    text = parts(client, sku=mobile[0].code)
    assert f"计划维护，到 {moment(ends_at)} 结束" in text
    assert "可改充：50 元，售价 ¥47.00" in text


def test_what_isnt_for_the_numbers_province_is_refused_before_paying(client, mobile) -> None:
    Offer.objects.filter(sku=mobile[0]).update(provinces=["北京"])
    assert "该运营商在此省份的号码暂时没有渠道可充" in parts(client)  # of Guangdong
    answer = client.post(
        "/kalegou/topup/",
        {"phone": shop.MOBILE_NUMBER, "for_number": shop.MOBILE_NUMBER, "sku": mobile[0].code},
    )
    assert answer.status_code == 422


def test_an_amount_above_the_limit_says_what_is_left(client, mobile) -> None:
    member = shop.make_member("500")
    member.own_daily_limit = Decimal(60)
    member.save()
    text = parts(shop.log_in(client, member))
    assert "今天还剩 ¥60.00" in text
    assert "超出限额" in text


def test_both_lanes_show_their_price_and_the_time_that_was_measured(client, mobile) -> None:
    member = shop.make_member("500")
    for seconds in range(20, 25):
        deliver(member, mobile[0], seconds=seconds)
    forget_measured()
    text = parts(client, sku=mobile[0].code)
    assert "一半在 22 秒内到账" in text
    assert "便宜 ¥2.50" in text


def deliver(member: Member, sku: SKU, *, seconds: int) -> None:
    order = place_order(
        channel="retail",
        buyer=member.user,
        sku=sku,
        quantity=1,
        client_ref=f"r{seconds}",
        account={"phone": shop.MOBILE_NUMBER},
    ).order
    attempt = world.begin(order)
    assert attempt is not None
    apply_outcome(fulfilment_id=attempt.pk, outcome=Outcome(OutcomeKind.DELIVERED), source="query")
    paid_at = timezone.now() - timedelta(minutes=5)
    Order.objects.filter(pk=order.pk).update(
        paid_at=paid_at, finished_at=paid_at + timedelta(seconds=seconds)
    )


def buy(client: Client, sku: SKU, *, phone: str = shop.MOBILE_NUMBER) -> Order:
    chosen = {"phone": phone, "for_number": phone, "sku": sku.code, "carrier": "mobile"}
    checkout = client.post("/kalegou/topup/", chosen).headers["Location"]
    client.post(checkout, {"payment": "sandbox"})
    return Order.objects.latest("pk")


def test_a_guests_numbers_are_of_this_browser_and_can_be_cleared(client, mobile) -> None:
    buy(client, mobile[0])
    assert "138 2650 7719" in client.get("/kalegou/topup/").content.decode()
    assert "138 2650 7719" not in Client().get("/kalegou/topup/").content.decode()
    client.post("/kalegou/topup/recent/clear/")
    assert "138 2650 7719" not in client.get("/kalegou/topup/").content.decode()


def test_numbers_are_added_named_found_and_removed(client) -> None:
    member = shop.make_member()
    shop.log_in(client, member)
    client.post(NUMBERS, {"phone": "+86 138 2650 7719", "label": " 妈妈 ", "add": "1"})
    client.post(NUMBERS, {"phone": shop.UNICOM_NUMBER, "label": "", "add": "1"})
    text = shop.text_of(client.get(NUMBERS, {"q": "妈"}).content)
    assert "妈妈" in text
    assert "186 0755" not in text
    refused = client.post(NUMBERS, {"phone": shop.MOBILE_NUMBER, "label": "名" * 31})
    assert refused.status_code == 422
    assert "名" * 31 in refused.content.decode()
    client.post(NUMBERS, {"phone": shop.MOBILE_NUMBER, "forget": "1"})
    assert member.saved_numbers.get().phone == shop.UNICOM_NUMBER


def test_a_name_of_somebody_elses_list_stays(client) -> None:
    owner = shop.make_member()
    save_number(member=owner, phone=shop.MOBILE_NUMBER, label="我的")
    shop.log_in(client, shop.make_member())
    client.post(NUMBERS, {"phone": shop.MOBILE_NUMBER, "label": "别人"})
    assert owner.saved_numbers.get().label == "我的"


def test_once_more_from_home_shows_the_new_price_and_makes_one_order(client, mobile) -> None:
    member = shop.make_member("500")
    shop.log_in(client, member)
    remember_number(member=member, phone=shop.MOBILE_NUMBER)
    with time_machine.travel(timezone.now() - timedelta(days=30)):
        first = pay_from_wallet(client, mobile[0])
    SKU.objects.filter(pk=mobile[0].pk).update(list_price=51)
    again = f"/kalegou/orders/{first.order_no}/again/"
    assert again in client.get("/").content.decode()
    checkout = client.post(again).headers["Location"]
    text = shop.text_of(client.get(checkout, HTTP_ACCEPT_LANGUAGE="zh").content)
    assert "当时 ¥49.50，现在 ¥51.00" in text
    for _ in range(2):  # a double tap
        client.post(checkout, {"payment": "wallet", "seen_price": "51"})
    assert Order.objects.filter(sku=mobile[0]).count() == 2
    # And who comes back at once is asked whether it was meant.
    twin = client.get(client.post(again).headers["Location"], HTTP_ACCEPT_LANGUAGE="zh")
    assert "刚为这个号码下过同样的单" in shop.text_of(twin.content)


def pay_from_wallet(client: Client, sku: SKU) -> Order:
    chosen = {
        "phone": shop.MOBILE_NUMBER,
        "for_number": shop.MOBILE_NUMBER,
        "sku": sku.code,
        "carrier": "mobile",
    }
    checkout = client.post("/kalegou/topup/", chosen).headers["Location"]
    client.post(checkout, {"payment": "wallet"})
    return Order.objects.latest("pk")


def test_an_amount_that_isnt_sold_any_more_leads_back_to_the_number(client, mobile) -> None:
    shop.log_in(client, shop.make_member("500"))
    order = pay_from_wallet(client, mobile[0])
    SKU.objects.filter(pk=mobile[0].pk).update(is_on_sale=False)
    answer = client.post(f"/kalegou/orders/{order.order_no}/again/")
    assert answer.headers["Location"] == f"/kalegou/topup/?phone={shop.MOBILE_NUMBER}"


def test_the_topup_page_shows_the_contract_behind_the_carrier(client, mobile) -> None:
    product = mobile[0].product
    product.is_official = True
    product.save()
    contract = world.make_contract(product)
    text = parts(client, sku=mobile[0].code)
    assert "官方授权" in text
    assert contract.number in text
    slow = parts(client, sku=mobile[0].code, speed="slow")
    assert contract.number not in slow
    assert "非官方渠道" in slow
