"""The top-up page: a number is recognised, amounts follow it, nothing wrong goes on from it."""

from __future__ import annotations

import pytest
from django.test import Client

from catalog.models import SKU, Carrier, Speed
from kalegou.lane_times import lane_times
from kalegou.services import remember_number
from suppliers.models import Offer
from tests.kalegou import shop

pytestmark = pytest.mark.django_db
PAGE = "/kalegou/topup/"
PARTS = "/kalegou/topup/amounts/"


@pytest.fixture
def mobile() -> list[SKU]:
    skus = shop.make_carrier(Carrier.MOBILE, 50, 100)
    shop.make_carrier(Carrier.MOBILE, 100, speed=Speed.SLOW)
    return skus


@pytest.fixture
def unicom(mobile: list[SKU]) -> list[SKU]:
    return shop.make_carrier(Carrier.UNICOM, 50, 100)


def submit(client: Client, **fields: str):
    return client.post(PAGE, fields)


def test_carrier_and_province_are_shown_while_typing(client, unicom) -> None:
    text = shop.text_of(client.get(PARTS, {"phone": "186 0755 3321"}).content)
    assert "中国联通" in text or "China Unicom" in text
    assert "广东 深圳" in text


def test_the_amounts_are_those_of_the_recognised_carrier(client, unicom) -> None:
    content = client.get(PARTS, {"phone": shop.UNICOM_NUMBER}).content.decode()
    assert "unicom-fast-100" in content
    assert "mobile-fast-100" not in content


def test_a_ported_number_gets_the_carrier_that_the_person_chose(client, unicom) -> None:
    fields = {
        "phone": shop.MOBILE_NUMBER,
        "for_number": shop.MOBILE_NUMBER,
        "carrier": "unicom",
        "sku": "unicom-fast-100",
    }
    assert "unicom-fast-100" in client.get(PARTS, fields).content.decode()
    assert submit(client, **fields).status_code == 302


def test_a_choice_of_carrier_doesnt_stick_to_the_next_number(client, unicom) -> None:
    fields = {
        "phone": shop.UNICOM_NUMBER,
        "for_number": shop.MOBILE_NUMBER,
        "carrier": "mobile",
    }
    assert "unicom-fast-50" in client.get(PARTS, fields).content.decode()


def test_a_saved_number_remembers_its_carrier(client, unicom) -> None:
    member = shop.make_member()
    remember_number(member=member, phone=shop.MOBILE_NUMBER, carrier="unicom")
    content = shop.log_in(client, member).get(PAGE).content.decode()
    assert "138 2650 7719" in content
    assert "unicom-fast-100" in content


def test_without_script_the_amounts_of_the_right_carrier_come_back_before_any_order(
    client, unicom
) -> None:
    # The page was drawn for no number yet, so it showed China Mobile.
    answer = submit(client, phone=shop.UNICOM_NUMBER, for_number="", sku="mobile-fast-100")
    assert answer.status_code == 422
    content = answer.content.decode()
    assert 'value="unicom-fast-100" checked' in content
    assert "amount-problem" in content


def test_choosing_another_amount_moves_only_the_total(client, mobile) -> None:
    answer = client.get(
        PARTS,
        {"phone": shop.MOBILE_NUMBER, "sku": "mobile-fast-50"},
        headers={"HX-Request": "true", "HX-Trigger-Name": "sku"},
    )
    assert answer.headers["HX-Reswap"] == "none"
    assert "49" in shop.text_of(answer.content)


def test_slow_is_shown_when_it_is_chosen(client, mobile) -> None:
    content = client.get(PARTS, {"phone": shop.MOBILE_NUMBER, "speed": "slow"}).content.decode()
    assert "mobile-slow-100" in content
    assert "mobile-fast-100" not in content


@pytest.mark.parametrize(
    "typed",
    [
        "138 2650",
        "23800000000",
        "<script>alert(1)</script>",
        "1" * 5000,
        "138\x002650771",
        "１３８２６５０",
        "' OR 1=1 --",
        "",
    ],
)
def test_a_wrong_number_is_refused_beside_the_field_and_kept(client, mobile, typed) -> None:
    answer = submit(client, phone=typed, sku="mobile-fast-100", carrier="mobile")
    assert answer.status_code in (200, 422)
    content = answer.content.decode()
    assert 'id="id_phone_error"' in content
    assert "<script>alert" not in content


def test_an_amount_under_maintenance_says_so_and_cant_be_chosen(client, mobile) -> None:
    Offer.objects.filter(sku__code="mobile-fast-50").update(is_open=False)
    content = client.get(PARTS, {"phone": shop.MOBILE_NUMBER}).content.decode()
    assert 'value="mobile-fast-50" disabled' in content
    answer = submit(
        client, phone=shop.MOBILE_NUMBER, for_number=shop.MOBILE_NUMBER, sku="mobile-fast-50"
    )
    assert answer.status_code == 422


def test_a_supplier_that_would_lose_money_isnt_offered(client, mobile) -> None:
    Offer.objects.filter(sku__code="mobile-fast-50").update(cost=60)
    content = client.get(PARTS, {"phone": shop.MOBILE_NUMBER}).content.decode()
    assert 'value="mobile-fast-50" disabled' in content


def test_a_closed_supplier_closes_every_amount_before_anybody_pays(client, mobile) -> None:
    supplier = shop.any_supplier()
    supplier.is_open = False
    supplier.save()
    content = client.get(PAGE, {"phone": shop.MOBILE_NUMBER}).content.decode()
    assert 'form="topup" disabled' in content


@pytest.mark.parametrize("code", ["", "no-such-amount", "x" * 300, "unicom-fast-50\x00", "1;--"])
def test_an_invented_amount_is_refused(client, mobile, code) -> None:
    answer = submit(client, phone=shop.MOBILE_NUMBER, for_number=shop.MOBILE_NUMBER, sku=code)
    assert answer.status_code == 422


def test_a_carrier_that_we_dont_sell_for_shows_an_empty_shelf(client, mobile) -> None:
    answer = client.get(PAGE, {"phone": "19212345678"})  # China Broadnet
    assert answer.status_code == 200
    assert 'form="topup" disabled' in answer.content.decode()


def test_an_empty_shop_still_answers(client) -> None:
    for path in ("/", PAGE, PARTS, "/kalegou/products/"):
        assert client.get(path).status_code == 200


def test_more_amounts_and_carriers_cost_no_more_queries(
    client, mobile, django_assert_num_queries
) -> None:
    lane_times()  # once a minute
    with django_assert_num_queries(3):
        client.get(PAGE, {"phone": shop.MOBILE_NUMBER})
    shop.make_carrier(Carrier.TELECOM, *range(1, 31))
    shop.make_carrier(Carrier.UNICOM, *range(1, 31))
    with django_assert_num_queries(3):
        client.get(PAGE, {"phone": shop.UNICOM_NUMBER})
