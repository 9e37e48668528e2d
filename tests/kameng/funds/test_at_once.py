"""Many hands at once: money moves once."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from kameng.errors import NotPossibleNow
from kameng.funds_errors import BankNumberUsed, NotEnoughOwnMoney
from kameng.models import WithdrawalStatus
from kameng.services.funds import bank_deposits, withdrawals
from ledger.services import balance
from tests import world
from tests.kameng.funds import desk
from tests.threads import in_threads

pytestmark = pytest.mark.django_db(transaction=True)


def test_staff_who_confirm_at_once_book_once(agent, staff, second) -> None:
    deposit, twin = desk.declared(agent, "3000"), desk.declared(agent, "3000")

    def confirm(number: int) -> bool:
        try:
            bank_deposits.confirm_deposit(
                deposit=twin if number % 3 == 0 else deposit,
                actor=staff if number % 2 else second,
                received_amount=Decimal(3000),
                bank_txn_no="TX1",
            )
        except (NotPossibleNow, BankNumberUsed):
            return False
        return True

    assert sum(in_threads(confirm, range(12))) == 1
    assert balance(agent.wallet_id) == Decimal(4000)
    assert world.books_are_clean()


def test_many_withdrawals_at_once_never_take_more_than_there_is(agent, staff) -> None:
    account = desk.verified_account(agent, staff)

    def ask(number: int) -> bool:
        try:
            desk.asked(agent, account, "300")
        except NotEnoughOwnMoney:
            return False
        return True

    assert sum(in_threads(ask, range(20), threads=20)) == 3
    assert balance(agent.wallet_id) == Decimal(100)
    same = in_threads(
        lambda _n: desk.asked(agent, account, "100", ref="the-same-ref").pk, range(6), threads=6
    )
    assert len(set(same)) == 1
    assert balance(agent.wallet_id) == Decimal(0)
    assert world.books_are_clean()


def test_of_those_who_decide_at_once_one_does(agent, staff, second) -> None:
    account = desk.verified_account(agent, staff)
    withdrawal = desk.asked(agent, account, "300")
    ways: list[Callable[[], object]] = [
        lambda: withdrawals.approve_withdrawal(withdrawal=withdrawal, actor=staff),
        lambda: withdrawals.refuse_withdrawal(withdrawal=withdrawal, actor=second, reason="x"),
        lambda: withdrawals.cancel_withdrawal(withdrawal=withdrawal),
    ]

    def decide(number: int) -> bool:
        try:
            ways[number % 3]()
        except NotPossibleNow:
            return False
        return True

    assert sum(in_threads(decide, range(9), threads=9)) == 1
    withdrawal.refresh_from_db()
    is_open = withdrawal.status == WithdrawalStatus.APPROVED
    assert balance(agent.wallet_id) == (Decimal(700) if is_open else Decimal(1000))
    assert world.books_are_clean()
