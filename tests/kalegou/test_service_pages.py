"""Claims and customer service in the browser: whose they are, what is said, what staff do."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from kalegou.models import Claim, Member, Ticket, TicketPicture
from orders.models import FaultyCard, Funding, Order
from orders.services import place_order
from orders.services.outcomes import apply_outcome
from payments.gateways.base import GatewayNotice, RefundKind, RefundOutcome
from payments.gateways.base import PaymentStatus as GatewayPaymentStatus
from payments.models import Payment, PaymentRefund
from payments.services import apply_refund_outcome, settle
from suppliers.outcomes import Outcome, OutcomeKind
from tests import world
from tests.kalegou import shop
from users.models import AuditLog, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def member() -> Member:
    return shop.make_member("500")


@pytest.fixture
def admin(client: Client) -> Client:
    staff = User.objects.create_superuser("boss")
    browser = Client()
    browser.force_login(staff, backend="users.backends.PhoneOrUsernameBackend")
    return browser


def buy_codes(member: Member, quantity: int = 2) -> Order:
    sku = shop.make_cards(5, list_price="50", cost="40")
    return place_order(
        channel="retail", buyer=member.user, sku=sku, quantity=quantity, client_ref="r"
    ).order


def picture() -> SimpleUploadedFile:
    return SimpleUploadedFile("x.png", world.PNG + b"proof")


def test_a_claim_is_made_with_a_mistake_first_then_decided_in_the_back_office(
    client: Client, member: Member, admin: Client
) -> None:
    order = buy_codes(member)
    shop.log_in(client, member)
    page = f"/kalegou/orders/{order.order_no}/"
    assert "卡密用不了" in client.get(page).content.decode()

    said = {"kind": "code_invalid", "text": "官网提示无效", "pictures": picture()}
    answer = client.post(f"{page}claim/", said)
    assert answer.status_code == 409
    assert "请选出用不了的卡密" in answer.content.decode()
    assert "官网提示无效" in answer.content.decode()
    form = client.get(f"{page}claim/").content.decode()
    card = form.split('name="cards" value="')[1].split('"')[0]
    answer = client.post(f"{page}claim/", said | {"cards": card, "pictures": picture()})
    claim = Claim.objects.get()
    assert answer.headers["Location"] == f"/kalegou/claims/{claim.claim_no}/"

    queue = admin.get("/admin/kalegou/claim/").content.decode()
    assert claim.claim_no in queue
    detail = f"/admin/kalegou/claim/{claim.pk}/change/"
    evidence = admin.get(detail).content.decode()
    assert "官网提示无效" in evidence
    assert "还没有人查看过卡密" in evidence
    (shot,) = TicketPicture.objects.all()
    assert f"/kalegou/service/pictures/{shot.pk}/" in evidence
    answer = admin.post(f"/admin/kalegou/claim/{claim.pk}/replace/", {"text": ""})
    assert answer.status_code == 200
    assert not FaultyCard.objects.exists()
    admin.post(f"/admin/kalegou/claim/{claim.pk}/replace/", {"text": "给您换一张"})
    told = client.get(f"/kalegou/claims/{claim.claim_no}/").content.decode()
    assert "已换货" in told
    assert "给您换一张" in told
    codes = client.post(f"{page}codes/").content.decode()
    assert codes.count("失效，已处理") == 1
    late = admin.post(f"/admin/kalegou/claim/{claim.pk}/refuse/", {"text": "晚了"})
    assert "刚刚已经有了决定" in late.content.decode()
    assert world.books_are_clean()


def test_staff_see_codes_with_a_reason_and_claim_the_cost_back(
    client: Client, member: Member, admin: Client
) -> None:
    order = buy_codes(member, 1)
    shop.log_in(client, member)
    client.post(
        f"/kalegou/orders/{order.order_no}/claim/", {"kind": "code_used", "text": "已被使用"}
    )
    claim = Claim.objects.get()
    base = f"/admin/kalegou/claim/{claim.pk}"
    secret = client.post(f"/kalegou/orders/{order.order_no}/codes/").content.decode()
    code = secret.split('data-copy="')[1].split('"')[0]
    assert code not in admin.get(f"{base}/change/").content.decode()
    assert code in admin.post(f"{base}/codes/", {"reason": "问供货商"}).content.decode()
    assert AuditLog.objects.filter(action="reveal_cards", reason="问供货商").exists()

    form = admin.get(f"{base}/from-supplier/").content.decode()
    ref = form.split('name="request_ref" value="')[1].split('"')[0]
    supplier = order.fulfilments.get().supplier_id
    wanted = {"request_ref": ref, "supplier": supplier, "amount": "40.01", "reason": "坏卡"}
    refused = admin.post(f"{base}/from-supplier/", wanted).content.decode()
    assert "最多能索赔 ¥40.0000" in refused
    admin.post(f"{base}/from-supplier/", wanted | {"amount": "40"})
    opened = order.supplier_claims.get()
    path = f"/admin/orders/supplierclaim/{opened.pk}/granted/"
    admin.post(path, {"granted": "30", "answer": "同意赔30"})
    opened.refresh_from_db()
    assert (opened.status, int(opened.accepted_amount or 0)) == ("accepted", 30)
    assert "坏卡" in admin.get("/admin/orders/supplierclaim/").content.decode()
    assert world.books_are_clean()


def test_a_question_is_answered_by_the_facts_then_by_a_person_and_rated(
    client: Client, member: Member, admin: Client
) -> None:
    sku = world.make_sku("topup", list_price="50")
    world.make_offer(sku, shop.any_supplier(), cost="45")
    order = place_order(
        channel="retail",
        buyer=member.user,
        sku=sku,
        quantity=1,
        client_ref="t",
        account={"phone": shop.MOBILE_NUMBER},
    ).order
    shop.log_in(client, member)
    page = f"/kalegou/orders/{order.order_no}/help/"
    world.begin(order)
    assert "为什么还没到" in client.get(page).content.decode()
    attempt = order.fulfilments.get()
    apply_outcome(fulfilment_id=attempt.pk, outcome=Outcome(OutcomeKind.REJECTED), source="query")
    order.refresh_from_db()
    assert order.finished_at is not None
    at = timezone.localtime(order.finished_at).strftime("%H:%M:%S")
    text = client.get(page).content.decode()
    assert f"充值在 {at} 失败，¥50.00 已在" in text
    assert "退回你的余额" in text

    assert "请写明情况" in client.post(page, {"topic": "failed", "text": " "}).content.decode()
    client.post(page, {"topic": "failed", "text": "银行没收到", "pictures": picture()})
    ticket = Ticket.objects.get()
    base = f"/admin/kalegou/ticket/{ticket.pk}"
    queue = admin.get("/admin/kalegou/ticket/").content.decode()
    assert ticket.ticket_no in queue
    assert "承诺首次答复" in queue
    assert "银行没收到" in admin.get(f"{base}/change/").content.decode()
    admin.post(f"{base}/take/", {})
    admin.post(f"{base}/hand-over/", {"to": "", "reason": "下班"})
    admin.post(f"{base}/answer/", {"text": "钱在您的余额里", "closes": ""})
    ticket.refresh_from_db()
    assert (ticket.status, ticket.waiting_since) == ("answered", None)
    shown = client.get(f"/kalegou/service/{ticket.ticket_no}/").content.decode()
    assert "钱在您的余额里" in shown
    client.post(f"/kalegou/service/{ticket.ticket_no}/rate/", {"stars": "9"})
    client.post(f"/kalegou/service/{ticket.ticket_no}/rate/", {"stars": "5", "rating_text": "快"})
    client.post(f"/kalegou/service/{ticket.ticket_no}/rate/", {"stars": "1"})
    ticket.refresh_from_db()
    assert ticket.rating == 5
    client.post(f"/kalegou/service/{ticket.ticket_no}/close/")
    closed = client.post(f"/kalegou/service/{ticket.ticket_no}/", {"text": "还有"})
    assert closed.status_code == 409
    assert "已经关闭" in closed.content.decode()


def test_nobody_else_sees_a_claim_a_ticket_or_a_picture(client: Client, member: Member) -> None:
    order = buy_codes(member, 1)
    shop.log_in(client, member)
    client.post(
        f"/kalegou/orders/{order.order_no}/claim/",
        {"kind": "code_used", "text": "x", "pictures": picture()},
    )
    claim, shot = Claim.objects.get(), TicketPicture.objects.get()
    addresses = [
        f"/kalegou/claims/{claim.claim_no}/",
        f"/kalegou/service/pictures/{shot.pk}/",
        f"/kalegou/service/{claim.ticket.ticket_no}/",
        f"/kalegou/orders/{order.order_no}/claim/",
        f"/kalegou/orders/{order.order_no}/help/",
    ]
    own = client.get(addresses[1])
    assert own.headers["Content-Type"] == "image/png"
    assert "sandbox" in own.headers["Content-Security-Policy"]
    stranger = shop.log_in(Client(), shop.make_member())
    for browser in (stranger, Client()):
        assert [browser.get(address).status_code for address in addresses] == [404] * 5
    assert stranger.post(f"/kalegou/claims/{claim.claim_no}/withdraw/").status_code == 404
    assert claim.claim_no not in stranger.get("/kalegou/service/").content.decode()


def test_a_guest_asks_through_the_link_of_the_order(client: Client) -> None:
    sku = shop.make_cards(3)
    client.post(shop.checkout_of(client, sku), {"payment": "sandbox"})
    order = Order.objects.get()
    page = f"/kalegou/orders/{order.order_no}/"
    assert "我付了，还显示未付款" in client.get(f"{page}help/").content.decode()
    link = client.get(page).context["link"]
    other = Client()
    assert other.get(f"{page}help/").status_code == 404
    other.get(link.partition("testserver")[2])
    other.post(f"{page}help/", {"topic": "payment", "text": "我付了"})
    ticket = Ticket.objects.get()
    assert ticket.user is None
    shown = other.get(f"/kalegou/service/{ticket.ticket_no}/").content.decode()
    assert "我付了" in shown
    assert ticket.ticket_no in client.get("/kalegou/service/").content.decode()
    assert "登录" in Client().get("/kalegou/service/new/").content.decode()


def test_the_queues_cost_the_same_for_one_and_for_many(
    client: Client, member: Member, admin: Client, django_assert_max_num_queries: object
) -> None:
    shop.log_in(client, member)
    for n in range(4):
        client.post("/kalegou/service/new/", {"topic": "other", "text": f"问题{n}"})
    assert Ticket.objects.count() == 4
    with django_assert_max_num_queries(20):  # type: ignore[operator]
        admin.get("/admin/kalegou/ticket/")
    with django_assert_max_num_queries(16):  # type: ignore[operator]
        client.get("/kalegou/service/")


def test_a_refund_through_a_payment_service_is_followed_until_it_is_confirmed(
    client: Client,
) -> None:
    sku = world.make_sku("topup", list_price="50")
    world.make_offer(sku, shop.any_supplier(), cost="45")
    member = shop.make_member()
    order = place_order(
        channel="retail",
        buyer=member.user,
        sku=sku,
        quantity=1,
        client_ref="g",
        account={"phone": shop.MOBILE_NUMBER},
        funding=Funding.GATEWAY,
    ).order
    payment = Payment.objects.create(
        payment_no="P0000000001",
        purpose="order",
        purpose_ref=order.order_no,
        gateway="wechat",
        amount=order.total,
        subject="x",
        expires_at=timezone.now() + timedelta(minutes=15),
    )
    paid = GatewayNotice(payment.payment_no, "T1", GatewayPaymentStatus.PAID, order.total)
    settle(gateway="wechat", notice=paid)
    world.begin(order)
    apply_outcome(
        fulfilment_id=order.fulfilments.get().pk,
        outcome=Outcome(OutcomeKind.REJECTED),
        source="query",
    )
    shop.log_in(client, member)
    page = f"/kalegou/orders/{order.order_no}/"
    refund = PaymentRefund.objects.get()
    PaymentRefund.objects.filter(pk=refund.pk).update(attempt_count=2)
    text = client.get(page).content.decode()
    assert "已查询 2 次" in text
    assert "直到确认为止" in text
    asked = client.get(f"{page}help/").content.decode()
    assert "¥50.00 正退回微信支付" in asked
    seen = client.get(page).context["page"].version

    apply_refund_outcome(refund_no=refund.refund_no, outcome=RefundOutcome(RefundKind.DONE))
    news = client.get(f"{page}live/", {"seen": seen})
    assert news.status_code == 200
    assert "失败后" in news.content.decode()
    assert "退回微信支付" in client.get(f"{page}help/").content.decode()
    assert world.books_are_clean()
