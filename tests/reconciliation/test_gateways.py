"""A gateway's statement against payments, receipts, refunds and fees."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from kalegou.services import ensure_member
from ledger import accounts
from ledger.services import balance
from orders.models import Funding, Order
from orders.services import place_order
from payments.gateways.base import GatewayNotice, PaymentStatus, RefundKind, RefundOutcome
from payments.models import Payment, PaymentRefund, Receipt
from payments.services import apply_refund_outcome, book_paid_by_hand, settle
from reconciliation.models import Difference, Party, PartyKind, ResolutionKind, StatementDay
from reconciliation.services import ImportReport, import_statement, party_of, take_back
from tests import world
from tests.reconciliation.desk import settle_difference, today

pytestmark = pytest.mark.django_db

HEADING = "时间,类型,商户单号,商户退款单号,平台单号,金额,手续费,余额\n"


class Cashier:
    """Card orders of ¥20 paid online, and what the cashier's statement of today says."""

    def __init__(self) -> None:
        self.party = party_of(PartyKind.GATEWAY, "sandbox")
        self.sku = world.make_sku(list_price="20")
        world.stock_cards(self.sku, 9, unit_cost="15")
        self.lines: list[str] = []
        self.count = 0

    def payment(self) -> Payment:
        self.count += 1
        order = place_order(
            channel="retail",
            buyer=None,
            guest_key="guest",
            sku=self.sku,
            quantity=1,
            client_ref=f"g{self.count}",
            funding=Funding.GATEWAY,
        ).order
        return Payment.objects.create(
            payment_no=f"P{order.order_no}",
            purpose="order",
            purpose_ref=order.order_no,
            gateway="sandbox",
            amount=order.total,
            subject="卡密",
            expires_at=timezone.now() + timedelta(minutes=15),
        )

    def receipt(self, payment: Payment | None = None, *, trade_no: str = "") -> Receipt:
        payment = payment or self.payment()
        trade_no = trade_no or f"T{payment.payment_no}"
        settle(
            gateway="sandbox",
            notice=GatewayNotice(payment.payment_no, trade_no, PaymentStatus.PAID, Decimal(20)),
        )
        return Receipt.objects.get(trade_no=trade_no)

    def refund(self, kind: RefundKind | None = None) -> PaymentRefund:
        """Money paid twice, on its way back; `kind` is what the gateway answered."""
        first = self.receipt()
        second = self.receipt(first.payment, trade_no=f"{first.trade_no}b")
        refund = second.refunds.get()
        if kind is not None:
            apply_refund_outcome(refund_no=refund.refund_no, outcome=RefundOutcome(kind))
            refund.refresh_from_db()
        return refund

    def paid(self, receipt: Receipt, **changes: str) -> None:
        said = {"our": receipt.payment.payment_no, "their": receipt.trade_no, "amount": "20.00"}
        self.says("收款", **(said | changes))

    def says(
        self,
        kind: str,
        *,
        our: str = "",
        refund: str = "",
        their: str = "",
        amount: str = "20.00",
        fee: str = "",
        balance: str = "",
    ) -> None:
        at = datetime.combine(today(), datetime.min.time()).replace(hour=12)
        self.lines.append(f"{at},{kind},{our},{refund},{their},{amount},{fee},{balance}")

    def imports(self, **options: Any) -> ImportReport:
        said: dict[str, Any] = {
            "party": Party.objects.get(pk=self.party.pk),
            "content": (HEADING + "".join(f"{line}\n" for line in self.lines)).encode("gbk"),
            "file_name": "cashier.csv",
            "first_day": today(),
            "last_day": today(),
        }
        return import_statement(**(said | options))

    def differences(self) -> dict[str, Decimal]:
        return {row.verdict: row.amount for row in Difference.objects.filter(state="open")}

    def settles(self, verdict: str, kind: ResolutionKind) -> Any:
        return settle_difference(Difference.objects.get(verdict=verdict, state="open"), kind)


@pytest.fixture
def cashier() -> Cashier:
    return Cashier()


def test_payments_refunds_and_fees_agree(cashier: Cashier) -> None:
    cashier.paid(cashier.receipt(), fee="0.12", balance="19.88")
    refund = cashier.refund(RefundKind.DONE)
    for receipt in Receipt.objects.filter(payment=refund.receipt.payment):
        cashier.paid(receipt)
    cashier.says("退款", our=refund.receipt.payment.payment_no, refund=refund.refund_no, their="R1")
    cashier.imports()
    assert cashier.differences() == {"fee": Decimal("0.12")}
    cashier.settles("fee", ResolutionKind.FEE)
    assert balance(accounts.fee_expense("sandbox")) == Decimal("-0.12")
    assert balance(accounts.cash("sandbox")) == Decimal("-39.88")
    assert cashier.differences() == {}
    assert world.books_are_clean()


def test_the_fees_of_a_day_are_one_difference_and_can_be_taken_back(cashier: Cashier) -> None:
    for _ in range(3):
        cashier.paid(cashier.receipt(), fee="0.12")
    cashier.imports()
    fee = cashier.settles("fee", ResolutionKind.FEE)
    assert balance(accounts.fee_expense("sandbox")) == Decimal("-0.36")
    take_back(resolution=fee, reason="wrong day", actor=None)
    assert balance(accounts.fee_expense("sandbox")) == 0
    assert cashier.differences() == {"fee": Decimal("0.36")}
    assert world.books_are_clean()


