"""People and the audit log in the back office."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from kalegou.services import ensure_member
from tests import world
from users import audit
from users.models import AuditLog, User

pytestmark = pytest.mark.django_db
PEOPLE = "/admin/users/user/"
LOG = "/admin/users/auditlog/"
RIGHTS = ("is_active", "is_staff", "is_superuser", "groups", "user_permissions")


@pytest.fixture
def staff(client: Client) -> User:
    staff = world.make_user("chief", is_staff=True, is_superuser=True)
    client.force_login(staff, backend="users.backends.PhoneOrUsernameBackend")
    return staff


def test_people_are_found_by_role(client, staff) -> None:
    agent, member, nobody = world.make_agent().user, world.make_user(), world.make_user()
    ensure_member(member)

    def found(role: str) -> set[str]:
        return set(
            client.get(PEOPLE, {"role": role})
            .context["cl"]
            .queryset.values_list("username", flat=True)
        )

    assert found("is_staff") == {"chief"}
    assert found("is_agent") == {agent.username}
    assert found("is_member") == {member.username}
    assert found("none") == {nobody.username}


def test_thirty_people_cost_no_more_queries_than_one(
    client, staff, django_assert_num_queries, django_assert_max_num_queries
) -> None:
    with django_assert_max_num_queries(20) as first:
        client.get(PEOPLE)
    for _ in range(29):
        ensure_member(world.make_user())
    with django_assert_num_queries(len(first)):
        client.get(PEOPLE)


def test_making_somebody_staff_is_written_down(client, staff) -> None:
    person = world.make_user()
    address = reverse("admin:users_user_change", args=[person.pk])
    form = client.get(address).context["adminform"].form
    fields = {name: form.initial.get(name) or "" for name in form.fields if name not in RIGHTS}
    answer = client.post(address, fields | {"is_staff": "on", "is_active": "on"})
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    person.refresh_from_db()
    assert person.is_staff
    record = AuditLog.objects.get(action="change_person")
    assert (record.actor, record.target) == (staff, f"user:{person.pk}")


def test_nobody_deletes_people(client, staff) -> None:
    person = world.make_user()
    assert client.post(f"{PEOPLE}{person.pk}/delete/", {"post": "yes"}).status_code == 403


def test_the_audit_log_is_read_only(client, staff) -> None:
    record = audit.record(actor=staff, action="look", target="x:1", reason="why not")
    assert "why not" in client.get(LOG).content.decode()
    assert client.get(f"{LOG}add/").status_code == 403
    assert client.post(f"{LOG}{record.pk}/change/", {"reason": "changed"}).status_code == 403
    assert client.post(f"{LOG}{record.pk}/delete/", {"post": "yes"}).status_code == 403
    record.refresh_from_db()
    assert record.reason == "why not"
