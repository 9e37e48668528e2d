"""How to reach a guest: left at the checkout, added to on the order's page, never taken over."""

from __future__ import annotations

import pytest
from django.test import Client

from catalog.models import SKU
from kalegou.contacts import Contact, contact_of
from kalegou.models import OrderContact
from kalegou.services import keep_contact
from orders.models import Order
from tests import world
from tests.kalegou import shop

pytestmark = pytest.mark.django_db
LEFT = Contact("13826507719", "otter@example.com")


@pytest.fixture(autouse=True)
def _no_cashier(settings) -> None:
    settings.PAYMENT_SANDBOX_URL = "http://127.0.0.1:9"  # what is bought stays unpaid


@pytest.fixture
def sku() -> SKU:
    return shop.make_cards(5)


def buy(client: Client, sku: SKU, **left: str):
    return client.post(shop.checkout_of(client, sku), {"payment": "sandbox", **left})


def test_what_a_guest_leaves_stays_with_the_order_and_is_there_the_next_time(client, sku) -> None:
    buy(client, sku, contact_phone="+86 138 2650 7719", contact_email="otter@example.com")
    order = Order.objects.get()
    assert contact_of(order) == LEFT
    again = client.get(shop.checkout_of(client, sku)).text
    assert "138 2650 7719" in again
    assert "otter@example.com" in again
    page = client.get(f"/kalegou/orders/{order.order_no}/").text
    assert "138 **** 7719" in page
    assert "13826507719" not in page


def test_both_may_stay_empty(client, sku) -> None:
    assert buy(client, sku).status_code == 302
    assert not contact_of(Order.objects.get())
    assert not OrderContact.objects.exists()


@pytest.mark.parametrize(
    "wrong", [{"contact_phone": "123"}, {"contact_phone": "1" * 500}, {"contact_email": "otter@"}]
)
def test_a_mistake_is_told_beside_its_field_and_nothing_is_ordered(client, sku, wrong) -> None:
    answer = buy(client, sku, **wrong)
    assert answer.status_code == 422
    assert f"id_{next(iter(wrong))}_error" in answer.text
    assert not Order.objects.exists()


def test_what_is_missing_can_be_added_and_what_is_known_is_not_taken_over(client, sku) -> None:
    buy(client, sku, contact_phone="13826507719")
    order = Order.objects.get()
    address = f"/kalegou/orders/{order.order_no}/contact/"
    theirs = {"contact_phone": "13900000001", "contact_email": "otter@example.com"}
    assert client.post(address, theirs).status_code == 302
    assert contact_of(order) == LEFT
    client.post(address, {"contact_email": "somebody@example.com"})
    assert contact_of(order) == LEFT
    assert Client().post(address, theirs).status_code == 404


def test_a_member_is_reached_by_the_account(client, sku) -> None:
    member = shop.make_member("100")
    member.user.phone, member.user.email = "13900000002", "member@example.com"
    member.user.save()
    shop.log_in(client, member)
    assert "contact_phone" not in client.get(shop.checkout_of(client, sku)).text
    order = shop.buy_cards(client, sku)
    assert keep_contact(order=order, contact=LEFT) == Contact("13900000002", "member@example.com")
    assert not OrderContact.objects.exists()
    assert world.books_are_clean()
