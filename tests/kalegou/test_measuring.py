"""What the shop tells of its promises is measured from real orders, and only from those."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from catalog.models import SKU
from kalegou.measured import measured_of_product, measured_promises
from kalegou.models import GoodsMeasure, Period, Promise, PromiseMeasure
from kalegou.services.measuring import measure
from orders.models import Fulfilment, FulfilmentStatus, Funding, Order, OrderStatus, Refund
from orders.services import place_order
from tests import world
from tests.kalegou import shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def cards() -> SKU:
    return shop.make_cards(30, list_price="10", cost="5")


def delivered(sku: SKU, *seconds: float, channel: str = "retail", days_ago: int = 0) -> None:
    """Orders that took so many seconds each."""
    ended = timezone.now() - timedelta(days=days_ago)
    for took in seconds:
        buyer = (
            shop.make_member("100").user
            if channel == "retail"
            else world.make_agent(balance="100").user
        )
        placed = place_order(channel=channel, buyer=buyer, sku=sku, quantity=1, client_ref="r")
        Order.objects.filter(pk=placed.order.pk).update(
            paid_at=ended - timedelta(seconds=took), finished_at=ended
        )


def test_median_and_95_of_100_of_the_periods(cards: SKU) -> None:
    delivered(cards, *range(1, 11))
    delivered(cards, 500, days_ago=2)
    delivered(cards, 9000, days_ago=31)
    delivered(cards, 7000, channel="wholesale")
    measure(rest=False)
    promises = measured_promises()
    day, month = promises[Promise.CARDS, Period.DAY], promises[Promise.CARDS, Period.MONTH]
    assert day is not None
    assert month is not None
    assert (day.count, round(day.median_seconds), round(day.p95_seconds)) == (10, 5, 10)
    assert (month.count, round(month.p95_seconds)) == (11, 500)
    assert promises[Promise.FAST, Period.MONTH] is None
    found = measured_of_product(cards.product_id)
    of_sku = found.of_sku(cards.pk)
    assert of_sku is not None
    assert of_sku.count == 11
    assert found.product == of_sku


def test_goods_that_nobody_buys_any_more_lose_their_figures(cards: SKU) -> None:
    delivered(cards, 1)
    measure(rest=False)
    assert GoodsMeasure.objects.exists()
    long_ago = timezone.now() - timedelta(days=40)
    Order.objects.update(paid_at=long_ago, finished_at=long_ago)
    measure(rest=False)
    assert measured_of_product(cards.product_id).product is None


def refunded(*, seconds: float | None, asked_for: bool = False) -> None:
    """A top-up that failed, and its money back so many seconds after; None: still on its way."""
    sku = world.make_sku("topup", list_price="30")
    offer = world.make_offer(sku, shop.any_supplier(), cost="20")
    now = timezone.now()
    order = place_order(
        channel="retail",
        buyer=shop.make_member("100").user,
        sku=sku,
        quantity=1,
        client_ref="r",
        account={"phone": shop.MOBILE_NUMBER},
    ).order
    Fulfilment.objects.create(
        fulfilment_no=f"F{order.pk}",
        order=order,
        offer=offer,
        supplier=offer.supplier,
        quantity=1,
        cost=20,
        status=FulfilmentStatus.FAILED,
        finished_at=now - timedelta(seconds=100),
    )
    Order.objects.filter(pk=order.pk).update(status=OrderStatus.FULFILLING)
    Order.objects.filter(pk=order.pk).update(
        status=OrderStatus.FAILED, finished_at=now - timedelta(seconds=99)
    )
    Refund.objects.create(
        order=order,
        amount=30,
        destination=Funding.GATEWAY,
        reason="failed",
        request_ref="claim" if asked_for else None,
        confirmed_at=None if seconds is None else now - timedelta(seconds=100 - seconds),
    )


def test_a_refund_is_measured_from_the_failure_to_its_confirmation() -> None:
    refunded(seconds=12)
    refunded(seconds=None)
    refunded(seconds=90, asked_for=True)
    measure(rest=False)
    found = measured_promises()[Promise.REFUND_GATEWAY, Period.DAY]
    assert found is not None
    assert (found.count, round(found.median_seconds)) == (1, 12)


def test_measuring_rests_for_longer_than_it_took(cards: SKU) -> None:
    delivered(cards, 1)
    assert measure() == [Period.DAY, Period.MONTH]
    PromiseMeasure.objects.filter(period=Period.MONTH).update(took_seconds=3)
    PromiseMeasure.objects.filter(period=Period.DAY).update(took_seconds=0)
    assert measure() == [Period.DAY]
    PromiseMeasure.objects.update(measured_at=timezone.now() - timedelta(seconds=200))
    assert measure() == [Period.DAY, Period.MONTH]


def test_the_public_page_says_what_was_measured_and_what_was_not(
    client, cards: SKU, django_assert_num_queries
) -> None:
    client.cookies["django_language"] = "en"
    assert "Nothing is measured yet" in client.get("/kalegou/promises/").content.decode()
    delivered(cards, 2, 4, 40)
    measure(rest=False)
    with django_assert_num_queries(2):
        page = shop.text_of(client.get("/kalegou/promises/").content)
    assert "Card codes Promised: within 10 seconds Last 24 hours slower than promised" in page
    assert "median 4.0 seconds 95 of 100 within 40 seconds 3 measured" in page
    assert "Fast top-up Promised: within 10 minutes Last 24 hours Nothing to measure" in page
