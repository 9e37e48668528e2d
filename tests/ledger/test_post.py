"""Posting: zero-sum, once per reference, never below a floor, append-only."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from database.prepared import run
from ledger import accounts, services
from ledger.errors import InsufficientBalance
from ledger.models import Account, Entry, EntryKind, Posting, Unit
from ledger.services import Line
from tests import world

pytestmark = pytest.mark.django_db


@pytest.fixture
def wallet() -> int:
    account = accounts.wallet("retail", world.make_user())
    world.pay_in(account, "100")
    return account


def pay(wallet: int, amount: str, reference: str = "r") -> services.Posted:
    return services.post(
        reference=reference,
        kind=EntryKind.ORDER_PLACED,
        lines=[Line(wallet, -Decimal(amount)), Line(accounts.escrow(), Decimal(amount))],
    )


def test_money_moves_from_one_account_to_the_other(wallet: int) -> None:
    assert pay(wallet, "30.5").is_new
    assert services.balances([wallet, accounts.escrow()]) == {
        wallet: Decimal("69.5"),
        accounts.escrow(): Decimal("30.5"),
    }


def test_posting_a_reference_twice_does_nothing(wallet: int) -> None:
    first, again = pay(wallet, "30"), pay(wallet, "30")
    assert (first.is_new, again.is_new) == (True, False)
    assert first.entry_id == again.entry_id
    assert services.balance(wallet) == Decimal(70)


def test_a_wallet_can_be_emptied_and_not_more(wallet: int) -> None:
    pay(wallet, "100")
    with pytest.raises(InsufficientBalance), transaction.atomic():
        pay(wallet, "0.0001", "more")
    assert services.balance(wallet) == 0


def test_a_credit_line_lowers_the_floor(wallet: int) -> None:
    Account.objects.filter(pk=wallet).update(floor=Decimal(-50))
    pay(wallet, "150")
    assert services.available(wallet) == 0
    with pytest.raises(InsufficientBalance), transaction.atomic():
        pay(wallet, "0.01", "more")


def test_lines_that_do_not_sum_to_zero_are_refused(wallet: int) -> None:
    with pytest.raises(ValueError, match="does not sum to zero"):
        services.post(reference="x", kind=EntryKind.ADJUSTMENT, lines=[Line(wallet, Decimal(1))])


def test_yuan_and_points_do_not_balance_each_other(wallet: int) -> None:
    points = accounts.points(world.make_user())
    with pytest.raises(ValueError, match="does not sum to zero"):
        services.post(
            reference="x",
            kind=EntryKind.ADJUSTMENT,
            lines=[Line(wallet, Decimal(-1)), Line(points, Decimal(1), Unit.POINT)],
        )


def test_the_database_itself_refuses_an_entry_that_does_not_sum_to_zero(wallet: int) -> None:
    entry = Entry.objects.create(reference="bare", kind=EntryKind.ADJUSTMENT)
    with pytest.raises(IntegrityError, match="does not sum to zero"), transaction.atomic():
        Posting.objects.create(entry=entry, account_id=wallet, unit="CNY", amount=Decimal(1))


def test_the_database_refuses_an_account_in_another_unit(wallet: int) -> None:
    entry = Entry.objects.create(reference="bare", kind=EntryKind.ADJUSTMENT)
    with pytest.raises(IntegrityError, match="no account"), transaction.atomic():
        Posting.objects.bulk_create(
            [
                Posting(entry=entry, account_id=wallet, unit="POINT", amount=Decimal(1)),
                Posting(entry=entry, account_id=wallet, unit="POINT", amount=Decimal(-1)),
            ]
        )


def open_entry(*lines: Line) -> services.Posted:
    return services.post(reference="r", kind=EntryKind.ORDER_COMPLETED, lines=lines)


def test_an_entry_of_open_accounts_is_posted_without_a_look_at_them() -> None:
    open_entry(
        Line(accounts.escrow(), Decimal(-5), is_open=True),
        Line(accounts.revenue("retail"), Decimal(5), is_open=True),
    )
    assert services.balance(accounts.revenue("retail")) == Decimal(5)


def test_a_wallet_that_is_taken_for_an_open_account_is_refused(wallet: int) -> None:
    """Else money would move without its balance, and below its floor."""
    with pytest.raises(DatabaseError, match="leaves its balance out"), transaction.atomic():
        open_entry(
            Line(wallet, Decimal(-500), is_open=True),
            Line(accounts.escrow(), Decimal(500), is_open=True),
        )
    assert services.balance(wallet) == Decimal(100)


def test_a_wallet_among_open_accounts_keeps_its_balance(wallet: int) -> None:
    open_entry(Line(accounts.escrow(), Decimal(-5), is_open=True), Line(wallet, Decimal(5)))
    assert services.balance(wallet) == Decimal(105)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_posting SET amount = amount",
        "DELETE FROM ledger_posting",
        "UPDATE ledger_entry SET memo = 'x'",
        "DELETE FROM ledger_entry",
        "DELETE FROM ledger_account",
        "UPDATE ledger_account SET unit = 'POINT'",
        "UPDATE users_auditlog SET reason = 'x'",
    ],
)
def test_history_can_not_be_rewritten(wallet: int, statement: str) -> None:
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_a_reversal_mends_an_entry_once(wallet: int) -> None:
    entry = Entry.objects.get(pk=pay(wallet, "30").entry_id)
    assert services.reverse(entry=entry).is_new
    assert not services.reverse(entry=entry).is_new
    assert services.balance(wallet) == Decimal(100)
    assert world.ledger_is_clean()


def test_a_statement_shows_the_running_balance_oldest_first(wallet: int) -> None:
    pay(wallet, "30", "a")
    pay(wallet, "20", "b")
    rows = services.statement(wallet)
    assert [(row.amount, row.balance_after) for row in rows] == [
        (Decimal(100), Decimal(100)),
        (Decimal(-30), Decimal(70)),
        (Decimal(-20), Decimal(50)),
    ]
    assert services.statement(wallet, after_posting=rows[1].pk) == rows[2:]


def test_a_checkpoint_changes_no_balance(wallet: int) -> None:
    pay(wallet, "30", "a")
    services.checkpoint()
    pay(wallet, "20", "b")
    assert services.balance(accounts.escrow()) == Decimal(50)
    services.checkpoint()
    assert services.balance(accounts.escrow()) == Decimal(50)
    assert world.ledger_is_clean()


@settings(max_examples=30, deadline=None)
@given(
    steps=st.lists(
        st.tuples(st.integers(0, 2), st.integers(0, 2), st.decimals("0.0001", "60", places=4)),
        max_size=12,
    )
)
def test_random_transfers_keep_the_books_clean(steps: list[tuple[int, int, Decimal]]) -> None:
    with transaction.atomic():
        wallets = [accounts.wallet("retail", world.make_user()) for _ in range(3)]
        for wallet in wallets:
            world.pay_in(wallet, "50")
        expected = dict.fromkeys(wallets, Decimal(50))
        for number, (source, target, amount) in enumerate(steps):
            lines = [Line(wallets[source], -amount), Line(wallets[target], amount)]
            if source == target:
                continue
            try:
                with transaction.atomic():
                    services.post(
                        reference=f"t{number}:{wallets[0]}", kind=EntryKind.ADJUSTMENT, lines=lines
                    )
            except InsufficientBalance:
                assert expected[wallets[source]] < amount
            else:
                expected[wallets[source]] -= amount
                expected[wallets[target]] += amount
        assert services.balances(wallets) == expected
        assert world.ledger_is_clean()


@pytest.mark.django_db(transaction=True)
def test_an_account_whose_making_was_rolled_back_is_made_again() -> None:
    def try_to_pay() -> None:
        accounts.escrow()
        raise InsufficientBalance

    with pytest.raises(InsufficientBalance), transaction.atomic():
        try_to_pay()
    wallet = accounts.wallet("retail", world.make_user())
    world.pay_in(wallet, "10")
    assert pay(wallet, "10").is_new


def test_entries_posted_together_each_stand_for_themselves(wallet: int) -> None:
    """One of them was posted before: it does nothing again, and the others are posted."""
    sold, fee, odd = (
        services.NewEntry(
            reference,
            EntryKind.ORDER_PLACED,
            [payer, Line(accounts.escrow(), -payer.amount, is_open=True)],
            memo,
        )
        for reference, payer, memo in (
            ("sold", Line(wallet, Decimal(-30)), ""),
            ("fee", Line(accounts.cash("bank"), Decimal(-2), is_open=True), 'of "them", {all}'),
            ("o,d\\d", Line(accounts.cash("bank"), Decimal(-1), is_open=True), ""),
        )
    )
    for entries in ([fee], [sold, fee], [sold, odd]):
        (call,) = services.postings(entries)
        run([call])
    kept = Entry.objects.filter(reference__in=["sold", "fee", "o,d\\d"]).order_by("pk")
    assert [(entry.reference, entry.memo, entry.postings.count()) for entry in kept] == [
        ("fee", 'of "them", {all}', 2),
        ("sold", "", 2),
        ("o,d\\d", "", 2),
    ]
    assert services.balance(wallet) == Decimal(70)
    assert services.balance(accounts.escrow()) == Decimal(33)


def test_entries_over_two_wallets_are_posted_one_after_the_other(wallet: int) -> None:
    other = accounts.wallet("retail", world.make_user())
    entry = services.NewEntry(
        "moved", EntryKind.ADJUSTMENT, [Line(wallet, Decimal(-5)), Line(other, Decimal(5))]
    )
    run(services.postings([entry]))
    assert services.balances([wallet, other]) == {wallet: Decimal(95), other: Decimal(5)}
