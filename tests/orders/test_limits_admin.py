"""Staff set limits and verify, for agents and members alike: with a reason, audited."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from kalegou.models import Member, MemberLevel
from kalegou.services import ensure_member
from kameng.models import Agent
from tests import world
from users.models import AuditLog, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff() -> User:
    return world.make_user(is_staff=True, is_superuser=True)


def desk(person: User) -> Client:
    client = Client()
    client.cookies["django_language"] = "en"
    client.force_login(person, backend="users.backends.PhoneOrUsernameBackend")
    return client


@pytest.fixture(params=["agent", "member"])
def buyer(request: pytest.FixtureRequest) -> Agent | Member:
    if request.param == "agent":
        return world.make_agent()
    return ensure_member(world.make_user())


def page(buyer: Agent | Member, action: str) -> str:
    meta = buyer._meta
    return f"/admin/{meta.app_label}/{meta.model_name}/{buyer.pk}/{action}/"


def is_verified(buyer: Agent | Member) -> bool:
    buyer.refresh_from_db()
    return buyer.verified_at is not None


def test_own_limits_are_set_and_taken_away_again(staff, buyer) -> None:
    client, path = desk(staff), page(buyer, "limits")
    assert "What was ordered today" in client.get(path).text
    form = {"single": "300", "daily": "900.50", "reason": "New customer"}
    assert client.post(path, form).status_code == 302
    buyer.refresh_from_db()
    assert buyer.own.single == 300
    assert buyer.own.daily == Decimal("900.50")
    assert buyer.own.monthly is None
    record = AuditLog.objects.get(action="set_limits")
    assert record.actor == staff
    assert record.reason == "New customer"
    assert record.details == {"single": "300", "daily": "900.50", "monthly": None}
    assert "300.00" in client.get(page(buyer, "change")).text

    client.post(path, {"reason": "Known by now"})
    buyer.refresh_from_db()
    assert buyer.own.single is None


@pytest.mark.parametrize("wrong", [{"daily": "-1"}, {"daily": "much"}, {"reason": ""}])
def test_a_wrong_limit_or_no_reason_changes_nothing(staff, buyer, wrong) -> None:
    form = {"single": "300", "reason": "why", **wrong}
    answer = desk(staff).post(page(buyer, "limits"), form)
    assert answer.status_code == 200
    assert 'role="alert"' in answer.text
    assert 'value="300"' in answer.text
    buyer.refresh_from_db()
    assert buyer.own.single is None


def test_verification_is_given_and_withdrawn(staff, buyer) -> None:
    client = desk(staff)
    client.post(page(buyer, "unverify"), {"reason": "Passport expired"})
    assert not is_verified(buyer)
    client.post(page(buyer, "verify"), {"reason": "New passport seen"})
    assert is_verified(buyer)
    told = AuditLog.objects.order_by("pk").values_list("action", "reason")
    assert list(told) == [
        ("withdraw_verification", "Passport expired"),
        ("verify", "New passport seen"),
    ]


@pytest.mark.parametrize("action", ["limits", "verify", "unverify"])
def test_who_may_only_look_may_not_change_limits(buyer, action) -> None:
    reader = world.make_user(is_staff=True)
    reader.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    client = desk(reader)
    assert client.get(page(buyer, "change")).status_code == 200
    assert client.post(page(buyer, action), {"reason": "x"}).status_code == 403
    assert not AuditLog.objects.exists()


def test_a_levels_and_a_tiers_limits_are_set_by_staff(staff) -> None:
    client = desk(staff)
    level = ensure_member(world.make_user()).level
    tier = world.make_tier(0)
    for path in (
        f"/admin/kalegou/memberlevel/{level.pk}/change/",
        f"/admin/kameng/tier/{tier.pk}/change/",
    ):
        answer = client.get(path)
        form = answer.context["adminform"].form
        data = {name: value for name, value in form.initial.items() if value is not None}
        assert client.post(path, data | {"daily_limit": "700"}).status_code == 302
    level = MemberLevel.objects.get(pk=level.pk)
    tier.refresh_from_db()
    assert level.daily_limit == tier.daily_limit == 700
    assert set(AuditLog.objects.values_list("action", flat=True)) == {
        "change_member_level",
        "change_tier",
    }
