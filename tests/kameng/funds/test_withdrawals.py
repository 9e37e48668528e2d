"""Money out: own settled money only, to the own legal person only, once, and back when undone."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.rotation import reseal
from kameng.errors import AgentSuspended, NotPossibleNow
from kameng.funds_errors import (
    AboveDailyLimit,
    AccountInUse,
    AccountKnown,
    AccountNotUsable,
    BankNumberUsed,
    DiligenceExpired,
    DiligenceMissing,
    HolderDiffers,
    NotEnoughOwnMoney,
    NumberInvalid,
    SamePerson,
    WithdrawalChanged,
    WithdrawalInvalid,
)
from kameng.models import FundsRules, PayoutAccount, Withdrawal, WithdrawalStatus
from kameng.services.agents import reinstate_agent, suspend_agent
from kameng.services.funds import payout_accounts, withdrawals
from kameng.services.funds.moving import WITHDRAWAL_MOVES
from kameng.services.funds.rules import fee_of
from ledger import accounts
from ledger.models import Account
from ledger.services import balance
from tests import world
from tests.kameng.funds import desk
from users.models import AuditLog, Notice

pytestmark = pytest.mark.django_db


@pytest.fixture
def account(agent, staff) -> PayoutAccount:
    return desk.verified_account(agent, staff)


def test_from_the_wallet_to_the_bank_with_a_fee(agent, account, staff) -> None:
    FundsRules.objects.create(pk=1, fee_percent=Decimal("0.5"), fee_min=Decimal(1))
    withdrawal = desk.asked(agent, account, "600")
    assert (withdrawal.fee, withdrawal.net) == (Decimal(3), Decimal(597))
    assert balance(agent.wallet_id) == Decimal(400)
    assert balance(accounts.withdrawals()) == Decimal(600)
    assert world.books_are_clean()
    before = balance(accounts.bank())
    withdrawals.approve_withdrawal(withdrawal=withdrawal, actor=staff)
    withdrawals.pay_withdrawal(withdrawal=withdrawal, actor=staff, bank_txn_no=" pay 1 ")
    withdrawal.refresh_from_db()
    assert (withdrawal.status, withdrawal.bank_txn_no) == (WithdrawalStatus.PAID, "PAY1")
    assert balance(accounts.bank()) - before == Decimal(597)
    assert balance(accounts.fee_income("withdrawal")) == Decimal(3)
    assert balance(accounts.withdrawals()) == Decimal(0)
    assert [step.status for step in withdrawal.events.all()] == ["requested", "approved", "paid"]
    assert Notice.objects.filter(kind="wholesale.withdrawal_paid").exists()
    assert world.books_are_clean()


@pytest.mark.parametrize(
    ("way", "end"),
    [
        ("refuse", WithdrawalStatus.REFUSED),
        ("cancel", WithdrawalStatus.CANCELLED),
        ("fail", WithdrawalStatus.FAILED),
        ("return", WithdrawalStatus.RETURNED),
    ],
)
def test_what_does_not_reach_the_bank_is_in_the_wallet_again(
    agent, account, staff, way, end
) -> None:
    withdrawal = desk.asked(agent, account, "600")
    if way in ("fail", "return"):
        withdrawals.approve_withdrawal(withdrawal=withdrawal, actor=staff)
    if way == "return":
        withdrawals.pay_withdrawal(withdrawal=withdrawal, actor=staff, bank_txn_no="P1")
    if way == "cancel":
        withdrawals.cancel_withdrawal(withdrawal=withdrawal)
    else:
        undo = getattr(withdrawals, f"{way}_withdrawal")
        undo(withdrawal=withdrawal, actor=staff, reason="wrong branch")
        assert Notice.objects.filter(kind=f"wholesale.withdrawal_{end}").exists()
        with pytest.raises(NotPossibleNow):
            undo(withdrawal=withdrawal, actor=staff, reason="again")
    withdrawal.refresh_from_db()
    assert withdrawal.status == end
    assert balance(agent.wallet_id) == Decimal(1000)
    assert balance(accounts.fee_income("withdrawal")) == Decimal(0)
    assert world.books_are_clean()


def test_above_an_amount_two_people_approve(agent, account, staff, second) -> None:
    FundsRules.objects.create(pk=1, withdrawal_four_eyes_above=Decimal(500))
    small, large = desk.asked(agent, account, "500"), desk.asked(agent, account, "500")
    assert withdrawals.approve_withdrawal(withdrawal=small, actor=staff) == "approved"
    FundsRules.objects.update(withdrawal_four_eyes_above=Decimal("499.99"))
    assert withdrawals.approve_withdrawal(withdrawal=large, actor=staff) == "checked"
    with pytest.raises(SamePerson):
        withdrawals.approve_again(withdrawal=large, actor=staff)
    with pytest.raises(NotPossibleNow):
        withdrawals.pay_withdrawal(withdrawal=large, actor=staff, bank_txn_no="P")
    withdrawals.approve_again(withdrawal=large, actor=second)
    large.refresh_from_db()
    assert large.status == WithdrawalStatus.APPROVED
    with pytest.raises(IntegrityError), transaction.atomic():
        Withdrawal.objects.filter(pk=large.pk).update(approved_by=staff)


def test_a_payment_of_the_bank_belongs_to_one_withdrawal(agent, account, staff) -> None:
    one, other = desk.asked(agent, account, "200"), desk.asked(agent, account, "200")
    for withdrawal in (one, other):
        withdrawals.approve_withdrawal(withdrawal=withdrawal, actor=staff)
    withdrawals.pay_withdrawal(withdrawal=one, actor=staff, bank_txn_no="P 7")
    with pytest.raises(BankNumberUsed):
        withdrawals.pay_withdrawal(withdrawal=other, actor=staff, bank_txn_no="p7")
    other.refresh_from_db()
    assert other.status == WithdrawalStatus.APPROVED
    assert world.books_are_clean()


def test_a_credit_line_and_owed_commissions_can_not_be_withdrawn(agent, account) -> None:
    Account.objects.filter(pk=agent.wallet_id).update(floor=Decimal(-5000))
    with pytest.raises(NotEnoughOwnMoney):
        desk.asked(agent, account, "1000.01")
    assert desk.asked(agent, account, "1000").amount == Decimal(1000)
    with pytest.raises(NotEnoughOwnMoney):
        desk.asked(agent, account, "100")
    assert balance(agent.wallet_id) == Decimal(0)


def test_least_daily_limit_and_fee_are_said(agent, account, staff) -> None:
    FundsRules.objects.create(
        pk=1, withdrawal_min=Decimal(50), withdrawal_daily_limit=Decimal(300), fee_fixed=Decimal(60)
    )
    for amount, problem in (
        ("49.99", WithdrawalInvalid),
        ("100.005", WithdrawalInvalid),
        ("50", WithdrawalInvalid),  # all of it would be the fee
        ("300.01", AboveDailyLimit),
    ):
        with pytest.raises(problem) as refused:
            desk.asked(agent, account, amount)
        assert refused.value.field == "amount"
    first = desk.asked(agent, account, "200")
    with pytest.raises(AboveDailyLimit, match=r"100\.00"):
        desk.asked(agent, account, "101")
    withdrawals.refuse_withdrawal(withdrawal=first, actor=staff, reason="x")
    assert desk.asked(agent, account, "300")
    assert Withdrawal.objects.count() == 2


def test_the_same_reference_asks_once(agent, account) -> None:
    first = desk.asked(agent, account, "200", ref="reference-1")
    assert desk.asked(agent, account, "200", ref="reference-1") == first
    with pytest.raises(WithdrawalChanged):
        desk.asked(agent, account, "201", ref="reference-1")
    assert balance(agent.wallet_id) == Decimal(800)


def test_suspended_agents_and_papers_that_ran_out_withdraw_nothing(agent, account, staff) -> None:
    waiting = desk.asked(agent, account, "200")
    suspend_agent(agent=agent, actor=staff, reason="looks wrong")
    with pytest.raises(AgentSuspended, match="looks wrong"):
        desk.asked(agent, account, "200")
    with pytest.raises(AgentSuspended):
        withdrawals.approve_withdrawal(withdrawal=waiting, actor=staff)
    withdrawals.refuse_withdrawal(withdrawal=waiting, actor=staff, reason="suspended")
    reinstate_agent(agent=agent, actor=staff, reason="fine")
    desk.papers_run_out(agent)
    with pytest.raises(DiligenceExpired):
        desk.asked(agent, account, "200")
    stranger = world.make_agent(balance="500")
    with pytest.raises(DiligenceMissing):
        desk.added(stranger)
    world.accept_papers(stranger)
    with pytest.raises(AccountNotUsable):  # of somebody else
        desk.asked(stranger, account, "200")
    assert balance(agent.wallet_id) == Decimal(1000)


def test_an_account_belongs_to_the_legal_person_alone(agent, account, staff) -> None:
    with pytest.raises(HolderDiffers) as refused:
        desk.added(agent, holder="王小红")
    assert refused.value.field == "holder"
    assert desk.added(agent, number="6222 0200-1111 2222", holder=" 陈 小明 ").number_tail == "2222"
    for wrong in ("1234567", "12ab5678901", "1" * 31):
        with pytest.raises(NumberInvalid):
            desk.added(agent, number=wrong)
    with pytest.raises(AccountKnown):
        desk.added(agent, number=desk.NUMBER)
    world.accept_papers(agent, name="陈大明")
    with pytest.raises(HolderDiffers):
        desk.asked(agent, account, "200")


def test_a_changed_account_waits_and_the_first_does_not(
    agent, account, staff, time_machine
) -> None:
    assert not account.is_cooling
    other = desk.verified_account(agent, staff, number="6222020000001111")
    with pytest.raises(AccountNotUsable, match="20"):
        desk.asked(agent, other, "200")
    withdrawal = desk.asked(agent, account, "200")
    with pytest.raises(AccountInUse):
        payout_accounts.remove_account(account=account, actor=agent.user)
    withdrawals.cancel_withdrawal(withdrawal=withdrawal)
    payout_accounts.remove_account(account=account, actor=agent.user)
    with pytest.raises(AccountNotUsable):
        desk.asked(agent, account, "200")
    time_machine.move_to(timezone.now() + timedelta(hours=25))
    assert desk.asked(agent, other, "200")


def test_a_number_is_sealed_rotated_and_looks_are_recorded(agent, account, staff, settings) -> None:
    row = PayoutAccount.objects.values_list("sealed_number", flat=True).get(pk=account.pk)
    assert desk.NUMBER.encode() not in bytes(row)
    assert str(account) == f"中国银行 •••• {desk.NUMBER[-4:]}"
    old = settings.CARD_KEYS
    settings.CARD_KEYS = ["bmV3IGtleSBmb3IgdGhlIHRlc3Qgb2Ygcm90YXRpb24=", *old]
    list(reseal(payout_accounts.NUMBERS))
    settings.CARD_KEYS = settings.CARD_KEYS[:1]
    account.refresh_from_db()
    assert payout_accounts.reveal_number(account=account, actor=staff) == desk.NUMBER
    assert AuditLog.objects.filter(action="reveal_payout_account", actor=staff).exists()
    assert desk.NUMBER not in str(list(AuditLog.objects.values_list("details", flat=True)))


def test_the_database_knows_the_same_moves(agent, account, staff, second) -> None:
    withdrawal = desk.asked(agent, account, "200")
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    for before in WithdrawalStatus:
        for after in WithdrawalStatus:
            if before == after:
                continue
            put_at(withdrawal, before, staff, past_triggers=True)
            try:
                with transaction.atomic():
                    put_at(withdrawal, after, staff)
            except DatabaseError:
                is_allowed = False
            else:
                is_allowed = True
            assert is_allowed == (after in WITHDRAWAL_MOVES[before]), (before, after)


def put_at(withdrawal, status, staff, *, past_triggers: bool = False) -> None:
    is_approved = status in ("approved", "paid", "failed", "returned")
    is_paid = status in ("paid", "returned")
    with connection.cursor() as cursor:
        role = "replica" if past_triggers else "origin"
        cursor.execute(f"SET LOCAL session_replication_role = {role}")
        cursor.execute(
            "UPDATE kameng_withdrawal SET status=%s, approved_by_id=%s, approved_at=%s,"
            " bank_txn_no=%s, paid_at=%s WHERE id=%s",
            [
                status,
                staff.pk if is_approved else None,
                "2026-11-01T00:00:00Z" if is_approved else None,
                "X" if is_paid else "",
                "2026-11-01T00:00:00Z" if is_paid else None,
                withdrawal.pk,
            ],
        )
        cursor.execute("SET LOCAL session_replication_role = origin")


def test_the_database_keeps_what_was_asked(agent, account) -> None:
    withdrawal = desk.asked(agent, account, "200")
    other = desk.added(agent, number="6222020000001111")
    for change in ({"amount": 1}, {"fee": 0}, {"account": other}, {"client_ref": "other-ref"}):
        with pytest.raises(DatabaseError), transaction.atomic():
            Withdrawal.objects.filter(pk=withdrawal.pk).update(**change)
    for changed in ({"holder": "x"}, {"number_mark": b"x"}, {"agent": world.make_agent()}):
        with pytest.raises(DatabaseError), transaction.atomic():
            PayoutAccount.objects.filter(pk=account.pk).update(**changed)
    for row in (withdrawal, *withdrawal.events.all(), *account.papers.all()):
        with pytest.raises(DatabaseError), transaction.atomic():
            row.delete()


def fen(least: int, most: int) -> st.SearchStrategy[Decimal]:
    """Amounts in whole fen, made of integers: drawing decimals is slow on a busy machine."""
    return st.integers(least, most).map(lambda amount: Decimal(amount) / 100)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    amount=fen(1, 10**8),
    fixed=fen(0, 100_000),
    percent=st.integers(0, 50_000).map(lambda part: Decimal(part) / 1000),
    least=fen(0, 100_000),
    above=st.none() | fen(0, 100_000),
)
def test_a_fee_stays_within_its_bounds(amount, fixed, percent, least, above) -> None:
    rules = FundsRules(
        fee_fixed=fixed,
        fee_percent=percent,
        fee_min=least,
        fee_max=None if above is None else least + above,
    )
    fee = fee_of(amount, rules)
    assert fee == fee.quantize(Decimal("0.01"))
    assert 0 <= fee <= amount
    assert fee >= min(least, amount)
    assert rules.fee_max is None or fee <= rules.fee_max
