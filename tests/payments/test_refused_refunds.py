"""A refund that the gateway refused for good: staff settle it once, the buyer reads the truth."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from kalegou.models import Member
from kalegou.order_pages import read_order
from kalegou.services import ensure_member
from ledger import accounts
from ledger.services import balance
from orders.models import Funding, Order
from orders.services import place_order
from payments.errors import AmountDiffers, NoWallet, RefundSettled, TransferInvalid
from payments.gateways.base import GatewayNotice, PaymentStatus, RefundKind, RefundOutcome
from payments.models import Payment, PaymentRefund
from payments.services import (
    apply_refund_outcome,
    book_paid_by_hand,
    put_refund_in_wallet,
    send_refund_again,
    settle,
)
from tests import world
from tests.threads import in_threads
from users.models import AuditLog

pytestmark = pytest.mark.django_db


def refused_order(buyer: Member | None = None) -> tuple[Order, PaymentRefund]:
    """A paid order for ¥20 that ended sold out, whose refund the gateway refused."""
    sku = world.make_sku(list_price="20")
    world.stock_cards(sku, 1, unit_cost="15")
    made = []
    for ref in ("first", "late"):
        order = place_order(
            channel="retail",
            buyer=buyer.user if buyer else None,
            guest_key="" if buyer else "guest",
            sku=sku,
            quantity=1,
            client_ref=f"{ref}{sku.pk}",
            funding=Funding.GATEWAY,
        ).order
        payment = Payment.objects.create(
            payment_no=f"P{order.order_no}",
            purpose="order",
            purpose_ref=order.order_no,
            payer=buyer.user if buyer else None,
            gateway="sandbox",
            amount=order.total,
            subject="x",
            expires_at=timezone.now() + timedelta(minutes=15),
        )
        made.append((order, payment))
    for order, payment in made:
        settle(
            gateway="sandbox",
            notice=GatewayNotice(
                payment.payment_no, f"T{order.order_no}", PaymentStatus.PAID, order.total
            ),
        )
    refund = PaymentRefund.objects.get(receipt__payment=made[1][1])
    answer(refund, RefundKind.REJECTED)
    refund.refresh_from_db()
    return Order.objects.get(pk=made[1][0].pk), refund


def answer(refund: PaymentRefund, kind: RefundKind) -> None:
    apply_refund_outcome(refund_no=refund.refund_no, outcome=RefundOutcome(kind))


def by_hand(refund: PaymentRefund, **changes: Any) -> PaymentRefund:
    said: dict[str, Any] = {
        "amount": Decimal(20),
        "paid_on": timezone.localdate(),
        "bank_reference": "ICBC-1",
        "actor": None,
        "reason": "asked by phone",
    }
    return book_paid_by_hand(refund=refund, **(said | changes))


def buyer_reads(order: Order) -> str:
    order.refresh_from_db()
    with translation.override("en"):
        page = read_order(order)
        return " ".join([page.headline, *(note.text for note in page.refunds)])


def clearing() -> Decimal:
    return balance(accounts.refund_clearing("sandbox"))


def test_until_staff_act_the_buyer_reads_that_it_waits_for_us() -> None:
    order, _ = refused_order()
    assert "waits for us" in buyer_reads(order)
    assert "arranging your refund" in buyer_reads(order)
    assert order.needs_attention
    assert clearing() == Decimal(20)
    assert world.books_are_clean()


def test_sent_again_under_a_new_number_it_arrives_as_usual() -> None:
    order, refund = refused_order()
    successor = send_refund_again(refund=refund, actor=None, reason="topped up the account")
    assert successor.refund_no != refund.refund_no
    assert clearing() == Decimal(20)
    assert "on its way back" in buyer_reads(order)
    answer(successor, RefundKind.DONE)
    assert clearing() == 0
    assert "went back to where you paid from" in buyer_reads(order)
    assert order.refunds.get().confirmed_at is not None
    assert world.books_are_clean()


def test_sent_again_and_refused_again_it_waits_again() -> None:
    order, refund = refused_order()
    for _ in range(2):
        refund = send_refund_again(refund=refund, actor=None, reason="again")
        answer(refund, RefundKind.REJECTED)
    assert "waits for us" in buyer_reads(order)
    by_hand(refund)
    assert "bank transfer" in buyer_reads(order)
    assert clearing() == 0
    assert world.books_are_clean()


def test_paid_by_hand_the_money_leaves_our_bank_and_the_buyer_reads_when() -> None:
    order, refund = refused_order()
    by_hand(refund)
    assert (clearing(), balance(accounts.bank())) == (Decimal(0), Decimal(20))
    assert balance(accounts.cash("sandbox")) == Decimal(-40)
    today = timezone.localdate().isoformat()
    assert f"bank transfer on {today} (ICBC-1)" in buyer_reads(order)
    assert AuditLog.objects.get(action="refund.by_hand").details["bank_reference"] == "ICBC-1"
    assert world.books_are_clean()


def test_to_the_wallet_of_a_buyer_with_an_account() -> None:
    member = ensure_member(world.make_user())
    order, refund = refused_order(member)
    put_refund_in_wallet(refund=refund, actor=None, reason="agreed by phone")
    assert balance(member.wallet_id) == Decimal(20)
    assert "went into your balance" in buyer_reads(order)
    assert world.books_are_clean()


def test_a_guest_has_no_wallet() -> None:
    _, refund = refused_order()
    with pytest.raises(NoWallet):
        put_refund_in_wallet(refund=refund, actor=None, reason="x")
    assert clearing() == Decimal(20)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"amount": Decimal("19.99")}, AmountDiffers),
        ({"paid_on": timezone.localdate() + timedelta(days=1)}, TransferInvalid),
        ({"paid_on": timezone.localdate() - timedelta(days=1)}, TransferInvalid),
        ({"bank_reference": "  "}, TransferInvalid),
    ],
)
def test_a_wrong_transfer_moves_nothing(changes: dict, error: type[Exception]) -> None:
    _, refund = refused_order()
    with pytest.raises(error):
        by_hand(refund, **changes)
    assert clearing() == Decimal(20)
    assert world.books_are_clean()


def test_one_transfer_pays_one_refund() -> None:
    (_, first), (_, second) = refused_order(), refused_order()
    by_hand(first)
    with pytest.raises(TransferInvalid) as refused:
        by_hand(second)
    assert refused.value.field == "bank_reference"
    assert clearing() == Decimal(20)
    by_hand(second, bank_reference="ICBC-2")
    assert world.books_are_clean()


def test_a_second_way_is_refused() -> None:
    _, refund = refused_order()
    by_hand(refund)
    for again in (
        lambda: by_hand(refund, bank_reference="ICBC-2"),
        lambda: send_refund_again(refund=refund, actor=None, reason="x"),
    ):
        with pytest.raises(RefundSettled):
            again()
    assert world.books_are_clean()


def test_paid_by_the_gateway_after_all_is_our_loss_and_shown() -> None:
    _, refund = refused_order()
    by_hand(refund)
    for _ in range(2):
        answer(refund, RefundKind.DONE)
    refund.refresh_from_db()
    assert refund.is_paid_twice
    assert balance(accounts.gateway_loss("sandbox")) == Decimal(-20)
    assert balance(accounts.cash("sandbox")) == Decimal(-20)
    assert world.books_are_clean()


def test_a_refused_number_that_was_paid_after_all_ends_the_refund_once() -> None:
    """Sent again; then the gateway pays the old number and refuses the new one."""
    order, refund = refused_order()
    successor = send_refund_again(refund=refund, actor=None, reason="again")
    answer(refund, RefundKind.DONE)
    assert clearing() == Decimal(20)  # the new number may still be paid, too
    answer(successor, RefundKind.REJECTED)
    assert clearing() == 0
    assert balance(accounts.gateway_loss("sandbox")) == 0
    assert "went back to where you paid from" in buyer_reads(order)
    assert world.books_are_clean()


@pytest.mark.django_db(transaction=True)
def test_four_colleagues_at_once_settle_it_once() -> None:
    member = ensure_member(world.make_user())
    _, refund = refused_order(member)

    def act(number: int) -> str:
        try:
            if number % 3 == 0:
                put_refund_in_wallet(refund=refund, actor=None, reason="x")
            elif number % 3 == 1:
                by_hand(refund, bank_reference=f"B{number}")
            else:
                send_refund_again(refund=refund, actor=None, reason="x")
        except RefundSettled:
            return "settled"
        return "did it"

    assert sorted(in_threads(act, range(12), threads=6)) == ["did it"] + ["settled"] * 11
    assert world.books_are_clean()


@pytest.fixture
def staff(client: Client) -> Client:
    client.force_login(world.make_user("staff", is_staff=True, is_superuser=True))
    return client


def url(refund: PaymentRefund, verb: str) -> str:
    return reverse(f"admin:payments_paymentrefund_{verb}", args=[refund.pk])


def test_the_page_says_whose_money_it_is_and_books_once(staff: Client) -> None:
    order, refund = refused_order()
    page = staff.get(url(refund, "paid_by_hand"))
    assert order.order_no in page.content.decode()
    said = {
        "amount": "20.00",
        "paid_on": timezone.localdate().isoformat(),
        "bank_reference": "ICBC-9",
        "reason": "the bank refused",
    }
    wrong = staff.post(url(refund, "paid_by_hand"), said | {"amount": "2"})
    assert "amount" in wrong.context["form"].errors
    assert wrong.context["form"]["bank_reference"].value() == "ICBC-9"
    for _ in range(2):  # a double click
        assert staff.post(url(refund, "paid_by_hand"), said).status_code == 302
    assert balance(accounts.bank()) == Decimal(20)
    detail = staff.get(reverse("admin:payments_paymentrefund_change", args=[refund.pk]))
    assert "ICBC-9" in detail.content.decode()
    assert url(refund, "paid_by_hand") not in detail.content.decode()


def test_the_wallet_is_offered_to_who_has_one(staff: Client) -> None:
    _, of_guest = refused_order()
    page = reverse("admin:payments_paymentrefund_change", args=[of_guest.pk])
    shown = staff.get(page).content.decode()
    assert url(of_guest, "send_again") in shown
    assert url(of_guest, "to_wallet") not in shown
    assert staff.post(url(of_guest, "send_again"), {"reason": ""}).status_code == 200
    assert clearing() == Decimal(20)


def test_staff_without_the_permission_can_settle_nothing(client: Client) -> None:
    _, refund = refused_order()
    client.force_login(world.make_user("clerk", is_staff=True))
    for verb in ("send_again", "paid_by_hand", "to_wallet"):
        assert client.post(url(refund, verb), {"reason": "x"}).status_code == 403


def test_money_that_came_too_late_is_on_the_order_page_too() -> None:
    order, refund = refused_order()
    payment = refund.receipt.payment
    settle(
        gateway="sandbox",
        notice=GatewayNotice(payment.payment_no, "T-second", PaymentStatus.PAID, order.total),
    )
    assert "came twice or too late" in buyer_reads(order)
    answer(PaymentRefund.objects.get(receipt__trade_no="T-second"), RefundKind.REJECTED)
    assert "came twice or too late and waits for us" in buyer_reads(order)
