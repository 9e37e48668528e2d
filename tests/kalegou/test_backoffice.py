"""Members and levels in the back office."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from kalegou.models import MemberLevel
from orders.services import place_order
from tests import world
from tests.kalegou import shop
from users.models import AuditLog

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _staff(client: Client) -> None:
    staff = world.make_user("chief", is_staff=True, is_superuser=True)
    client.force_login(staff, backend="users.backends.PhoneOrUsernameBackend")


@pytest.mark.parametrize("kind", ["member", "memberlevel", "growthrecord", "pointsrecord"])
def test_thirty_rows_cost_no_more_queries_than_one(
    client, kind, django_assert_num_queries, django_assert_max_num_queries
) -> None:
    sku = shop.make_cards(40, list_price="10", cost="5")

    def add(count: int) -> None:
        for number in range(count):
            member = shop.make_member("100")
            place_order(
                channel="retail", buyer=member.user, sku=sku, quantity=1, client_ref=f"r{number}"
            )

    address = reverse(f"admin:kalegou_{kind}_changelist")
    add(1)
    client.get(address)
    with django_assert_max_num_queries(20) as first:
        assert client.get(address).status_code == 200
    add(29)
    with django_assert_num_queries(len(first)):
        client.get(address)


def test_a_changed_level_is_written_down(client) -> None:
    shop.make_member()
    level = MemberLevel.objects.get()
    client.post(
        reverse("admin:kalegou_memberlevel_change", args=[level.pk]),
        {
            "name": "普通",
            "name_en": "Standard",
            "code": level.code,
            "reach_points": "0",
            "birthday_points": "0",
            "min_growth": "0",
            "price_rate": "0.95",
            "points_multiplier": "1",
        },
    )
    assert AuditLog.objects.get(action="change_member_level").details["price_rate"] == "0.95"


def test_nobody_writes_points_by_hand(client) -> None:
    assert client.get(reverse("admin:kalegou_pointsrecord_add")).status_code == 403
    assert client.get(reverse("admin:kalegou_member_add")).status_code == 403
