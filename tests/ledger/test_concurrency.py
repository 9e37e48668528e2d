"""Many connections at once: nothing is lost, nothing deadlocks."""

from __future__ import annotations

from decimal import Decimal

import pytest

from ledger import accounts, services
from ledger.errors import InsufficientBalance
from ledger.models import EntryKind
from ledger.services import Line
from tests import world
from tests.threads import in_threads

pytestmark = pytest.mark.django_db(transaction=True)


def test_transfers_in_both_directions_do_not_deadlock() -> None:
    a, b = (accounts.wallet("retail", world.make_user()) for _ in range(2))
    for wallet in (a, b):
        world.pay_in(wallet, "1000")

    def transfer(number: int) -> None:
        source, target = (a, b) if number % 2 else (b, a)
        services.post(
            reference=f"t{number}",
            kind=EntryKind.ADJUSTMENT,
            lines=[Line(source, Decimal(-1)), Line(target, Decimal(1))],
        )

    in_threads(transfer, range(100))
    assert services.balances([a, b]) == {a: Decimal(1000), b: Decimal(1000)}
    assert world.ledger_is_clean()


def test_a_wallet_is_never_overdrawn_by_many_at_once() -> None:
    wallet = accounts.wallet("retail", world.make_user())
    world.pay_in(wallet, "10")
    escrow = accounts.escrow()

    def spend(number: int) -> bool:
        try:
            services.post(
                reference=f"s{number}",
                kind=EntryKind.ORDER_PLACED,
                lines=[Line(wallet, Decimal(-1)), Line(escrow, Decimal(1))],
            )
        except InsufficientBalance:
            return False
        return True

    assert sum(in_threads(spend, range(30))) == 10
    assert services.balance(wallet) == 0


def test_the_same_reference_at_once_is_posted_once() -> None:
    wallet = accounts.wallet("retail", world.make_user())
    cash = accounts.cash("bank")

    def deposit(_: int) -> bool:
        return services.post(
            reference="once",
            kind=EntryKind.DEPOSIT,
            lines=[Line(cash, Decimal(-5)), Line(wallet, Decimal(5))],
        ).is_new

    assert sum(in_threads(deposit, range(20))) == 1
    assert services.balance(wallet) == Decimal(5)


def test_checkpoints_taken_under_load_lose_nothing() -> None:
    wallet = accounts.wallet("retail", world.make_user())
    cash = accounts.cash("bank")

    def deposit(number: int) -> None:
        services.post(
            reference=f"d{number}",
            kind=EntryKind.DEPOSIT,
            lines=[Line(cash, Decimal(-1)), Line(wallet, Decimal(1))],
        )
        if number % 10 == 0:
            services.checkpoint(lock_timeout_ms=5000)

    in_threads(deposit, range(100))
    assert services.balances([wallet, cash]) == {wallet: Decimal(100), cash: Decimal(-100)}
    assert world.ledger_is_clean()
