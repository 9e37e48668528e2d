"""Goods for points: a real order, paid by points alone; what fails gives all of them back."""

from __future__ import annotations

import itertools
import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone, translation

from catalog.models import SKU
from kalegou.errors import ExchangeRefused
from kalegou.models import ExchangeItem, ExchangeUse, GrowthRecord, Member
from kalegou.services import exchange
from ledger import accounts
from ledger.services import balance
from orders.models import Order
from orders.services import apply_outcome
from suppliers.models import Supplier
from suppliers.outcomes import DeliveredCard, Outcome, OutcomeKind
from tests import world
from tests.kalegou import shop
from tests.threads import in_threads
from users.errors import PersonError
from users.models import Notice
from users.notices import tell

pytestmark = pytest.mark.django_db
_refs = itertools.count(1)


@pytest.fixture
def member() -> Member:
    member = shop.make_member("10")
    world.give_points(member.points_id, 10_000)
    return member


@pytest.fixture
def sku() -> SKU:
    return shop.make_cards(20, list_price="50", cost="40")


def offer(sku: SKU, **fields: Any) -> ExchangeItem:
    return ExchangeItem.objects.create(**{"sku": sku, "points": 3000, **fields})


def take(member: Member, item: ExchangeItem, quantity: int = 1, **more: Any) -> Order:
    return exchange(
        **{
            "buyer": member.user,
            "item": item,
            "quantity": quantity,
            "account": {},
            "client_ref": f"exchange{next(_refs)}",
            "seen_points": item.points,
            **more,
        }
    ).order


def points_of(member: Member) -> int:
    return int(balance(member.points_id))


def test_points_pay_all_of_it_and_its_cost_is_booked(member, sku) -> None:
    item = offer(sku, most=3)
    order = take(member, item, 2, client_ref="once")
    assert take(member, item, 2, client_ref="once") == order
    assert (order.status, order.funding, order.total) == ("completed", "points", Decimal(100))
    assert points_of(member) == 4000  # and it earns none
    assert not GrowthRecord.objects.exists()
    assert balance(member.wallet_id) == 10
    assert balance(accounts.revenue("retail")) == 100
    assert balance(accounts.promotion("retail")) == -100
    assert balance(accounts.cost("retail")) == -80
    item.refresh_from_db()
    assert item.taken == 2
    assert world.books_are_clean()
    world.refund(order, Decimal("33.33"))
    assert world.books_are_clean()
    world.refund(order, Decimal("66.67"))
    assert points_of(member) == 10_000
    assert balance(accounts.promotion("retail")) == 0
    assert world.books_are_clean()


def test_what_isnt_delivered_gives_points_and_units_back(member) -> None:
    sku = world.make_sku(list_price="20")
    supplier = Supplier.objects.create(code="far", name="x", adapter="fulu", settling_seconds=0)
    world.make_offer(sku, supplier, cost="15")
    item = offer(sku, points=1000, most=4)
    orders = [take(member, item, 3), take(member, item)]
    assert world.books_are_clean()  # with the money in escrow
    outcomes = (
        Outcome(OutcomeKind.DELIVERED, cards=(DeliveredCard("N1", "S1"),)),
        Outcome(OutcomeKind.REJECTED),
    )
    for order, outcome in zip(orders, outcomes, strict=True):
        attempt = world.begin(order)
        assert attempt
        apply_outcome(fulfilment_id=attempt.pk, outcome=outcome, source="query")
        order.refresh_from_db()
    assert [order.status for order in orders] == ["partially_completed", "failed"]
    assert points_of(member) == 10_000 - 1000
    item.refresh_from_db()
    assert item.taken == 1
    assert world.books_are_clean()


