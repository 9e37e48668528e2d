"""What people are told: an inbox in words of now, mail to who wants it, and nothing lost."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core import mail
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from kameng.services.watching import set_balance_threshold, sweep_balances
from tests import world
from users.mailing import forget_old_mail, send_mail, sweep_mail
from users.models import Notice, OutgoingMail
from users.notices import services, tell
from users.notices.kinds import kinds_for
from users.notices.queries import unread_badge
from users.notices.services import LinkInvalid, Ways
from users.notices.words import told_of

pytestmark = pytest.mark.django_db
LOW = "wholesale.balance_low"
SILENT_SERVER = {
    "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
    "EMAIL_HOST": "127.0.0.1",
    "EMAIL_PORT": 9,  # nobody listens there
}


@pytest.fixture
def agent():
    return world.make_agent(balance="1000")


@pytest.fixture
def browser(agent):
    client = Client()
    client.cookies["django_language"] = "en"
    client.force_login(agent.user, backend="users.backends.PhoneOrUsernameBackend")
    return client


def tell_low(agent, amount: str = "12.5") -> None:
    tell(agent.user, LOW, balance=Decimal(amount), threshold=Decimal(100))


def link_in(row: OutgoingMail) -> str:
    found = re.search(r"/account/mail/[^\s/]+/", row.text)
    assert found
    return found[0]


def with_address(agent) -> None:
    agent.user.email = "agent@example.com"
    agent.user.save()


def test_a_notice_is_read_in_the_language_of_then(agent) -> None:
    tell_low(agent)
    told = Notice.objects.get()
    with translation.override("en"):
        assert told_of(told).title == "Your balance is low: ¥12.50"
        assert "below ¥100.00" in told_of(told).text
    with translation.override("zh-hans"):
        assert "¥12.50" in told_of(told).title
        assert "low" not in told_of(told).title


def test_every_kind_can_be_said_and_leads_somewhere(agent) -> None:
    for kind in kinds_for("wholesale"):
        names = re.findall(r"%\((\w+)\)s", f"{kind.title}{kind.text}")
        facts = dict.fromkeys([*names, *kind.view_args], "7")
        tell(agent.user, kind.code, **facts)
        told = told_of(Notice.objects.latest("pk"))
        assert told.title
        assert "—" not in told.title + told.text
        assert bool(told.address) == bool(kind.view), kind.code


def test_what_is_rolled_back_tells_nobody(agent) -> None:
    with_address(agent)

    @transaction.atomic
    def tell_and_fail() -> None:
        tell_low(agent)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        tell_and_fail()
    assert not Notice.objects.exists()
    assert not OutgoingMail.objects.exists()


def test_the_inbox_counts_opens_and_marks_as_read(agent, browser) -> None:
    tell_low(agent)
    tell_low(agent, "3")
    other = world.make_agent()
    tell_low(other)
    page = browser.get(reverse("kameng:notices")).content.decode()
    assert "Your balance is low: ¥12.50" in page
    assert "Notices, 2 unread" in page
    newest = Notice.objects.filter(user=agent.user).latest("pk")
    assert browser.get(reverse("kameng:notice", args=[newest.pk]))["Location"] == reverse(
        "kameng:funds"
    )
    assert unread_badge(agent.user, "wholesale") == "1"
    theirs = Notice.objects.get(user=other.user)
    assert browser.get(reverse("kameng:notice", args=[theirs.pk])).status_code == 404
    assert Notice.objects.get(pk=theirs.pk).read_at is None
    browser.post(reverse("kameng:read_notices"))
    assert unread_badge(agent.user, "wholesale") == ""
    unread = browser.get(reverse("kameng:notices") + "?show=unread").content.decode()
    assert "Everything is read" in unread


def test_mail_goes_by_itself_to_an_address_and_only_then(
    agent, tasks_at_once, django_capture_on_commit_callbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        tell_low(agent)
    assert not OutgoingMail.objects.exists()
    with_address(agent)
    with django_capture_on_commit_callbacks(execute=True):
        tell_low(agent)
    (sent,) = mail.outbox
    assert sent.to == ["agent@example.com"]
    assert "¥12.50" in sent.subject
    assert reverse("kameng:funds") in sent.body
    row = OutgoingMail.objects.get()
    assert row.sent_at
    send_mail(mail_id=row.pk, attempt=0)  # the same hint again
    assert len(mail.outbox) == 1


def test_a_mail_server_that_is_down_costs_time_and_no_mail(agent, settings) -> None:
    with_address(agent)
    tell_low(agent)
    row = OutgoingMail.objects.get()
    backend = settings.EMAIL_BACKEND
    for name, value in SILENT_SERVER.items():
        setattr(settings, name, value)
    send_mail(mail_id=row.pk, attempt=0)
    row.refresh_from_db()
    assert (row.attempts, row.sent_at, row.problem) == (1, None, "ConnectionRefusedError")
    assert OutgoingMail.objects.filter(next_attempt_at__gt=timezone.now()).exists()
    assert sweep_mail() == 0
    OutgoingMail.objects.update(next_attempt_at=timezone.now())
    assert sweep_mail() == 1
    settings.EMAIL_BACKEND = backend
    send_mail(mail_id=row.pk, attempt=1)
    assert len(mail.outbox) == 1
    OutgoingMail.objects.update(created_at=timezone.now() - timedelta(days=31))
    assert forget_old_mail() == 1


def test_after_a_day_a_mail_is_given_up(agent, settings) -> None:
    with_address(agent)
    tell_low(agent)
    OutgoingMail.objects.update(created_at=timezone.now() - timedelta(hours=25))
    for name, value in SILENT_SERVER.items():
        setattr(settings, name, value)
    row = OutgoingMail.objects.get()
    send_mail(mail_id=row.pk, attempt=0)
    row.refresh_from_db()
    assert (row.sent_at, row.next_attempt_at) == (None, None)


def test_one_chooses_what_to_hear_of_by_kind(agent, browser) -> None:
    with_address(agent)
    page = reverse("kameng:notice_choices")
    assert f'name="mail:{LOW}" checked' in browser.get(page).content.decode()
    browser.post(page, {f"inbox:{LOW}": "on"})
    tell_low(agent)
    assert Notice.objects.count() == 1
    assert not OutgoingMail.objects.exists()
    browser.post(page, {f"mail:{LOW}": "on"})
    tell_low(agent)
    assert Notice.objects.count() == 1
    assert OutgoingMail.objects.count() == 1
    required = next((kind for kind in kinds_for("wholesale") if kind.is_required), None)
    if required:
        services.choose(user=agent.user, ways={required.code: Ways(False, False)})
        assert services.ways_of(agent.user, required) == Ways(True, False)


def test_an_address_counts_once_somebody_there_has_confirmed_it(agent, browser) -> None:
    page = reverse("kameng:notice_address")
    wrong = browser.post(page, {"email": "nobody"})
    assert wrong.status_code == 422
    assert 'value="nobody"' in wrong.content.decode()
    assert "name@example.com" in wrong.content.decode()
    browser.post(page, {"email": "me@example.com"})
    agent.user.refresh_from_db()
    assert agent.user.email == ""
    row = OutgoingMail.objects.get()
    assert row.address == "me@example.com"
    link = link_in(row)
    stranger = Client()
    assert "me@example.com" in stranger.get(link).content.decode()
    agent.user.refresh_from_db()
    assert agent.user.email == ""  # a mail program looked at the link; nobody pressed
    assert stranger.post(link).status_code == 200
    agent.user.refresh_from_db()
    assert agent.user.email == "me@example.com"
    assert stranger.post(link[:-3] + "x/").status_code == 410
    browser.post(page, {"email": ""})
    agent.user.refresh_from_db()
    assert agent.user.email == ""


def test_a_link_of_last_week_is_dead(agent, time_machine) -> None:
    services.ask_for_address(user=agent.user, address="me@example.com")
    token = link_in(OutgoingMail.objects.get()).split("/")[-2]
    time_machine.move_to(timezone.now() + timedelta(days=4))
    with pytest.raises(LinkInvalid):
        services.confirm_address(token=token)


def test_a_balance_that_falls_below_the_threshold_is_told_once(agent) -> None:
    set_balance_threshold(agent=agent, threshold=Decimal(500), actor=agent.user)
    assert not Notice.objects.exists()
    world.pay_in(agent.wallet_id, "-600")
    sweep_balances()
    sweep_balances()
    assert Notice.objects.get().kind == LOW
