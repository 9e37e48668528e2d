"""Becoming a member, and the numbers a member keeps."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.hashers import make_password
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.module_loading import import_string

from kalegou.demo import load_members
from kalegou.errors import LabelTooLong
from kalegou.models import GrowthRecord, Member, MemberLevel, SavedNumber
from kalegou.services import ensure_member, forget_number, name_number, remember_number
from kalegou.services.members import lowest_level
from ledger.services import balance
from tests import world
from tests.kalegou import shop
from tests.threads import in_threads


@pytest.mark.django_db(transaction=True)
def test_twenty_first_visits_at_once_make_one_member() -> None:
    user = world.make_user()
    members = in_threads(lambda _: ensure_member(user).pk, range(20))
    assert len(set(members)) == 1
    assert Member.objects.count() == 1


@pytest.mark.django_db
def test_an_agent_becomes_a_member_by_visiting_the_shop(client: Client) -> None:
    agent = world.make_agent()
    client.force_login(agent.user, backend="users.backends.PhoneOrUsernameBackend")
    assert client.get("/").status_code == 200
    assert Member.objects.get(user=agent.user).level.min_growth == 0


@pytest.mark.django_db
def test_a_guest_who_looks_around_leaves_nothing_behind(client: Client) -> None:
    for path in (
        "/",
        "/kalegou/topup/",
        "/kalegou/products/",
        "/kalegou/orders/",
        "/kalegou/help/",
    ):
        assert client.get(path).status_code == 200
    assert not Member.objects.exists()
    assert not client.session.keys()


@pytest.mark.django_db
def test_a_number_keeps_the_carrier_that_was_chosen_until_the_guess_is_right_again() -> None:
    member = shop.make_member()
    remember_number(member=member, phone=shop.MOBILE_NUMBER, carrier="unicom")
    remember_number(member=member, phone=shop.MOBILE_NUMBER)
    assert SavedNumber.objects.get().carrier == "unicom"
    remember_number(member=member, phone=shop.MOBILE_NUMBER, carrier="")
    assert SavedNumber.objects.get().carrier == ""


@pytest.mark.django_db
def test_nobody_touches_the_numbers_of_others() -> None:
    mine, yours = shop.make_member(), shop.make_member()
    remember_number(member=yours, phone=shop.MOBILE_NUMBER)
    name_number(member=mine, phone=shop.MOBILE_NUMBER, label="x")
    forget_number(member=mine, phone=shop.MOBILE_NUMBER)
    assert SavedNumber.objects.get().label == ""


@pytest.mark.django_db
@pytest.mark.parametrize("label", ["长" * 31, "a\x00b", "a\u202eb"])
def test_a_name_that_is_too_long_or_cant_be_printed_is_refused(label: str) -> None:
    member = shop.make_member()
    remember_number(member=member, phone=shop.MOBILE_NUMBER)
    with pytest.raises(LabelTooLong):
        name_number(member=member, phone=shop.MOBILE_NUMBER, label=label)


@pytest.mark.django_db
def test_the_demo_members_can_be_loaded_again_and_again() -> None:
    for _ in range(2):
        (member,) = load_members(password_hash=make_password(world.PASSWORD))
    assert (MemberLevel.objects.count(), member.user.username) == (4, "xiaoming")
    assert balance(member.wallet_id) == 500
    assert member.saved_numbers.count() == 3


@pytest.mark.django_db
@pytest.mark.parametrize("phone", ["\x00", "138\x00", "x" * 5000, ""])
@pytest.mark.parametrize("what", ["forget", "name"])
def test_a_hostile_number_on_the_list_breaks_nothing(client, phone, what) -> None:
    shop.log_in(client, shop.make_member())
    answer = client.post("/kalegou/account/numbers/", {"phone": phone, what: "1", "label": "\x00"})
    assert answer.status_code == (302 if what == "forget" else 422)


@pytest.mark.django_db
def test_levels_are_looked_at_each_day_with_the_members_wallet_locked(settings) -> None:
    member = shop.make_member(level=shop.make_level(growth=100))
    a_year_ago = timezone.now() - timedelta(days=366)
    GrowthRecord.objects.create(member=member, order_no="1", change=100, earned_at=a_year_ago)
    entry = settings.CELERY_BEAT_SCHEDULE["refresh-member-levels"]
    with CaptureQueriesContext(connection) as queries:
        import_string(entry["task"])()
    member.refresh_from_db()
    assert member.level == lowest_level()
    written = [query["sql"] for query in queries]
    locked = next(i for i, sql in enumerate(written) if "FOR NO KEY UPDATE" in sql)
    lowered = next(i for i, sql in enumerate(written) if sql.startswith("UPDATE"))
    assert f"{member.wallet_id}" in written[locked]
    assert locked < lowered
