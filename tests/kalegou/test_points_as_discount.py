"""Points pay a part of an order, and come back exactly with what is refunded of it."""

from __future__ import annotations

import itertools
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from catalog.models import SKU
from kalegou.errors import PointsRefused
from kalegou.models import Member
from kalegou.points import MOST_OF_AN_ORDER, most_points, still_spent, worth_of
from kalegou.services import ensure_member
from ledger import accounts
from ledger.errors import InsufficientBalance
from ledger.services import balance
from orders.errors import IdempotencyConflict, NotPayable
from orders.models import Funding, Order
from orders.services import cancel_unpaid, pay_from_wallet, place_order
from outbound.numbers import new_number
from payments.gateways.base import GatewayNotice, PaymentStatus
from payments.models import Payment
from payments.services import settle
from tests import world
from tests.threads import in_threads
from users.errors import PersonError

_refs = itertools.count(1)
TOTALS = st.decimals("0.01", "100000", places=2)


class TestArithmetic:
    @given(total=TOTALS, balance=st.integers(0, 10**7))
    def test_at_most_a_fifth_and_never_more_than_there_is(self, total, balance) -> None:
        points = most_points(total, balance)
        assert 0 <= points <= balance
        assert worth_of(points) <= total * MOST_OF_AN_ORDER
        # One more would be too much, of one or the other.
        assert points == balance or worth_of(points + 1) > total * MOST_OF_AN_ORDER
        assert worth_of(points) == worth_of(points).quantize(Decimal("0.01"))

    @given(total=TOTALS, points=st.integers(1, 10**6), shares=st.lists(st.integers(0, 100)))
    def test_refunds_in_any_portions_give_back_each_point_once(self, total, points, shares) -> None:
        kept, back = total, 0
        for share in shares:
            less = (kept * share / 100).quantize(Decimal("0.01"))
            before = still_spent(points, total=total, kept=kept)
            kept = max(kept - less, Decimal(0))
            returned = before - still_spent(points, total=total, kept=kept)
            assert returned >= 0
            back += returned
        assert back + still_spent(points, total=total, kept=kept) == points
        assert still_spent(points, total=total, kept=total) == points
        assert still_spent(points, total=total, kept=Decimal(0)) == 0


@pytest.fixture
def member(db: None) -> Member:
    member = ensure_member(world.make_user())
    world.pay_in(member.wallet_id, "1000")
    world.give_points(member.points_id, 3000)
    return member


@pytest.fixture
def sku(db: None) -> SKU:
    sku = world.make_sku(list_price="100")
    world.stock_cards(sku, 5, unit_cost="80")
    return sku


def buy(member: Member, sku: SKU, points: int, *, ref: str = "", **more: Any) -> Order:
    return place_order(
        **{
            "channel": "retail",
            "buyer": member.user,
            "sku": sku,
            "quantity": 1,
            "client_ref": ref or f"points{next(_refs)}",
            "points": points,
            **more,
        }
    ).order


def money_arrives(order: Order) -> None:
    """The gateway tells that the order's payment was made."""
    payment = Payment.objects.create(
        payment_no=new_number("P"),
        purpose="order",
        purpose_ref=order.order_no,
        payer=order.buyer,
        gateway="sandbox",
        amount=order.total,
        subject="x",
        expires_at=timezone.now(),
    )
    settle(
        gateway="sandbox",
        notice=GatewayNotice(
            payment.payment_no, f"T{payment.pk}", PaymentStatus.PAID, payment.amount
        ),
    )


def money_and_points(member: Member) -> tuple[Decimal, int]:
    return balance(member.wallet_id), int(balance(member.points_id))


def test_the_order_costs_less_and_its_revenue_is_whole(member, sku) -> None:
    order = buy(member, sku, 2000)
    assert (order.status, order.total) == ("completed", Decimal(80))
    assert money_and_points(member) == (Decimal(920), 3000 - 2000 + 80)  # 80 earned by it
    assert balance(accounts.revenue("retail")) == 100
    assert balance(accounts.promotion("retail")) == -20
    assert balance(accounts.escrow()) == 0
    assert world.books_are_clean()


@pytest.mark.parametrize("points", [2001, 3001, 10**9])
def test_more_than_a_fifth_or_than_there_is_changes_nothing(member, sku, points) -> None:
    with pytest.raises(PointsRefused):
        buy(member, sku, points)
    assert money_and_points(member) == (Decimal(1000), 3000)
    assert not Order.objects.exists()


def test_a_refund_gives_points_back_and_takes_earned_ones_exactly(member, sku) -> None:
    order = buy(member, sku, 1999)
    for amount in ("30.00", "0.01", "50.00"):
        world.refund(order, Decimal(amount))
        assert world.books_are_clean()
    assert money_and_points(member) == (Decimal(1000), 3000)
    assert balance(accounts.promotion("retail")) == 0
    assert balance(accounts.revenue("retail")) == 0


