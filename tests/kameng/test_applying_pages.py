"""Becoming an agent in the browser, from the invite link to the approval in the back office."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from kameng.identity import read_id
from kameng.models import Agent, Application, Document
from kameng.services.agents import suspend_agent
from tests import world
from users.models import AuditLog, User

pytestmark = pytest.mark.django_db
BACKEND = "users.backends.PhoneOrUsernameBackend"


@pytest.fixture
def person() -> User:
    return world.make_user()


@pytest.fixture
def portal(browser, person, settings, tmp_path) -> Client:
    settings.MEDIA_ROOT = tmp_path
    client = browser(None)
    client.force_login(person, backend=BACKEND)
    return client


@pytest.fixture
def office(browser) -> Client:
    client = browser(None)
    staff = world.make_user("staff", is_staff=True, is_superuser=True)
    client.force_login(staff, backend=BACKEND)
    return client


def form(tier: object = "", **changes: object) -> dict[str, object]:
    return {
        "legal_kind": "person",
        "legal_name": "陈小明",
        "legal_id": "440301 19900101 1234",
        "contact_phone": "138 0013 8000",
        "tier": tier or world.make_tier(2).pk,
        "id_front": SimpleUploadedFile("id.pdf", b"%PDF-1.4 x"),
        "id_back": SimpleUploadedFile("back.png", world.PNG),
        **changes,
    }


def in_a_year() -> str:
    return (timezone.localdate() + timedelta(days=365)).isoformat()


def invited(agent: Agent) -> str:
    return reverse("kameng:apply_invited", args=[agent.invite_code])


def action(name: str, verb: str, key: int) -> str:
    return f"{reverse(f'admin:kameng_{name}_changelist')}{key}/{verb}/"


def test_an_invite_link_tells_a_stranger_who_invites_and_leads_back_after_sign_up(
    browser, chain
) -> None:
    html = browser(None).get(invited(chain[1])).content.decode()
    assert f"{chain[1].name} invites you" in html
    assert f"{reverse('users:signup')}?next={invited(chain[1])}" in html


def test_the_invite_page_shows_link_code_and_qr(browser, chain) -> None:
    html = browser(chain[1]).get(reverse("kameng:invite")).content.decode()
    assert invited(chain[1]) in html
    assert chain[1].invite_code in html
    assert "<svg" in html


def test_applying_with_a_link_waits_for_approval_below_the_inviter(portal, person, chain) -> None:
    answer = portal.post(invited(chain[1]), form(), follow=True)
    application = Application.objects.get(user=person)
    assert application.inviter == chain[1]
    assert (read_id(application), application.contact_phone) == (
        "440301199001011234",
        "13800138000",
    )
    assert "Our staff are checking it" in answer.content.decode()
    assert portal.get(reverse("kameng:catalogue"), follow=True).redirect_chain[-1][0] == reverse(
        "kameng:application"
    )


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"legal_id": "123"}, "This is not an ID card number"),
        ({"legal_kind": "company", "legal_id": "!!"}, "This is not a unified social credit code"),
        ({"contact_phone": "12345"}, "This is not a mainland mobile number"),
        ({"id_front": SimpleUploadedFile("x.pdf", b"<html>")}, "Please upload a JPG, PNG or PDF"),
        ({"id_back": ""}, "This document is needed."),
        ({"legal_name": ""}, "This field is required."),
        ({"tier": "999999"}, "Select a valid choice"),
        ({"legal_kind": "ghost"}, "Select a valid choice"),
    ],
)
def test_a_wrong_field_is_told_beside_it_and_the_rest_is_kept(portal, chain, change, told) -> None:
    answer = portal.post(invited(chain[1]), form(**change))
    html = answer.content.decode()
    assert answer.status_code == 422
    assert told in html
    if "legal_name" not in change:
        assert 'value="陈小明"' in html
    assert not Application.objects.exists()


def test_an_unknown_code_and_a_suspended_inviter_are_told(portal, chain) -> None:
    answer = portal.get(reverse("kameng:apply_invited", args=["NOSUCH99"]))
    assert "There is no agent with this invite code" in answer.content.decode()
    suspend_agent(agent=chain[1], actor=world.make_user(), reason="x")
    answer = portal.get(reverse("kameng:apply"), {"invite_code": chain[1].invite_code})
    assert "can&#x27;t take in new agents at present" in answer.content.decode()


def test_a_typed_code_leads_to_the_inviters_form(portal, chain) -> None:
    typed = portal.get(reverse("kameng:apply"), {"invite_code": chain[1].invite_code.lower()})
    assert typed["Location"] == invited(chain[1])


def test_the_document_is_for_its_owner_and_staff_only(portal, browser, office, chain) -> None:
    portal.post(invited(chain[1]), form())
    address = reverse("kameng:document", args=[Document.objects.get(kind="id_front").pk])
    for allowed in (portal, office):
        answer = allowed.get(address)
        assert answer.status_code == 200
        assert answer["Content-Type"] == "application/pdf"
        assert "sandbox" in answer["Content-Security-Policy"]
    assert browser(chain[0]).get(address).status_code == 404
    assert browser(None).get(address).status_code == 302


def test_staff_see_who_waits_approve_and_the_person_is_an_agent(
    portal, office, person, chain
) -> None:
    portal.post(invited(chain[1]), form())
    application = Application.objects.get()
    queue = reverse("admin:kameng_application_changelist")
    assert [a.pk for a in office.get(queue).context["cl"].result_list] == [application.pk]
    approve = action("application", "approve", application.pk)
    assert "No money moves" in office.get(approve).content.decode()
    assert not Agent.objects.filter(user=person).exists()
    office.post(approve, {"reason": "licence checked", "valid_until": in_a_year()})
    agent = Agent.objects.get(user=person)
    assert agent.upline_ids == [chain[1].pk, chain[0].pk]
    assert AuditLog.objects.get(action="approve_application").reason == "licence checked"
    assert portal.get(reverse("kameng:catalogue")).status_code == 200
    assert not office.get(queue).context["cl"].result_list


def test_a_rejected_person_reads_why_and_sends_a_corrected_application(
    portal, office, chain
) -> None:
    portal.post(invited(chain[1]), form())
    reject = action("application", "reject", Application.objects.get().pk)
    assert "This field is required." in office.post(reject, {"reason": ""}).content.decode()
    office.post(reject, {"reason": "The photo is unreadable."})
    html = portal.get(reverse("kameng:application")).content.decode()
    assert "The photo is unreadable." in html
    again = portal.get(invited(chain[1])).content.decode()
    assert 'value="陈小明"' in again
    portal.post(invited(chain[1]), form())
    assert [a.status for a in Application.objects.order_by("pk")] == ["rejected", "pending"]


def test_an_application_is_decided_once_and_tells_the_second_person(portal, office, chain) -> None:
    portal.post(invited(chain[1]), form())
    approve = action("application", "approve", Application.objects.get().pk)
    office.post(approve, {"reason": "", "valid_until": in_a_year()})
    again = office.post(approve, {"reason": "", "valid_until": in_a_year()}).content.decode()
    assert "This application has been decided already." in again


def test_staff_suspend_reinstate_and_re_tier_with_a_reason(office, chain) -> None:
    agent = chain[2]
    said = office.get(action("agent", "suspend", agent.pk)).content.decode()
    assert "¥1,000.00" in said
    office.post(action("agent", "suspend", agent.pk), {"reason": "Documents expired."})
    agent.refresh_from_db()
    assert (agent.status, agent.suspended_reason) == ("suspended", "Documents expired.")
    office.post(action("agent", "reinstate", agent.pk), {"reason": "Renewed."})
    retier = action("agent", "tier", agent.pk)
    wrong = office.post(retier, {"tier": world.make_tier(0).pk, "reason": "x"})
    assert "must be below the upline" in wrong.content.decode()
    choice = world.make_tier(3).pk
    seen = office.post(retier, {"tier": choice, "reason": "x"}).content.decode()
    assert "Agents concerned, itself included: 1" in seen
    agent.refresh_from_db()
    assert agent.tier.rank == 2
    office.post(retier, {"tier": choice, "reason": "x", "seen": f"={choice}"})
    agent.refresh_from_db()
    assert (agent.status, agent.tier.rank) == ("active", 3)


def test_a_policy_in_force_is_read_only_in_the_back_office(office) -> None:
    policy = world.make_policy("0.01")
    address = reverse("admin:kameng_commissionpolicy_change", args=[policy.pk])
    html = office.get(address).content.decode()
    assert 'name="_save"' not in html
    assert office.post(address, {"max_generations": 3}).status_code == 403


def test_every_list_of_the_back_office_opens(office, chain, card) -> None:
    world.make_policy("0.01")
    for name in (
        "tier",
        "agent",
        "application",
        "tierprice",
        "tierdiscount",
        "contractprice",
        "downlinemarkup",
        "commissionpolicy",
        "commission",
    ):
        assert office.get(reverse(f"admin:kameng_{name}_changelist")).status_code == 200
    assert office.get(reverse("admin:kameng_agent_change", args=[chain[1].pk])).status_code == 200
    assert office.get(reverse("admin:kameng_commissionpolicy_add")).status_code == 200


@pytest.mark.parametrize("code", ["%00", "A%00B", "%E2%80%AE", "x" * 3000])
def test_a_code_that_cant_be_one_is_refused_plainly(client, chain, code) -> None:
    answer = client.get(f"{reverse('kameng:apply')}?invite_code={code}")
    assert 400 <= answer.status_code < 500
    assert 'id="id_invite_code_error"' in answer.content.decode()