@pytest.mark.parametrize(
    ("fields", "quantity", "why"),
    [
        ({"most": 1}, 2, "Only 1 are left"),
        ({"most": 0}, 1, "have been taken"),
        ({"per_member": 1}, 2, "may have 1"),
        ({"points": 10_001}, 1, "1 more points"),
        ({"is_open": False}, 1, "any more"),
        ({"starts_at": timezone.now() + timedelta(days=1)}, 1, "any more"),
    ],
)
def test_it_is_refused_with_the_reason_and_nothing_is_taken(
    member, sku, fields, quantity, why
) -> None:
    item = offer(sku, **fields)
    with translation.override("en"), pytest.raises(ExchangeRefused, match=why):
        take(member, item, quantity)
    with translation.override("en"), pytest.raises(ExchangeRefused, match="look again"):
        take(member, item, seen_points=item.points - 1)
    assert points_of(member) == 10_000
    assert not ExchangeUse.objects.exists()
    assert not Order.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_many_at_once_never_take_more_than_there_is_than_one_may_or_than_one_has() -> None:
    sku = shop.make_cards(30, list_price="50", cost="40")
    members = [shop.make_member() for _ in range(3)]
    for member in members:
        world.give_points(member.points_id, 7000)
    item = offer(sku, points=2000, most=5, per_member=2)

    def one(turn: int) -> bool:
        try:
            take(members[turn % 3], item)
        except PersonError:
            return False
        return True

    assert sum(in_threads(one, range(18), threads=6)) == 5
    item.refresh_from_db()
    assert item.taken == 5
    assert sorted(points_of(member) for member in members) == [3000, 3000, 5000]
    assert world.books_are_clean()


def test_the_shop_of_it_from_the_shelf_to_the_codes(client, member, sku) -> None:
    client.cookies["django_language"] = "en"
    assert "Nothing to exchange" in client.get("/kalegou/exchange/").text
    item, dear = offer(sku, most=2), offer(shop.make_cards(1), points=99_999)
    assert "3,000 points" in client.get("/kalegou/exchange/").text
    shop.log_in(client, member)
    assert "89999 points are missing" in client.get("/kalegou/exchange/").text
    assert "Too few points" in client.get(f"/kalegou/exchange/{dear.pk}/").text
    page = f"/kalegou/exchange/{item.pk}/"
    [ref] = re.findall(r'name="ref" value="(\w+)"', client.get(page).text)
    form = {"sku": sku.code, "ref": ref, "seen_points": "3000", "quantity": "3"}
    assert client.post(page, form).status_code == 422
    form["quantity"] = "1"
    first = client.post(page, form)
    again = client.post(page, form)
    assert first.status_code == again.status_code == 302
    order = Order.objects.get()
    shown = client.get(first.headers["Location"]).text
    assert order.status == "completed"
    assert "Paid by points" in shown
    world.refund(order, order.total)
    assert "3000 points came back" in client.get(first.headers["Location"]).text
    assert points_of(member) == 10_000
    assert client.get("/kalegou/orders/").status_code == 200


def test_staff_make_an_offer_and_see_what_it_costs(admin_client, sku) -> None:
    form = {
        "sku": sku.pk, "points": "3000", "most": "5", "per_member": "", "is_open": "on",
        "starts_at_0": "2026-01-01", "starts_at_1": "00:00:00", "ends_at_0": "", "ends_at_1": "",
        "position": "0",
    }  # fmt: skip
    assert admin_client.post("/admin/kalegou/exchangeitem/add/", form).status_code == 302
    item = ExchangeItem.objects.get()
    assert "¥40.00" in admin_client.get("/admin/kalegou/exchangeitem/").text
    page = f"/admin/kalegou/exchangeitem/{item.pk}/change/"
    ExchangeItem.objects.update(taken=3)
    assert admin_client.post(page, {**form, "most": "2"}).status_code == 200
    assert admin_client.post(page, {**form, "most": "4"}).status_code == 302
    item.refresh_from_db()
    assert (item.most, item.taken) == (4, 3)


def test_a_member_reads_notices_and_nobody_elses(client, member) -> None:
    client.cookies["django_language"] = "en"
    tell(member.user, "retail.points_expired", points=5, day=timezone.localdate())
    tell(shop.make_member().user, "retail.level_up", level="Gold")
    mine, other = Notice.objects.order_by("pk")
    shop.log_in(client, member)
    page = client.get("/kalegou/account/inbox/").text
    assert "5 points have run out" in page
    assert "Gold" not in page
    assert client.get(f"/kalegou/account/inbox/{other.pk}/").status_code == 404
    answer = client.get(f"/kalegou/account/inbox/{mine.pk}/")
    assert answer.headers["Location"] == "/kalegou/account/points/"
    assert "Everything is read" in client.get("/kalegou/account/inbox/?show=unread").text
    assert client.post("/kalegou/account/inbox/read/").status_code == 302
