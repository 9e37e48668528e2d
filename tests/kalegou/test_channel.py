"""What the retail channel promises to orders: prices, points, growth, and taking them back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine

from catalog.models import SKU
from kalegou.errors import WalletNeedsLogIn
from kalegou.models import GrowthRecord, Member
from kalegou.services import refresh_levels
from ledger import accounts
from ledger import services as ledger
from ledger.models import EntryKind, Unit
from ledger.services import Line, balance
from orders.models import Funding, Order
from orders.services import place_order
from tests import world
from tests.kalegou import shop

pytestmark = pytest.mark.django_db


def buy(member: Member, sku: SKU, quantity: int = 1, ref: str = "r1") -> Order:
    return place_order(
        channel="retail", buyer=member.user, sku=sku, quantity=quantity, client_ref=ref
    ).order


def refund(order: Order, amount: str) -> None:
    world.refund(order, Decimal(amount))


def spend_points(member: Member, count: int) -> None:
    ledger.post(
        reference=f"test:spend:{member.pk}:{count}",
        kind=EntryKind.POINTS,
        lines=[
            Line(member.points_id, -Decimal(count), Unit.POINT),
            Line(accounts.points_issued(), Decimal(count), Unit.POINT),
        ],
    )


def points(member: Member) -> int:
    return int(balance(member.points_id))


def owed(member: Member) -> int:
    return Member.objects.values_list("points_owed", flat=True).get(pk=member.pk)


@pytest.fixture
def sku() -> SKU:
    return shop.make_cards(20, list_price="50.50", cost="40")


def test_a_member_pays_the_share_of_the_level_and_earns_its_points(sku: SKU) -> None:
    member = shop.make_member("500", level=shop.make_level(growth=0, rate="0.9", multiplier="1.5"))
    order = buy(member, sku, 2)
    assert (order.unit_price, order.total, order.price_rule) == (
        Decimal("45.45"),
        Decimal("90.90"),
        "member_level",
    )
    assert balance(member.wallet_id) == Decimal("409.10")
    assert points(member) == 136  # floor(90.90 × 1.5)
    assert GrowthRecord.objects.get().change == 90
    assert world.books_are_clean()


def test_a_member_of_the_lowest_level_pays_the_list_price(sku: SKU) -> None:
    order = buy(shop.make_member("500"), sku)
    assert (order.unit_price, order.price_rule) == (Decimal("50.50"), "list_price")


def test_a_guest_pays_the_list_price_through_a_gateway_and_earns_nothing(sku: SKU) -> None:
    order = place_order(
        channel="retail",
        buyer=None,
        sku=sku,
        quantity=1,
        client_ref="r1",
        guest_key="g",
        funding=Funding.GATEWAY,
    ).order
    assert (order.status, order.unit_price, order.terms) == (
        "awaiting_payment",
        Decimal("50.50"),
        {},
    )


def test_a_guest_has_no_wallet_to_pay_from(sku: SKU) -> None:
    with pytest.raises(WalletNeedsLogIn):
        place_order(
            channel="retail", buyer=None, sku=sku, quantity=1, client_ref="r1", guest_key="g"
        )
    assert not Order.objects.exists()


def test_a_full_refund_takes_back_every_point_and_the_growth(sku: SKU) -> None:
    member = shop.make_member("500")
    order = buy(member, sku, 3)
    refund(order, "151.50")
    assert points(member) == 0
    assert sum(GrowthRecord.objects.values_list("change", flat=True)) == 0
    assert world.books_are_clean()


def test_refunds_in_parts_take_back_no_more_and_no_less(sku: SKU) -> None:
    member = shop.make_member("500")
    order = buy(member, sku, 3)  # 151 points
    refund(order, "0.40")  # 151.10 kept: still 151
    assert points(member) == 151
    refund(order, "0.20")  # 150.90 kept: 150
    assert points(member) == 150
    refund(order, "150.90")
    assert points(member) == 0
    assert world.books_are_clean()


def test_points_spent_before_the_refund_are_owed_and_the_next_ones_pay_for_them(sku: SKU) -> None:
    member = shop.make_member("1000")
    first = buy(member, sku, 2, ref="first")  # 101 points
    spend_points(member, 81)
    refund(first, "101.00")
    assert (points(member), owed(member)) == (0, 81)
    buy(member, sku, 1, ref="second")  # 50 points, all owed
    assert (points(member), owed(member)) == (0, 31)
    buy(member, sku, 1, ref="third")
    assert (points(member), owed(member)) == (19, 0)
    assert world.books_are_clean()


def test_growth_lifts_the_level_and_a_refund_lowers_it_again(sku: SKU) -> None:
    gold = shop.make_level("gold", growth=100)
    member = shop.make_member("500")
    order = buy(member, sku, 2)
    member.refresh_from_db()
    assert member.level == gold
    refund(order, "50.50")
    member.refresh_from_db()
    assert member.level.min_growth == 0


def test_an_order_keeps_the_multiplier_it_was_sold_with(sku: SKU) -> None:
    member = shop.make_member("500", level=shop.make_level(growth=0, rate="1", multiplier="2"))
    order = buy(member, sku)
    member.level.points_multiplier = Decimal(5)
    member.level.save()
    refund(order, "50.50")
    assert points(member) == 0
    assert world.books_are_clean()


def test_growth_older_than_12_months_counts_no_more(sku: SKU) -> None:
    shop.make_level("gold", growth=100)
    with time_machine.travel(datetime(2025, 1, 10, tzinfo=UTC), tick=True):
        member = shop.make_member("500")
        order = buy(member, sku, 2)
        member.refresh_from_db()
        assert member.level.code == "gold"
    with time_machine.travel(datetime(2025, 1, 10, tzinfo=UTC) + timedelta(days=366), tick=True):
        refresh_levels()
        member.refresh_from_db()
        assert member.level.min_growth == 0
        # A refund now takes back growth of then: it must not cost the growth of this year.
        refund(order, "101.00")
        this_year = GrowthRecord.objects.filter(earned_at__gt=datetime(2025, 6, 1, tzinfo=UTC))
        assert not this_year.exists()
