"""Points run out at the end of the following year, the oldest are spent first."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.models import SKU
from kalegou.models import Member, PointsReason, PointsRecord
from kalegou.points import points_end_on
from kalegou.services import expire_points, warn_of_expiry
from kalegou.services.expiring import _left_over, ending_next
from ledger.services import balance
from orders.models import Order
from tests import world
from tests.kalegou import shop
from tests.kalegou.test_points_as_discount import buy
from tests.threads import in_threads
from users.models import Notice

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()
YESTERDAY = TODAY - timedelta(days=1)


@pytest.fixture
def member() -> Member:
    return shop.make_member("5000")


@pytest.fixture
def sku() -> SKU:
    return shop.make_cards(60, list_price="100", cost="80")


def end_yesterday(order: Order) -> None:
    """As if the order had earned its points the year before last."""
    PointsRecord.objects.filter(order_no=order.order_no).update(
        expires_on=YESTERDAY, created_at=timezone.now() - timedelta(days=400)
    )


def test_what_is_left_of_the_oldest_runs_out_once_and_the_member_is_told(member, sku) -> None:
    old = buy(member, sku, 0, quantity=3)
    end_yesterday(old)
    buy(member, sku, 100, quantity=1)  # spends 100 of the 300 old ones, earns 99
    assert ending_next(member) is not None
    assert expire_points() == 1
    assert expire_points() == 0
    assert balance(member.points_id) == 99
    assert Notice.objects.get(user=member.user).facts["points"] == 200
    assert PointsRecord.objects.filter(reason=PointsReason.EXPIRED).get().expires_on == YESTERDAY
    assert world.books_are_clean()


def test_points_last_until_the_end_of_the_following_year(member, sku) -> None:
    buy(member, sku, 0)
    ends_on = points_end_on(TODAY)
    assert ends_on == date(TODAY.year + 1, 12, 31)
    assert PointsRecord.objects.get().expires_on == ends_on
    assert expire_points(today=ends_on) == 0
    assert warn_of_expiry(today=ends_on - timedelta(days=31)) == 0
    assert warn_of_expiry(today=ends_on - timedelta(days=30)) == 1
    assert warn_of_expiry(today=ends_on - timedelta(days=29)) == 0
    assert Notice.objects.get(user=member.user).kind == "retail.points_expiring"


def test_a_refund_of_what_had_earned_them_doesnt_take_them_a_second_time(member, sku) -> None:
    old = buy(member, sku, 0, quantity=2)
    end_yesterday(old)
    new = buy(member, sku, 50)
    assert expire_points() == 1
    assert balance(member.points_id) == 99
    world.refund(old, old.total)  # 150 of its 200 ran out, 50 were spent
    assert balance(member.points_id) == 99 - 50
    assert world.books_are_clean()
    world.refund(new, new.total)
    assert balance(member.points_id) == 0
    member.refresh_from_db()
    assert member.points_owed == 0
    assert world.books_are_clean()


def test_points_that_come_back_after_their_day_are_spared_for_thirty_days(member, sku) -> None:
    old = buy(member, sku, 0, quantity=2)
    end_yesterday(old)
    new = buy(member, sku, 150)
    long_ago = timezone.now() - timedelta(days=200)
    PointsRecord.objects.filter(reason=PointsReason.DISCOUNT).update(created_at=long_ago)
    assert expire_points() == 1
    world.refund(new, new.total)
    assert balance(member.points_id) == 150
    assert expire_points() == 0
    PointsRecord.objects.filter(reason=PointsReason.DISCOUNT, due__gt=0).update(
        created_at=timezone.now() - timedelta(days=31)
    )
    assert expire_points() == 1
    assert balance(member.points_id) == 0
    assert world.books_are_clean()


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    steps=st.lists(st.tuples(st.integers(2020, 2026), st.integers(-60, 60)), max_size=14).map(
        lambda steps: sorted(steps, key=lambda step: step[0])
    )
)
def test_it_is_what_lots_spent_oldest_first_would_have_left(member, steps) -> None:
    """Given (positive) and spent (negative) in the course of years, against a list of lots."""
    PointsRecord.objects.filter(member=member).delete()
    lots: dict[int, int] = {}
    for year, points in steps:
        if points > 0:
            lots[year] = lots.get(year, 0) + points
            reason = PointsReason.GIFT
        else:
            points = -min(-points, sum(lots.values()))
            rest = -points
            for of in sorted(lots):
                took = min(rest, lots[of])
                lots[of], rest = lots[of] - took, rest - took
            reason = PointsReason.DISCOUNT
        if points:
            PointsRecord.objects.create(
                member=member, order_no="x", reason=reason, due=points, posted=points,
                expires_on=date(year, 12, 31) if points > 0 else None,
            )  # fmt: skip
    for year in range(2020, 2027):
        found = _left_over(date(year, 12, 31), member_id=member.pk)
        left = max(found[0][1], 0) if found else 0
        assert left == sum(points for of, points in lots.items() if of <= year)


@pytest.mark.django_db(transaction=True)
def test_jobs_and_purchases_at_once_take_each_point_once() -> None:
    member, sku = shop.make_member("5000"), shop.make_cards(30, list_price="100", cost="80")
    end_yesterday(buy(member, sku, 0, quantity=3))

    def one(turn: int) -> None:
        if turn % 2:
            expire_points()
        else:
            buy(member, sku, 0)

    in_threads(one, range(8), threads=8)
    assert balance(member.points_id) == 4 * 100
    assert world.books_are_clean()


def test_the_statement_is_narrowed_sorted_and_saved_as_a_file(client, member, sku) -> None:
    shop.log_in(client, member)
    client.cookies["django_language"] = "en"
    page = "/kalegou/account/points/"
    end_yesterday(buy(member, sku, 0))
    buy(member, sku, 60)
    expire_points()
    shown = client.get(page).text
    assert "Points ran out" in shown
    spent = client.get(f"{page}?kind=spent").text
    assert "−60" in spent or "-60" in spent
    assert "Points ran out" not in spent
    tomorrow = TODAY + timedelta(days=1)
    assert "Nothing like that" in client.get(f"{page}?since={tomorrow}").text
    assert client.get(f"{page}?kind=x&since=x&sort=x&page=x").status_code == 200
    file = b"".join(client.get(f"{page}?format=csv&kind=spent&sort=most").streaming_content)
    assert file.decode().count("\n") == 2
    assert ",-60," in file.decode()
    assert client.get(f"{page}?format=xlsx")["Content-Disposition"].endswith('points.xlsx"')
