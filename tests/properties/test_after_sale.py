"""Delivered orders claimed, replaced and refunded again: never more goes back than was paid."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger import services as ledger
from orders.models import Order
from suppliers.outcomes import OutcomeKind
from tests import world
from tests.properties.test_books_stay_clean import (
    NUMBERS,
    Shop,
    answer,
    claim,
    claim_back,
    decide_claim,
    place,
    refund,
    work,
)
from users.errors import PersonError

pytestmark = pytest.mark.django_db
MEMBER = 3

EVENTS = st.one_of(
    st.tuples(st.just(claim), NUMBERS, st.integers(1, 3)),
    st.tuples(st.just(decide_claim), NUMBERS, st.integers(0, 3), st.integers(1, 4)),
    st.tuples(st.just(claim_back), NUMBERS, st.integers(1, 4), st.booleans()),
    st.tuples(st.just(answer), NUMBERS, st.sampled_from(OutcomeKind), st.integers(0, 2)),
    st.tuples(st.just(refund), NUMBERS, st.integers(1, 4)),
)


@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(events=st.lists(EVENTS, min_size=3, max_size=20))
def test_random_decisions_after_the_sale_leave_the_books_clean(events: list[tuple]) -> None:
    with transaction.atomic():
        shop = Shop.open()
        place(shop, MEMBER, 0, 3, 150)  # three codes of stock, partly paid with points
        place(shop, MEMBER, 1, 1, 333)  # a top-up
        work(shop, 1)
        answer(shop, 0, OutcomeKind.DELIVERED, 0)
        paid = sum(order.total for order in Order.objects.all())
        before = ledger.balance(shop.member.wallet_id)
        for event, *arguments in events:
            try:
                with transaction.atomic():
                    event(shop, *arguments)
            except PersonError:
                continue
        assert world.books_are_clean()
        came_back = ledger.balance(shop.member.wallet_id) - before
        assert Decimal(0) <= came_back <= paid
        assert ledger.balance(shop.member.points_id) >= 0
        transaction.set_rollback(True)
