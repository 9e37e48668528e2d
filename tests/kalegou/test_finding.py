"""Finding a guest's order again: not by guessing, only with the phone that was left with it."""

from __future__ import annotations

import pytest
from django.test import Client

from kalegou.contacts import Contact
from kalegou.services import keep_contact
from orders.models import Order
from tests import phones
from tests.kalegou import shop
from users.models import AuditLog, OutgoingText

pytestmark = pytest.mark.django_db
FIND, ENTER = "/kalegou/find-order/", "/kalegou/find-order/code/"


@pytest.fixture
def phone() -> str:
    return phones.new_phone()


@pytest.fixture
def order(settings, phone) -> Order:
    settings.PAYMENT_SANDBOX_URL = "http://127.0.0.1:9"
    client = Client()
    client.post(
        shop.checkout_of(client, shop.make_cards(2)),
        {"payment": "sandbox", "contact_phone": phone},
    )
    return Order.objects.get()


def page_of(order: Order) -> str:
    return f"/kalegou/orders/{order.order_no}/"


def test_the_number_and_a_code_open_the_order_for_this_session(client, order, phone) -> None:
    assert client.get(page_of(order)).status_code == 404
    assert FIND in client.get("/kalegou/orders/").text
    answer = client.post(FIND, {"order_no": f" {order.order_no} ", "phone": phone})
    assert answer.headers["Location"] == ENTER
    answer = client.post(ENTER, {"code": phones.code_for(phone)})
    assert answer.headers["Location"] == page_of(order)
    assert client.get(page_of(order)).status_code == 200
    assert Client().get(page_of(order)).status_code == 404
    assert AuditLog.objects.get(action="find_order").target == f"order:{order.order_no}"


def test_wrong_order_and_wrong_phone_get_the_same_answer_and_no_message(order, phone) -> None:
    stranger = phones.new_phone()
    said = []
    for order_no, number in [
        (order.order_no, phone),
        (order.order_no, stranger),
        (order.order_no[:-1] + "7", phones.new_phone()),
    ]:
        client = Client()
        client.post(FIND, {"order_no": order_no, "phone": number})
        page = client.get(ENTER).text
        wrong = client.post(ENTER, {"code": "000000"})
        said.append((len(page), wrong.status_code, wrong.text.count("id_code_error")))
    assert len(set(said)) == 1
    assert [text.phone for text in OutgoingText.objects.all()] == [phone]


def test_a_code_for_one_order_opens_no_other(client, order, phone) -> None:
    other = Order.objects.create(
        **{
            field.attname: getattr(order, field.attname)
            for field in Order._meta.concrete_fields
            if field.name not in {"id", "order_no", "client_ref", "created_at"}
        },
        order_no="260101000000000001",
        client_ref="another",
    )
    keep_contact(order=other, contact=Contact(phone=phone))
    client.post(FIND, {"order_no": order.order_no, "phone": phone})
    code = phones.code_for(phone)
    phones.let_a_minute_pass(phone)
    client.post(FIND, {"order_no": other.order_no, "phone": phone})
    if code != phones.code_for(phone):
        assert client.post(ENTER, {"code": code}).status_code == 422
    assert client.get(page_of(order)).status_code == 404


def test_a_members_order_is_not_found_this_way(client, phone) -> None:
    member = shop.make_member("100")
    member.user.phone = phone
    member.user.save()
    order = shop.buy_cards(shop.log_in(Client(), member), shop.make_cards(1))
    client.post(FIND, {"order_no": order.order_no, "phone": phone})
    assert not OutgoingText.objects.exists()


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"order_no": "", "phone": "13800000000"}, "order_no"),
        ({"order_no": "26' OR 1=1", "phone": "13800000000"}, "order_no"),
        ({"order_no": "260101000000000001", "phone": "123"}, "phone"),
    ],
)
def test_mistakes_are_told_beside_their_field(client, fields, wrong) -> None:
    answer = client.post(FIND, fields)
    assert answer.status_code == 422
    assert f"id_{wrong}_error" in answer.text


def test_guessing_codes_ends_after_five_tries(client, order, phone) -> None:
    client.post(FIND, {"order_no": order.order_no, "phone": phone})
    right = phones.code_for(phone)
    for _ in range(5):
        client.post(ENTER, {"code": phones.other_than(right)})
    assert client.post(ENTER, {"code": right}).status_code == 422
    assert client.get(page_of(order)).status_code == 404
