"""Levels follow the growth of 12 months; levels and birthdays bring a gift, each once."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone

from kalegou.errors import BirthdayInvalid, BirthdayKept
from kalegou.models import CouponGrant, GrowthRecord, LevelChange, Member, MemberGift
from kalegou.services import (
    correct_birthday,
    give_birthday_gifts,
    give_level_gifts,
    refresh_levels,
    set_birthday,
)
from kalegou.services.members import lowest_level
from ledger.services import balance
from tests import world
from tests.kalegou import shop
from tests.kalegou.coupons import make_coupon
from tests.threads import in_threads
from users.models import AuditLog, Notice

pytestmark = pytest.mark.django_db


def kinds(member: Member) -> list[str]:
    return list(
        Notice.objects.filter(user=member.user).order_by("pk").values_list("kind", flat=True)
    )


def test_an_order_lifts_its_member_who_gets_the_gift_once_and_time_lowers_again() -> None:
    gold = shop.make_level(growth=50, rate="1", multiplier="1")
    gold.reach_points, gold.reach_coupon = 30, make_coupon(is_public=False)
    gold.save()
    member, sku = shop.make_member("200"), shop.make_cards(5, list_price="60")
    order = shop.buy_cards(shop.log_in(Client(), member), sku)
    member.refresh_from_db()
    assert member.level == gold
    assert give_level_gifts() == 1
    assert give_level_gifts() == 0
    assert balance(member.points_id) == 60 + 30
    assert CouponGrant.objects.get().coupon == gold.reach_coupon

    a_year_ago = timezone.now() - timedelta(days=366)
    GrowthRecord.objects.filter(order_no=order.order_no).update(earned_at=a_year_ago)
    assert refresh_levels() == 1
    assert refresh_levels() == 0
    member.refresh_from_db()
    assert member.level == lowest_level()
    assert kinds(member) == [
        "retail.level_up",
        "retail.level_gift_both",
        "retail.level_down",
    ]
    shop.buy_cards(shop.log_in(Client(), member), sku)  # up again, without a second gift
    assert give_level_gifts() == 0
    assert LevelChange.objects.count() == 3
    assert world.books_are_clean()


def test_levels_that_staff_change_move_members_who_were_left_behind_for_long() -> None:
    gold = shop.make_level(growth=100)
    up, down = shop.make_member(), shop.make_member(level=gold)
    GrowthRecord.objects.create(member=up, order_no="1", change=80)
    gold.min_growth = 70
    gold.save()
    assert refresh_levels() == 2
    up.refresh_from_db()
    down.refresh_from_db()
    assert (up.level, down.level) == (gold, lowest_level())


class TestBirthday:
    @pytest.fixture
    def member(self) -> Member:
        level = lowest_level()
        level.birthday_points = 88
        level.save()
        return shop.make_member()

    def test_it_is_told_once_and_corrected_by_staff_with_a_reason(self, member) -> None:
        for wrong in (timezone.localdate() + timedelta(days=1), date(1800, 1, 1)):
            with pytest.raises(BirthdayInvalid):
                set_birthday(member=member, birthday=wrong)
        set_birthday(member=member, birthday=date(1990, 5, 4))
        with pytest.raises(BirthdayKept):
            set_birthday(member=member, birthday=date(1990, 5, 5))
        staff = world.make_user(is_staff=True)
        correct_birthday(member=member, birthday=date(1990, 5, 6), actor=staff, reason="ID card")
        member.refresh_from_db()
        assert member.birthday == date(1990, 5, 6)
        assert AuditLog.objects.get(action="correct_birthday").reason == "ID card"

    def test_the_gift_comes_once_a_year_also_late_and_not_for_a_day_that_was_over(
        self, member
    ) -> None:
        set_birthday(member=member, birthday=date(2000, 2, 29))
        Member.objects.update(birthday_set_on=date(2026, 1, 1))
        assert give_birthday_gifts(today=date(2026, 2, 27)) == 0
        assert give_birthday_gifts(today=date(2026, 3, 2)) == 1  # the 28th, which was missed
        assert give_birthday_gifts(today=date(2026, 2, 28)) == 0
        assert give_birthday_gifts(today=date(2028, 2, 28)) == 0
        assert give_birthday_gifts(today=date(2028, 2, 29)) == 1
        assert balance(member.points_id) == 2 * 88
        assert kinds(member) == ["retail.birthday_gift_points"] * 2
        late = shop.make_member()
        set_birthday(member=late, birthday=date(1990, 6, 1))
        Member.objects.filter(pk=late.pk).update(birthday_set_on=date(2026, 6, 2))
        assert give_birthday_gifts(today=date(2026, 6, 3)) == 0
        assert give_birthday_gifts(today=date(2027, 6, 1)) == 1
        assert world.books_are_clean()


@pytest.mark.django_db(transaction=True)
def test_jobs_that_run_at_once_give_one_gift() -> None:
    level = lowest_level()
    level.birthday_points = 88
    level.save()
    member, today = shop.make_member(), timezone.localdate()
    Member.objects.filter(pk=member.pk).update(birthday=today, birthday_set_on=today)
    assert sum(in_threads(lambda _: give_birthday_gifts(), range(5), threads=5)) == 1
    assert MemberGift.objects.count() == 1
    assert balance(member.points_id) == Decimal(88)
    assert world.books_are_clean()


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_page_of_the_level(client, language) -> None:
    shop.make_level(growth=100)
    member = shop.make_member()
    GrowthRecord.objects.create(member=member, order_no="77", change=40)
    shop.log_in(client, member)
    client.cookies["django_language"] = language
    page = client.get("/kalegou/account/level/").text
    assert 'value="40" max="100"' in page
    assert client.post("/kalegou/account/level/", {"birthday": "x"}).status_code == 422
    assert client.post("/kalegou/account/level/", {"birthday": "1990-01-02"}).status_code == 302
    page = client.get("/kalegou/account/level/").text
    assert "1990-01-02" in page
    assert client.post("/kalegou/account/level/", {"birthday": "1990-01-03"}).status_code == 422
    assert 'type="date"' not in page


def test_staff_correct_a_birthday_in_the_back_office(admin_client) -> None:
    member = shop.make_member()
    page = f"/admin/kalegou/member/{member.pk}/birthday/"
    assert admin_client.post(page, {"birthday": "1990-01-02"}).status_code == 200
    assert not AuditLog.objects.filter(action="correct_birthday").exists()
    answer = admin_client.post(page, {"birthday": "1990-01-02", "reason": "ID card"})
    assert answer.status_code == 302
    member.refresh_from_db()
    assert member.birthday == date(1990, 1, 2)
    for name in ("levelchange", "membergift", "memberlevel", "pointsrecord"):
        assert admin_client.get(f"/admin/kalegou/{name}/").status_code == 200
