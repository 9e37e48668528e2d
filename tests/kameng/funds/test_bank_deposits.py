"""Paying in by bank transfer: booked once, of what came, by one or two of staff."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from kameng.errors import AgentSuspended, NotPossibleNow, ReasonMissing
from kameng.funds_errors import (
    AmountInvalid,
    BankClosed,
    BankNumberUsed,
    DayInvalid,
    ProofInvalid,
    SamePerson,
    TooManyOpen,
)
from kameng.models import DepositProof, DepositStatus, FundsRules, OfflineDeposit
from kameng.services.agents import suspend_agent
from kameng.services.funds import bank_deposits as services
from kameng.services.funds.moving import DEPOSIT_MOVES
from ledger.errors import InsufficientBalance
from ledger.services import balance
from tests import world
from tests.kameng.funds import desk
from users.models import AuditLog, Notice

pytestmark = pytest.mark.django_db


def test_what_arrived_is_booked_and_not_what_was_declared(agent, staff) -> None:
    deposit = desk.declared(agent, "3000")
    desk.confirm(deposit, staff, "2999.50", " tx-77 ")
    assert balance(agent.wallet_id) == Decimal("3999.50")
    assert (deposit.status, deposit.bank_txn_no) == (DepositStatus.CONFIRMED, "TX-77")
    assert [step.status for step in deposit.events.all()] == [
        "announced",
        "submitted",
        "confirmed",
    ]
    assert Notice.objects.get().kind == "wholesale.deposit_confirmed"
    assert AuditLog.objects.filter(action="confirm_deposit", actor=staff).exists()
    assert world.books_are_clean()


def test_a_transfer_of_the_bank_is_booked_once(agent, staff) -> None:
    first, other = desk.declared(agent), desk.declared(agent)
    desk.confirm(first, staff, number="TX 1")
    with pytest.raises(BankNumberUsed, match=first.deposit_no):
        desk.confirm(other, staff, number="tx1")
    other.refresh_from_db()
    assert other.status == DepositStatus.SUBMITTED
    with pytest.raises(NotPossibleNow):
        desk.confirm(first, staff, number="TX2")
    assert balance(agent.wallet_id) == Decimal(4000)
    assert world.books_are_clean()


def test_above_an_amount_two_people_confirm(agent, staff, second) -> None:
    FundsRules.objects.create(pk=1, deposit_four_eyes_above=Decimal(5000))
    deposit = desk.declared(agent, "5000")
    desk.confirm(deposit, staff, "5000.01")
    assert deposit.status == DepositStatus.CHECKED
    assert balance(agent.wallet_id) == Decimal(1000)
    with pytest.raises(SamePerson):
        services.confirm_again(deposit=deposit, actor=staff)
    services.send_back(deposit=deposit, actor=second, reason="other amount")
    deposit.refresh_from_db()
    assert (deposit.status, deposit.bank_txn_no) == (DepositStatus.SUBMITTED, "")
    desk.confirm(deposit, staff, "5000.01")
    services.confirm_again(deposit=deposit, actor=second)
    with pytest.raises(NotPossibleNow):
        services.confirm_again(deposit=deposit, actor=second)
    assert balance(agent.wallet_id) == Decimal("6000.01")
    assert world.books_are_clean()


def test_exactly_the_amount_needs_one_person_only(agent, staff) -> None:
    FundsRules.objects.create(pk=1, deposit_four_eyes_above=Decimal(5000))
    deposit = desk.declared(agent, "5000")
    desk.confirm(deposit, staff)
    assert deposit.status == DepositStatus.CONFIRMED


def test_a_correction_keeps_the_proofs_and_is_declared_again(agent, staff) -> None:
    deposit = desk.declared(agent)
    with pytest.raises(ReasonMissing):
        services.ask_for_correction(deposit=deposit, actor=staff, reason=" ")
    services.ask_for_correction(deposit=deposit, actor=staff, reason="the picture is cut off")
    deposit.refresh_from_db()
    assert deposit.reason == "the picture is cut off"
    desk.declare(deposit, proofs=2)
    deposit.refresh_from_db()
    assert deposit.status == DepositStatus.SUBMITTED
    assert deposit.proofs.count() == 3
    assert Notice.objects.get().facts["reason"] == "the picture is cut off"


def test_a_refused_transfer_books_nothing_and_frees_the_number(agent, staff, second) -> None:
    FundsRules.objects.create(pk=1, deposit_four_eyes_above=Decimal(1))
    deposit, other = desk.declared(agent), desk.declared(agent)
    desk.confirm(deposit, staff, number="TX9")
    services.refuse_deposit(deposit=deposit, actor=second, reason="it never came")
    desk.confirm(other, staff, number="TX9")
    services.confirm_again(deposit=other, actor=second)
    assert balance(agent.wallet_id) == Decimal(4000)
    with pytest.raises(NotPossibleNow):
        services.refuse_deposit(deposit=other, actor=staff, reason="x")
    assert world.books_are_clean()


def test_a_wrong_booking_is_taken_back_while_the_money_is_there(agent, staff) -> None:
    deposit, other = desk.declared(agent), desk.declared(agent)
    desk.confirm(deposit, staff, number="TX5")
    services.take_deposit_back(deposit=deposit, actor=staff, reason="of somebody else")
    assert balance(agent.wallet_id) == Decimal(1000)
    desk.confirm(other, staff, number="TX5")
    world.pay_in(agent.wallet_id, "-2000")
    with pytest.raises(InsufficientBalance), transaction.atomic():
        services.take_deposit_back(deposit=other, actor=staff, reason="x")
    other.refresh_from_db()
    assert other.status == DepositStatus.CONFIRMED
    assert world.books_are_clean()


def test_what_is_wrong_is_refused_beside_its_field(agent) -> None:
    for amount in ("0.99", "10000000.01", "10.005"):
        with pytest.raises(AmountInvalid):
            desk.announced(agent, amount)
    closed = desk.our_bank(account_number="1", is_open=False)
    with pytest.raises(BankClosed):
        services.announce_deposit(agent=agent, bank=closed, amount=Decimal(5))
    deposit = desk.announced(agent)
    for day in (timezone.localdate() + timedelta(days=1), timezone.localdate() - timedelta(91)):
        with pytest.raises(DayInvalid):
            desk.declare(deposit, paid_on=day)
    for count in (0, 6):
        with pytest.raises(ProofInvalid):
            desk.declare(deposit, proofs=count)
    with pytest.raises(ProofInvalid) as refused:
        services.declare_deposit(
            deposit=deposit,
            amount=deposit.amount,
            paid_on=timezone.localdate(),
            payer_name="x",
            proofs=[desk.picture(), desk.picture(content=b"<script>")],
        )
    assert refused.value.field == "proofs"
    assert not DepositProof.objects.exists()


def test_few_transfers_are_open_at_once_and_suspended_agents_begin_none(agent, staff) -> None:
    opened = [desk.announced(agent) for _n in range(5)]
    with pytest.raises(TooManyOpen):
        desk.announced(agent)
    services.cancel_deposit(deposit=opened[0])
    desk.announced(agent)
    desk.declare(opened[1])
    with pytest.raises(NotPossibleNow):
        services.cancel_deposit(deposit=opened[1])
    suspend_agent(agent=agent, actor=staff, reason="x")
    with pytest.raises(AgentSuspended):
        desk.announced(agent)
    desk.confirm(opened[1], staff)  # what has come is booked all the same
    assert balance(agent.wallet_id) == Decimal(4000)


def test_the_database_knows_the_same_moves(agent, staff, second) -> None:
    """Each pair of statuses, past the service: allowed here, allowed there."""
    deposit = desk.announced(agent)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    for before in DepositStatus:
        for after in DepositStatus:
            if before == after:
                continue
            put_at(deposit, before, staff, second, past_triggers=True)
            try:
                with transaction.atomic():
                    put_at(deposit, after, staff, second)
            except DatabaseError:
                is_allowed = False
            else:
                is_allowed = True
            assert is_allowed == (after in DEPOSIT_MOVES[before]), (before, after)


def put_at(deposit, status, staff, second, *, past_triggers: bool = False) -> None:
    is_found = status in ("checked", "confirmed", "reversed")
    is_confirmed = status in ("confirmed", "reversed")
    role = "replica" if past_triggers else "origin"
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL session_replication_role = {role}")
        cursor.execute(
            "UPDATE kameng_offlinedeposit SET status=%s, received_amount=%s, bank_txn_no=%s,"
            " first_by_id=%s, confirmed_by_id=%s, confirmed_at=%s WHERE id=%s",
            [
                status,
                1 if is_found else None,
                "X" if is_found else "",
                staff.pk if is_found else None,
                second.pk if is_confirmed else None,
                "2026-11-01T00:00:00Z" if is_confirmed else None,
                deposit.pk,
            ],
        )
        cursor.execute("SET LOCAL session_replication_role = origin")


def test_the_database_keeps_what_was_booked(agent, staff) -> None:
    deposit = desk.declared(agent)
    desk.confirm(deposit, staff)
    for change in ({"received_amount": 1}, {"bank_txn_no": "Y"}, {"reference": "Z"}):
        with pytest.raises(DatabaseError), transaction.atomic():
            OfflineDeposit.objects.filter(pk=deposit.pk).update(**change)
    with pytest.raises(IntegrityError), transaction.atomic():
        OfflineDeposit.objects.filter(pk=deposit.pk).update(needs_second=True)
    for row in (deposit, *deposit.events.all()[:1], *deposit.proofs.all()):
        with pytest.raises(DatabaseError), transaction.atomic():
            row.delete()
