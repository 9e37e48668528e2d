"""One's own data as a file, and closing the account: what goes, stays, and stands in the way."""

from __future__ import annotations

import json
import zipfile
from datetime import date, timedelta
from io import BytesIO

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from kalegou.models import CodeMail, Member, SavedNumber
from kalegou.services import remember_number
from orders.models import Order
from tests import phones, world
from tests.kalegou import shop
from users import personal
from users.models import AuditLog, Device, Notice, User
from users.personal import CannotClose, close_account

pytestmark = pytest.mark.django_db
DATA, CLOSE = "/account/data/", "/account/close/"


@pytest.fixture
def member(client) -> Member:
    """With an order, a saved number and an empty wallet."""
    member = shop.make_member("50")
    member.user.phone, member.user.email = phones.new_phone(), "otter@example.com"
    member.user.first_name = "小明"
    member.user.save()
    client.post("/account/login/", {"username": member.user.phone, "password": world.PASSWORD})
    shop.buy_cards(client, shop.make_cards(2, list_price="50"))
    remember_number(member=member, phone="13826507719")
    return member


def test_the_file_holds_what_is_mine_and_nothing_of_others(client, member) -> None:
    other = shop.make_member("100")
    shop.buy_cards(shop.log_in(Client(), other), shop.make_cards(1, list_price="50"))
    answer = client.get(DATA)
    content = b"".join(answer.streaming_content)
    with zipfile.ZipFile(BytesIO(content)) as archive:
        files = {name: json.loads(archive.read(name)) for name in archive.namelist()}
    mine, theirs = (Order.objects.get(buyer=user) for user in (member.user, other.user))
    assert [order["order_no"] for order in files["orders.json"]] == [mine.order_no]
    assert files["profile.json"][0]["email"] == "otter@example.com"
    assert files["saved_numbers.json"][0]["phone"] == "13826507719"
    assert {posting["kind"] for posting in files["wallet.json"]} == {"deposit", "order_placed"}
    text = json.dumps(files)
    assert theirs.order_no not in text
    assert member.user.password not in text
    assert AuditLog.objects.filter(action="export_own_data", actor=member.user).exists()
    with time_machine.travel(timezone.now() + timedelta(minutes=11)):
        assert client.get(DATA).headers["Location"].startswith("/account/confirm/")


def test_closing_lets_go_of_the_person_and_keeps_the_books(client, member) -> None:
    phone = member.user.phone
    order = Order.objects.get()
    mail = CodeMail.objects.create(order=order, asked_by=member.user, address="otter@example.com")
    Member.objects.filter(pk=member.pk).update(birthday=date(1990, 5, 1))
    assert client.post(CLOSE, {}).status_code == 422
    assert client.post(CLOSE, {"understood": "on"}).status_code == 200
    person = User.objects.get(pk=member.user_id)
    assert (person.is_active, person.phone, person.email) == (False, None, "")
    assert person.get_full_name() == ""
    assert not person.has_usable_password()
    assert not SavedNumber.objects.exists()
    mail.refresh_from_db()
    assert (mail.address, mail.next_attempt_at) == ("", None)
    assert Member.objects.get(pk=member.pk).birthday is None
    assert not Notice.objects.filter(user=person).exists()
    assert not Device.objects.filter(user=person, ended_at=None).exists()
    assert client.get("/kalegou/account/").status_code == 302
    order.refresh_from_db()
    assert order.buyer_id == person.pk
    assert AuditLog.objects.filter(action="close_account", actor=person).exists()
    assert world.books_are_clean()
    client.post("/account/login/code/", {"phone": phone})
    client.post("/account/login/code/enter/", {"code": phones.code_for(phone or "")})
    assert User.objects.get(phone=phone).pk != person.pk


def test_money_open_orders_and_roles_stand_in_the_way(client, settings) -> None:
    member = shop.make_member("10")
    settings.PAYMENT_SANDBOX_URL = "http://127.0.0.1:9"
    shop.log_in(client, member)
    shop.buy_cards(client, shop.make_cards(1, list_price="50"), payment="sandbox")
    agent, staff = world.make_agent().user, world.make_user(is_staff=True)
    for person, count in ((member.user, 3), (agent, 1), (staff, 1)):
        with pytest.raises(CannotClose) as refusal:
            close_account(person=person)
        assert len(refusal.value.reasons) == count
        person.refresh_from_db()
        assert person.is_active
    page = client.post(CLOSE, {"understood": "on"})
    assert page.status_code == 409
    assert "¥10.00" in page.text
    assert personal.obstacles(world.make_user()) == []
