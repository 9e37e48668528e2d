"""Papers that run out: reminders, the lower limits, and renewing them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from kameng.errors import ApplicationPending, OtherLegalPerson
from kameng.identity import LegalPerson
from kameng.limits import limits_of
from kameng.models import Agent, Application, Diligence, LegalKind
from kameng.queries.diligence import legal_person
from kameng.services.applications import approve_application, reject_application
from kameng.services.renewals import apply_renewal, lapse_due, remind_due
from tests import world
from users.models import AuditLog, Notice, OutgoingMail

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _files_go_away(settings, tmp_path) -> None:
    settings.MEDIA_ROOT = tmp_path


def known_agent(days: int, **fields) -> Agent:
    agent = world.make_agent()
    world.accept_papers(agent, days=max(days, 0))
    if days < 0:
        Diligence.objects.filter(agent=agent).update(
            valid_until=timezone.localdate() + timedelta(days=days)
        )
    return agent


def renewed(agent: Agent, legal: LegalPerson = world.LEGAL) -> Application:
    return apply_renewal(agent=agent, legal=legal, documents=world.upload_papers(agent.user))


def told(agent: Agent) -> list[str]:
    return list(
        Notice.objects.filter(user=agent.user).order_by("pk").values_list("kind", flat=True)
    )


@pytest.mark.parametrize(("days", "reminders"), [(31, 0), (30, 1), (8, 1), (7, 1), (0, 1)])
def test_an_agent_is_reminded_once_for_each_threshold(days, reminders) -> None:
    agent = known_agent(days)
    for _ in range(3):
        remind_due()
    assert told(agent) == ["wholesale.papers_run_out"] * reminders


def test_the_second_reminder_comes_a_week_before_and_mail_goes_out() -> None:
    agent = known_agent(20)
    agent.user.email = "agent@example.com"
    agent.user.save()
    assert remind_due() == 1
    Diligence.objects.update(valid_until=timezone.localdate() + timedelta(days=7))
    assert remind_due() == 1
    assert OutgoingMail.objects.filter(address="agent@example.com").count() == 2


def test_papers_that_run_out_lower_the_limits_once_and_stop_withdrawals() -> None:
    agent, other = known_agent(-1), known_agent(0)
    tier = agent.tier
    assert limits_of(agent) == tier.verified
    assert lapse_due() == 1
    assert lapse_due() == 0
    agent.refresh_from_db()
    other.refresh_from_db()
    assert limits_of(agent) == tier.unverified
    assert limits_of(other) == tier.verified
    person = legal_person(agent)
    assert person is not None
    assert not person.is_valid
    assert told(agent) == ["wholesale.papers_ran_out"]
    assert AuditLog.objects.get(action="diligence_ran_out").target == f"agent:{agent.pk}"


def test_newer_papers_count_once_staff_accept_them() -> None:
    agent, staff = known_agent(-1), world.make_user()
    lapse_due()
    first = renewed(agent)
    with pytest.raises(ApplicationPending):
        renewed(agent)
    reject_application(application=first, actor=staff, reason="Blurred.")
    second = renewed(agent)
    assert second.corrects == first
    assert not Diligence.objects.get(ended_at=None).is_valid
    approve_application(application=second, actor=staff)
    agent.refresh_from_db()
    record = Diligence.objects.get(agent=agent, ended_at=None)
    assert record.is_valid
    assert record.application == second
    assert limits_of(agent) == agent.tier.verified
    assert Agent.objects.count() == 1
    assert told(agent)[-2:] == ["wholesale.papers_rejected", "wholesale.papers_accepted"]


def test_an_account_is_not_handed_to_somebody_else_by_renewing() -> None:
    other = LegalPerson(LegalKind.PERSON, "李四", "449900198806120139", "13800138001")
    with pytest.raises(OtherLegalPerson):
        renewed(known_agent(5), other)
    assert not Application.objects.exists()


def test_an_agent_renews_on_its_page_and_keeps_what_was_uploaded(browser) -> None:
    agent = known_agent(10)
    page = browser(agent)
    assert "Your papers run out on" in page.get(reverse("kameng:home")).content.decode()
    address = reverse("kameng:identity")
    html = page.get(address).content.decode()
    assert "4403**********1234" in html
    assert "440301199001011234" not in html
    sent = {
        "legal_name": "陈小明",
        "contact_phone": "13800138000",
        "legal_until": "2020-01-01",
        "id_front": SimpleUploadedFile("a.png", world.PNG + b"1"),
        "id_back": SimpleUploadedFile("b.png", world.PNG + b"2"),
    }
    wrong = page.post(address, sent)
    assert wrong.status_code == 422
    assert "not valid any more" in wrong.content.decode()
    assert wrong.content.decode().count("Uploaded. Choose a file only to replace it.") == 2
    again = {name: sent[name] for name in ("legal_name", "contact_phone")}
    assert "being checked" in page.post(address, again, follow=True).content.decode()
    application = Application.objects.get(renews=agent)
    assert application.documents.count() == 2
    page.post(reverse("kameng:withdraw_application", args=[application.pk]))
    application.refresh_from_db()
    assert application.status == "withdrawn"
