"""A member's codes in one place behind the password, and sent to the buyer's own address again."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.test import Client
from django.utils import timezone

from kalegou.aftersale_errors import NoAddressKnown, SentTooOften
from kalegou.errors import NothingToReveal
from kalegou.models import CodeMail, Member, OrderContact
from kalegou.services.code_mails import send_code_mail, send_codes, sweep_code_mails
from orders.models import Order
from orders.queries import cards_of_order
from orders.services import place_order
from tests import world
from tests.kalegou import shop
from tests.threads import in_threads
from users.models import AuditLog, User

pytestmark = pytest.mark.django_db
VAULT = "/kalegou/account/codes/"


@pytest.fixture
def member() -> Member:
    return shop.make_member("500")


def buy(member: Member, quantity: int = 2, ref: str = "r") -> Order:
    sku = shop.make_cards(5, list_price="50", cost="40")
    return place_order(
        channel="retail", buyer=member.user, sku=sku, quantity=quantity, client_ref=ref
    ).order


def test_the_vault_opens_with_the_password_for_a_while_and_records_each_look(
    client: Client, member: Member
) -> None:
    order, other = buy(member), buy(shop.make_member("500"))
    secret = cards_of_order(order)[0].secret
    assert Client().get(VAULT).status_code == 302
    shop.log_in(client, member)
    assert order.order_no not in client.get(VAULT).content.decode()
    assert client.post(f"{VAULT}{order.order_no}/").status_code == 302
    wrong = client.post(f"{VAULT}unlock/", {"password": "nope"})
    assert wrong.status_code == 422
    assert "密码" in wrong.content.decode()

    client.post(f"{VAULT}unlock/", {"password": world.PASSWORD})
    page = client.get(VAULT).content.decode()
    assert order.order_no in page
    assert other.order_no not in page
    assert secret not in page
    assert not AuditLog.objects.filter(action="reveal_cards").exists()
    assert secret in client.post(f"{VAULT}{order.order_no}/").content.decode()
    part = client.post(f"{VAULT}{order.order_no}/", headers={"HX-Request": "true"})
    assert secret in part.content.decode()
    assert "<html" not in part.content.decode()
    assert AuditLog.objects.filter(action="reveal_cards", details__how="vault").count() == 2
    assert client.post(f"{VAULT}{other.order_no}/").status_code == 404

    assert order.order_no in client.get(VAULT, {"q": order.product_name}).content.decode()
    assert order.order_no not in client.get(VAULT, {"q": "别的商品"}).content.decode()
    client.post(f"{VAULT}lock/")
    assert order.order_no not in client.get(VAULT).content.decode()
    client.post(f"{VAULT}unlock/", {"password": world.PASSWORD})
    with time_machine.travel(timezone.now() + timedelta(minutes=11)):
        assert order.order_no not in client.get(VAULT).content.decode()


def test_many_orders_cost_no_more_queries(
    client: Client, member: Member, django_assert_max_num_queries: Any
) -> None:
    sku = shop.make_cards(8, list_price="10", cost="5")
    for n in range(6):
        place_order(channel="retail", buyer=member.user, sku=sku, quantity=1, client_ref=f"m{n}")
    shop.log_in(client, member)
    client.post(f"{VAULT}unlock/", {"password": world.PASSWORD})
    with django_assert_max_num_queries(16):
        assert client.get(VAULT).content.decode().count(VAULT + "2") >= 6


def test_codes_go_to_the_accounts_own_address_and_are_kept_nowhere(
    client: Client, member: Member, django_capture_on_commit_callbacks: Any
) -> None:
    order = buy(member)
    shop.log_in(client, member)
    page = f"/kalegou/orders/{order.order_no}/"
    send = f"{page}codes/send/"
    assert send not in client.get(page).content.decode()
    told = client.post(send, follow=True).content.decode()
    assert "邮箱" in told
    assert not CodeMail.objects.exists()

    User.objects.filter(pk=member.user_id).update(email="lili@example.com")
    assert "l•••@example.com" in client.get(page).content.decode()
    assert "l•••@example.com" in client.post(send, follow=True).content.decode()
    queued = CodeMail.objects.get()
    secrets = [card.secret for card in cards_of_order(order)]
    for _ in range(2):  # a hint that comes twice
        send_code_mail(mail_id=queued.pk, attempt=0)
    (sent,) = mail.outbox
    assert sent.to == ["lili@example.com"]
    assert all(secret in sent.body for secret in secrets)
    queued.refresh_from_db()
    assert queued.sent_at is not None
    assert not any(secret in str(vars(queued)) for secret in secrets)
    assert AuditLog.objects.filter(action="reveal_cards", details__how="mailed").count() == 1
    assert sweep_code_mails() == 0


def test_how_often_is_limited_whoever_asks(member: Member) -> None:
    User.objects.filter(pk=member.user_id).update(email="lili@example.com")
    order = buy(member)
    start = timezone.now()
    send_codes(order=order, actor=member.user)
    with pytest.raises(SentTooOften):
        send_codes(order=order, actor=member.user)
    for minutes in (2, 4):
        with time_machine.travel(start + timedelta(minutes=minutes)):
            send_codes(order=order, actor=member.user)
    with time_machine.travel(start + timedelta(minutes=6)), pytest.raises(SentTooOften):
        send_codes(order=order, actor=member.user)
    with time_machine.travel(start + timedelta(days=1, minutes=5)):
        send_codes(order=order, actor=member.user)
    assert CodeMail.objects.count() == 4


@pytest.mark.django_db(transaction=True)
def test_clicks_at_once_send_one_mail(member: Member) -> None:
    User.objects.filter(pk=member.user_id).update(email="lili@example.com")
    order = buy(member)

    def click(_n: int) -> bool:
        try:
            send_codes(order=order, actor=member.user)
        except SentTooOften:
            return False
        return True

    assert in_threads(click, range(6), threads=6).count(True) == 1
    assert CodeMail.objects.count() == 1


def test_a_guests_codes_go_to_what_was_left_with_the_order(client: Client) -> None:
    guest = place_order(
        channel="retail",
        buyer=None,
        sku=shop.make_cards(3),
        quantity=1,
        client_ref="g",
        guest_key="k",
        funding="gateway",  # type: ignore[arg-type]
    ).order
    with pytest.raises(NothingToReveal):
        send_codes(order=guest, actor=None)
    Order.objects.filter(pk=guest.pk).update(delivered_quantity=1)
    with pytest.raises(NoAddressKnown):
        send_codes(order=guest, actor=None)
    OrderContact.objects.create(order=guest, email="guest@example.com")
    assert send_codes(order=guest, actor=None).address == "guest@example.com"


def test_a_mail_server_that_refuses_is_tried_again(member: Member, settings: Any) -> None:
    User.objects.filter(pk=member.user_id).update(email="lili@example.com")
    queued = send_codes(order=buy(member), actor=member.user)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    send_code_mail(mail_id=queued.pk, attempt=0)
    queued.refresh_from_db()
    assert re.fullmatch(r"\w*Error", queued.problem)
    assert queued.next_attempt_at is not None
    assert queued.next_attempt_at > timezone.now()
    assert queued.sent_at is None
