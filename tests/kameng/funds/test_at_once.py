"""Many hands at once: money moves once."""

from __future__ import annotations

from decimal import Decimal

import pytest

from kameng.errors import NotPossibleNow
from kameng.funds_errors import BankNumberUsed
from kameng.services.funds import bank_deposits
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