def test_what_the_member_owes_is_paid_from_points_that_come_back(member, sku) -> None:
    first = buy(member, sku, 0)  # earns 100
    second = buy(member, sku, 2000)
    third = buy(member, sku, int(balance(member.points_id)))  # 1,180 of them: none are left but 88
    world.refund(first, Decimal(100))
    member.refresh_from_db()
    assert member.points_owed == 100 - 88
    world.refund(second, second.total)
    world.refund(third, third.total)
    member.refresh_from_db()
    assert (member.points_owed, *money_and_points(member)) == (0, Decimal(1000), 3000)
    assert world.books_are_clean()


def test_an_unpaid_order_holds_its_points_until_it_is_cancelled(member, sku) -> None:
    order = buy(member, sku, 2000, funding=Funding.GATEWAY)
    assert money_and_points(member) == (Decimal(1000), 1000)
    assert world.books_are_clean()
    cancel_unpaid(order_id=order.pk)
    cancel_unpaid(order_id=order.pk)
    assert money_and_points(member) == (Decimal(1000), 3000)
    assert world.books_are_clean()


def test_money_that_comes_after_the_cancelling_is_taken_if_the_points_are_there(
    member, sku
) -> None:
    late, too_late = (buy(member, sku, 1000, funding=Funding.GATEWAY) for _ in range(2))
    for order in (late, too_late):
        cancel_unpaid(order_id=order.pk)
        order.refresh_from_db()
    money_arrives(late)
    late.refresh_from_db()
    assert late.status == "completed"
    assert int(balance(member.points_id)) == 3000 - 1000 + 90
    assert world.books_are_clean()

    buy(member, sku, 2000)
    assert int(balance(member.points_id)) < 1000
    money_arrives(too_late)
    too_late.refresh_from_db()
    assert too_late.status == "cancelled"
    assert balance(accounts.refund_clearing("sandbox")) == 90
    assert world.books_are_clean()


def test_points_are_part_of_what_makes_a_repeat_the_same(member, sku) -> None:
    first = buy(member, sku, 500, ref="again")
    assert buy(member, sku, 500, ref="again") == first
    with pytest.raises(IdempotencyConflict):
        buy(member, sku, 400, ref="again")


@pytest.mark.django_db(transaction=True)
def test_the_same_points_are_not_spent_twice_at_once(member, sku) -> None:
    def one(_: int) -> bool:
        try:
            buy(member, sku, 2000)
        except PersonError:
            return False
        return True

    assert sum(in_threads(one, range(5))) == 1
    assert int(balance(member.points_id)) == 3000 - 2000 + 80
    assert world.books_are_clean()


class TestPayingLaterFromTheWallet:
    def test_the_order_goes_on_and_a_refund_goes_to_the_wallet(self, member, sku) -> None:
        order = buy(member, sku, 2000, funding=Funding.GATEWAY)
        paid = pay_from_wallet(order_id=order.pk)
        assert (paid.status, paid.funding, paid.wallet_id) == (
            "completed",
            "wallet",
            member.wallet_id,
        )
        assert money_and_points(member) == (Decimal(920), 1080)
        world.refund(paid, Decimal(80))
        assert money_and_points(member) == (Decimal(1000), 3000)
        assert world.books_are_clean()

    def test_it_is_paid_once(self, member, sku) -> None:
        order = buy(member, sku, 0, funding=Funding.GATEWAY)
        pay_from_wallet(order_id=order.pk)
        with pytest.raises(NotPayable):
            pay_from_wallet(order_id=order.pk)
        assert balance(member.wallet_id) == 900

    def test_sold_out_meanwhile_it_is_back_at_once(self, member, sku) -> None:
        order = buy(member, sku, 2000, funding=Funding.GATEWAY)
        buy(member, sku, 0, quantity=5)
        before = money_and_points(member)
        assert pay_from_wallet(order_id=order.pk).status == "failed"
        assert money_and_points(member) == (before[0], before[1] + 2000)
        assert world.books_are_clean()

    def test_too_little_money_changes_nothing(self, member, sku) -> None:
        order = buy(member, sku, 2000, quantity=2, funding=Funding.GATEWAY)
        world.pay_in(member.wallet_id, "-900")
        with pytest.raises(InsufficientBalance):
            pay_from_wallet(order_id=order.pk)
        order.refresh_from_db()
        assert (order.status, order.funding, order.wallet_id) == (
            "awaiting_payment",
            "gateway",
            None,
        )

    def test_a_guest_has_no_wallet(self, sku) -> None:
        order = place_order(
            channel="retail",
            buyer=None,
            guest_key="g" * 32,
            sku=sku,
            quantity=1,
            client_ref="guest",
            funding=Funding.GATEWAY,
        ).order
        with pytest.raises(NotPayable):
            pay_from_wallet(order_id=order.pk)

    def test_a_gateways_money_that_comes_too_goes_back(self, member, sku) -> None:
        order = buy(member, sku, 0, funding=Funding.GATEWAY)
        pay_from_wallet(order_id=order.pk)
        money_arrives(order)
        assert balance(accounts.refund_clearing("sandbox")) == 100
        assert balance(member.wallet_id) == 900
        assert world.books_are_clean()

    def test_the_database_lets_nobody_change_it_later(self, member, sku) -> None:
        order = buy(member, sku, 0)
        with pytest.raises(DatabaseError, match="as it was sold"), transaction.atomic():
            Order.objects.filter(pk=order.pk).update(funding=Funding.GATEWAY)
