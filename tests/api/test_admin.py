"""Staff make, restrict and revoke keys; a secret is seen once."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse

from kameng.models import Agent, ApiKey
from tests import world
from tests.api.client import Program, code_of
from users.models import AuditLog, User

pytestmark = pytest.mark.django_db
KEYS = "/admin/kameng/apikey/"


@pytest.fixture
def admin(db: None) -> Client:
    staff = User.objects.create_superuser("staff", password="x")
    client = Client()
    client.cookies["django_language"] = "en"
    client.force_login(staff)
    return client


def page_of(key: ApiKey, action: str) -> str:
    return reverse(f"admin:kameng_apikey_{action}", args=[key.pk])


def test_staff_make_a_key_that_works_and_see_its_secret_once(admin: Client, agent: Agent) -> None:
    issue = reverse("admin:kameng_apikey_issue")
    assert issue in admin.get(KEYS).content.decode()
    made = admin.post(
        issue,
        {"agent": agent.user.username, "label": "shop", "can_buy": "on", "addresses": "127.0.0.1"},
    )
    key = ApiKey.objects.get()
    found = re.findall(r'font-mono break-all">([^<]+)<', made.content.decode())
    assert found[0] == key.key_id
    assert "no-store" in made["Cache-Control"]
    assert Program(key.key_id, found[1]).get("/api/v1/account").status_code == 200
    for page in (KEYS, reverse("admin:kameng_apikey_change", args=[key.pk])):
        shown = admin.get(page)
        assert shown.status_code == 200
        assert found[1] not in shown.content.decode()
    assert found[1] not in str(list(AuditLog.objects.values()))
    assert AuditLog.objects.get(action="create_api_key").details["key"] == key.key_id


def test_a_wrong_address_is_refused_beside_the_field(admin: Client, agent: Agent) -> None:
    page = admin.post(
        reverse("admin:kameng_apikey_issue"),
        {"agent": agent.user.username, "addresses": "10.0.0.300"},
    )
    assert "10.0.0.300" in page.content.decode()
    assert "is not an IP address" in page.content.decode()
    assert not ApiKey.objects.exists()


def test_staff_set_the_addresses_of_a_key(admin: Client, program: Program) -> None:
    key = ApiKey.objects.get()
    page = page_of(key, "set_addresses")
    assert admin.get(page).status_code == 200
    admin.post(page, {"addresses": "203.0.113.7\n 2001:DB8::1 "})
    key.refresh_from_db()
    assert key.ip_allow_list == ["203.0.113.7", "2001:db8::1"]
    assert code_of(program.get("/api/v1/account")) == (403, "ip_not_allowed")


def test_staff_revoke_a_key_with_a_reason(admin: Client, program: Program) -> None:
    page = page_of(ApiKey.objects.get(), "revoke")
    admin.post(page, {"reason": " "})
    assert program.get("/api/v1/account").status_code == 200
    admin.post(page, {"reason": "leaked"})
    assert code_of(program.get("/api/v1/account")) == (401, "bad_signature")
    assert AuditLog.objects.get(action="revoke_api_key").reason == "leaked"
    assert "revoked already" in admin.post(page, {"reason": "again"}).content.decode()


def test_only_staff_who_may_change_keys_get_there(program: Program) -> None:
    clerk = world.make_user(is_staff=True)
    client = Client()
    client.force_login(clerk)
    for page in (
        reverse("admin:kameng_apikey_issue"),
        page_of(ApiKey.objects.get(), "revoke"),
        page_of(ApiKey.objects.get(), "set_addresses"),
    ):
        assert client.get(page).status_code == 403


def test_the_callbacks_are_listed(admin: Client) -> None:
    for query in ("", "?told=due", "?told=told", "?told=given_up"):
        assert admin.get(f"/admin/kameng/ordercallback/{query}").status_code == 200