def test_money_that_never_was_notified_is_taken_through_the_one_door(cashier: Cashier) -> None:
    payment = cashier.payment()
    cashier.says("收款", our=payment.payment_no, their="T-lost")
    cashier.imports()
    assert cashier.differences() == {"undecided": Decimal(-20)}
    cashier.settles("undecided", ResolutionKind.PAID)
    assert Order.objects.get(order_no=payment.purpose_ref).status == "completed"
    assert Receipt.objects.get().trade_no == "T-lost"
    assert cashier.differences() == {}
    assert cashier.imports().new_count == 0
    assert cashier.differences() == {}
    assert world.books_are_clean()


def test_a_second_trade_for_a_paid_payment_goes_back_by_itself(cashier: Cashier) -> None:
    receipt = cashier.receipt()
    cashier.paid(receipt)
    cashier.paid(receipt, their="T-again")
    cashier.imports()
    assert cashier.differences() == {"undecided": Decimal(-20)}
    cashier.settles("undecided", ResolutionKind.PAID)
    assert PaymentRefund.objects.get().receipt.trade_no == "T-again"
    assert cashier.differences() == {}
    assert world.books_are_clean()


def test_a_receipt_that_they_don_t_have_is_claimed(cashier: Cashier) -> None:
    cashier.receipt()
    cashier.imports()
    assert cashier.differences() == {"not_there": Decimal(20)}
    cashier.settles("not_there", ResolutionKind.CLAIM)
    assert balance(accounts.cash("sandbox")) == 0
    assert balance(accounts.gateway_claim("sandbox")) == Decimal(-20)
    assert world.books_are_clean()


def test_another_amount_and_a_stranger_s_payment(cashier: Cashier) -> None:
    cashier.paid(cashier.receipt(), amount="19.00")
    cashier.says("收款", our="PSTRANGER", their="T9", amount="7.00")
    cashier.imports()
    assert cashier.differences() == {"amount_differs": Decimal(1), "not_ours": Decimal(-7)}
    cashier.settles("amount_differs", ResolutionKind.WRITE_OFF)
    assert balance(accounts.gateway_loss("sandbox")) == Decimal(-1)
    assert world.books_are_clean()


def test_a_refund_that_they_confirm_on_the_statement_is_done(cashier: Cashier) -> None:
    refund = cashier.refund(RefundKind.UNKNOWN)
    for receipt in Receipt.objects.all():
        cashier.paid(receipt)
    cashier.says("退款", refund=refund.refund_no)
    cashier.imports()
    assert cashier.differences() == {"undecided": Decimal(20)}
    cashier.settles("undecided", ResolutionKind.REFUNDED)
    refund.refresh_from_db()
    assert refund.status == "done"
    assert cashier.differences() == {}
    assert world.books_are_clean()


def test_a_refund_paid_after_staff_paid_by_hand_is_a_loss(cashier: Cashier) -> None:
    refund = cashier.refund(RefundKind.REJECTED)
    for receipt in Receipt.objects.all():
        cashier.paid(receipt)
    book_paid_by_hand(
        refund=refund,
        amount=Decimal(20),
        paid_on=today(),
        bank_reference="ICBC-1",
        actor=None,
        reason="x",
    )
    cashier.says("退款", refund=refund.refund_no)
    cashier.imports()
    assert cashier.differences() == {"charged_but_failed": Decimal(20)}
    cashier.settles("charged_but_failed", ResolutionKind.REFUNDED)
    assert balance(accounts.gateway_loss("sandbox")) == Decimal(-20)
    assert cashier.differences() == {}
    assert world.books_are_clean()


def test_a_refund_named_by_its_payment_is_found_by_its_amount(cashier: Cashier) -> None:
    refund = cashier.refund(RefundKind.DONE)
    for receipt in Receipt.objects.all():
        cashier.paid(receipt)
    cashier.says("退款", our=refund.receipt.payment.payment_no, their="R-unknown")
    cashier.imports()
    assert cashier.differences() == {}


def test_a_payout_to_our_bank_and_the_balance_of_the_day(cashier: Cashier) -> None:
    cashier.paid(cashier.receipt(), balance="20.00")
    cashier.says("提现", their="W1", amount="15.00", balance="5.00")
    cashier.imports()
    assert cashier.differences() == {"funding": Decimal(15)}
    cashier.settles("funding", ResolutionKind.BANK)
    assert balance(accounts.bank()) == Decimal(-15)
    day = StatementDay.objects.get()
    assert (day.stated_balance, day.our_balance) == (Decimal(5), Decimal(5))
    assert world.books_are_clean()


def test_a_deposit_that_was_never_notified_reaches_the_wallet(cashier: Cashier) -> None:
    member = ensure_member(world.make_user())
    Payment.objects.create(
        payment_no="PDEPOSIT",
        purpose="deposit",
        purpose_ref="retail",
        payer=member.user,
        gateway="sandbox",
        amount=Decimal(50),
        subject="x",
        expires_at=timezone.now(),
    )
    cashier.says("收款", our="PDEPOSIT", their="TD", amount="50.00")
    cashier.imports()
    cashier.settles("undecided", ResolutionKind.PAID)
    assert balance(member.wallet_id) == Decimal(50)
    assert world.books_are_clean()
