"""Whatever a supplier's statements say and staff do about them, the books stay clean and add up."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.services import balance
from orders.services import apply_outcome
from reconciliation.books import books_of
from reconciliation.models import (
    Difference,
    DifferenceState,
    Resolution,
    ResolutionKind,
    StatementDay,
    StatementLine,
)
from reconciliation.services import compare_open, options_of, take_back
from suppliers.outcomes import Outcome, OutcomeKind
from tests import world
from tests.reconciliation.desk import Desk, settle_difference
from users.errors import PersonError

pytestmark = pytest.mark.django_db

NUMBERS = st.integers(0, 7)
KINDS = st.sampled_from(["扣款", "扣款", "退款", "加款", "手续费"])
AMOUNTS = st.sampled_from(["45", "45", "44.5", "0.3", "90"])
OUTCOMES = st.sampled_from([OutcomeKind.DELIVERED, OutcomeKind.REJECTED, OutcomeKind.UNKNOWN, None])


def send(desk: Desk, outcome: OutcomeKind | None) -> None:
    desk.attempt(outcome)


def answer(desk: Desk, number: int, outcome: OutcomeKind) -> None:
    """The supplier says something of an attempt that may have ended long ago."""
    attempts = list(desk.supplier.fulfilments.order_by("pk"))
    if attempts:
        attempt = attempts[number % len(attempts)]
        apply_outcome(fulfilment_id=attempt.pk, outcome=Outcome(outcome), source="query")


def state(desk: Desk, number: int, kind: str, amount: str) -> None:
    """A line about one of our attempts, or about nobody's."""
    attempts = list(desk.supplier.fulfilments.order_by("pk"))
    known = number < len(attempts)
    desk.says(kind, attempts[number] if known else f"STRANGER{number}", amount)


def upload(desk: Desk) -> None:
    desk.imports()


def settle(desk: Desk, number: int, choice: int) -> None:
    rows = list(Difference.objects.order_by("pk"))
    if not rows:
        return
    row = rows[number % len(rows)]
    kinds = [kind for kind in options_of(row) if kind != ResolutionKind.BOOKED]
    if kinds:
        settle_difference(row, kinds[choice % len(kinds)])


def undo(desk: Desk, number: int) -> None:
    done = list(Resolution.objects.order_by("pk"))
    if done:
        take_back(resolution=done[number % len(done)], reason="x", actor=None)


EVENTS = st.one_of(
    st.tuples(st.just(send), OUTCOMES),
    st.tuples(st.just(state), NUMBERS, KINDS, AMOUNTS),
    st.tuples(st.just(state), NUMBERS, KINDS, AMOUNTS),
    st.tuples(st.just(upload)),
    st.tuples(st.just(settle), NUMBERS, NUMBERS),
    st.tuples(st.just(answer), NUMBERS, st.sampled_from(OutcomeKind)),
    st.tuples(st.just(undo), NUMBERS),
)


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(events=st.lists(EVENTS, min_size=6, max_size=25))
def test_statements_and_resolutions_leave_the_books_clean(events: list[tuple]) -> None:
    with transaction.atomic():
        desk = Desk()
        desk.attempt()
        for event, *arguments in events:
            try:
                with transaction.atomic():
                    event(desk, *arguments)
            except PersonError:
                continue
        desk.imports()
        compare_open()
        assert world.books_are_clean()
        # Their lines less our account is exactly what is open or left, to the last cent.
        lines = sum(StatementLine.objects.values_list("amount", flat=True), Decimal(0))
        unsettled = Difference.objects.exclude(state=DifferenceState.SETTLED)
        rest = sum((row.amount for row in unsettled), Decimal(0))
        assert lines - balance(books_of(desk.party).account()) == rest
        # Comparing once more finds the same.
        before = list(
            Difference.objects.order_by("pk").values("subject", "theirs", "ours", "state")
        )
        assert desk.imports().statement is None
        after = list(Difference.objects.order_by("pk").values("subject", "theirs", "ours", "state"))
        assert after == before
        day = StatementDay.objects.get()
        assert day.open_count == Difference.objects.filter(state="open").count()
        transaction.set_rollback(True)
