"""Invite links: their rules, their places, their count."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from kameng.errors import (
    InviteExpired,
    InviterNotActive,
    InviteSwitchedOff,
    InviteUsedUp,
    NoTierBelow,
    TierNotAllowed,
)
from kameng.models import Application, InviteLink
from kameng.queries.invites import invitations
from kameng.services.agents import set_tier, suspend_agent
from kameng.services.applications import reject_application, withdraw_application
from kameng.services.invites import LinkRules, create_link, find_invitation, switch_link
from tests import world
from users.errors import PersonError

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _files_go_away(settings, tmp_path) -> None:
    settings.MEDIA_ROOT = tmp_path


def make_link(agent, **rules) -> InviteLink:
    return create_link(agent=agent, rules=LinkRules(name="展会", **rules))


def test_a_link_invites_to_its_tier_only(chain) -> None:
    link = make_link(chain[0], tier=world.make_tier(2))
    application = world.make_application(link=link)
    assert (application.inviter, application.tier.rank) == (chain[0], 2)
    with pytest.raises(TierNotAllowed):
        world.make_application(link=link, tier=world.make_tier(1))
    with pytest.raises(TierNotAllowed):
        make_link(chain[1], tier=world.make_tier(1))


def test_a_closed_link_says_why_it_is_closed(chain) -> None:
    link = make_link(chain[1], expires_on=timezone.localdate(), max_uses=1)
    assert find_invitation(link.code.lower()).link == link
    switch_link(link=link, is_on=False)
    with pytest.raises(InviteSwitchedOff):
        find_invitation(link.code)
    switch_link(link=link, is_on=True)
    guest = world.make_application(link=link).user
    with pytest.raises(InviteUsedUp):
        find_invitation(link.code)
    InviteLink.objects.update(expires_on=timezone.localdate() - timedelta(days=1))
    with pytest.raises(InviteExpired):
        find_invitation(link.code)
    assert find_invitation(link.code, guest=guest).link == link
    suspend_agent(agent=chain[1], actor=world.make_user(), reason="x")
    with pytest.raises(InviterNotActive):
        find_invitation(link.code, guest=guest)


def test_who_is_rejected_keeps_the_place_and_who_withdraws_gives_it_back(chain) -> None:
    link = make_link(chain[1], max_uses=1)
    first = world.make_application(link=link)
    reject_application(application=first, actor=world.make_user(), reason="x")
    second = world.make_application(first.user, link=link)
    assert second.corrects == first
    with pytest.raises(InviteUsedUp):
        world.make_application(link=link)
    withdraw_application(application=second)
    Application.objects.filter(pk=first.pk).update(status="withdrawn")
    assert world.make_application(link=link).invite_link == link


def test_a_link_whose_tier_is_not_below_any_more_takes_nobody_in(chain) -> None:
    link = make_link(chain[1], tier=world.make_tier(2))
    world.make_tier(4)
    agent = world.make_agent(upline=chain[0], rank=1)
    link2 = make_link(agent, tier=world.make_tier(2))
    set_tier(agent=agent, tier=world.make_tier(3), actor=world.make_user(), reason="x")
    with pytest.raises(NoTierBelow):
        world.make_application(link=InviteLink.objects.get(pk=link2.pk))
    assert world.make_application(link=link).tier.rank == 2


def test_pages_make_change_and_count_links(browser, chain) -> None:
    agent = browser(chain[1])
    wrong = agent.post(reverse("kameng:new_link"), {"name": "", "max_uses": "0"})
    assert wrong.status_code == 422
    assert "This field is required." in wrong.content.decode()
    past = agent.post(
        reverse("kameng:new_link"), {"name": "Fair", "expires_on": "2020-01-01", "max_uses": "3"}
    )
    assert "This day is over" in past.content.decode()
    assert 'value="Fair"' in past.content.decode()
    agent.post(reverse("kameng:new_link"), {"name": "Fair", "max_uses": "3"})
    link = InviteLink.objects.get()
    visitor = browser(None)
    for _ in range(3):
        assert visitor.get(reverse("kameng:apply_invited", args=[link.code])).status_code == 200
    browser(None).get(reverse("kameng:apply_invited", args=[link.code]))
    world.make_application(link=link)
    row = invitations(chain[1])[1]
    assert (row.came, row.applied, row.approved, row.state) == (2, 1, 0, "open")
    html = agent.get(reverse("kameng:invite")).content.decode()
    assert "Fair" in html
    assert "陈小明" not in agent.get(reverse("kameng:invited")).content.decode()
    assert "陈**" in agent.get(reverse("kameng:invited")).content.decode()
    png = agent.get(reverse("kameng:invite_png", args=[link.code]))
    assert (png["Content-Type"], png.content[:4]) == ("image/png", b"\x89PNG")
    assert b"<svg" in agent.get(reverse("kameng:invite_svg", args=[link.code])).content
    agent.post(reverse("kameng:switch_link", args=[link.code]), {"to": "off"})
    told = visitor.get(reverse("kameng:apply_invited", args=[link.code]))
    assert "has been switched off" in told.content.decode()
    exported = b"".join(agent.get(reverse("kameng:invite"), {"format": "csv"}).streaming_content)
    assert link.code in exported.decode()


def test_a_link_is_its_owners_only(browser, chain) -> None:
    link = make_link(chain[1])
    stranger = browser(chain[0])
    for name in ("invite_link", "change_link", "invite_png"):
        assert stranger.get(reverse(f"kameng:{name}", args=[link.code])).status_code == 404
    switched = stranger.post(reverse("kameng:switch_link", args=[link.code]), {"to": "off"})
    assert switched.status_code == 404
    link.refresh_from_db()
    assert link.is_on


@pytest.mark.django_db(transaction=True)
def test_the_last_place_of_a_link_is_taken_once() -> None:
    for rank in range(3):
        world.make_tier(rank)
    link = make_link(world.make_agent(), max_uses=2)
    users = [world.make_user() for _ in range(6)]

    def one(user) -> object:
        try:
            return world.make_application(user, link=link)
        except PersonError as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        results = list(pool.map(one, users))
    assert sum(isinstance(result, Application) for result in results) == 2
    assert sum(isinstance(result, InviteUsedUp) for result in results) == 4
