"""What agents are given to work with: announcements, posters and texts, a checklist."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from kameng.models import Announcement, Importance, Poster, PromoText
from kameng.posters import PosterInvalid, check_picture, compose
from kameng.queries.announcements import announcements, to_confirm, unread_badge
from kameng.queries.checklist import checklist
from kameng.services.announcements import confirm, mark_read
from kameng.services.invites import LinkRules, create_link, switch_link
from orders.services import place_order
from tests import world

pytestmark = pytest.mark.django_db


def picture(width: int = 400, height: int = 500, kind: str = "PNG") -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (width, height), "navy").save(file, kind)
    return file.getvalue()


def announce(title: str = "News", *, tiers=(), **fields) -> Announcement:
    now = timezone.now()
    row = Announcement.objects.create(
        **{"title": title, "body": "text", "shown_from": now - timedelta(hours=1), **fields}
    )
    row.tiers.set(tiers)
    return row


def test_an_agent_sees_what_is_shown_now_to_its_tier_pinned_first(chain) -> None:
    now = timezone.now()
    announce("all")
    announce("pinned", is_pinned=True, shown_from=now - timedelta(days=9))
    announce("masters", tiers=[chain[0].tier])
    announce("later", shown_from=now + timedelta(hours=1))
    announce("over", shown_from=now - timedelta(days=2), shown_until=now - timedelta(days=1))
    assert [row.title for row in announcements(chain[1])] == ["pinned", "all"]
    assert [row.title for row in announcements(chain[0])] == ["pinned", "masters", "all"]


def test_an_important_one_stays_until_it_is_confirmed_once(chain) -> None:
    row = announce(importance=Importance.IMPORTANT)
    assert unread_badge(chain[1]) == "1"
    mark_read(agent=chain[1], announcement=row)
    assert unread_badge(chain[1]) == ""
    assert to_confirm(chain[1]) == [row]
    for _ in range(2):
        confirm(agent=chain[1], announcement=row)
    assert to_confirm(chain[1]) == []
    assert to_confirm(chain[2]) == [row]
    assert row.reads.count() == 1


def test_pages_show_read_and_confirm_announcements(browser, chain) -> None:
    row = announce("Beware", importance=Importance.IMPORTANT, body="<b>never</b> hand codes over")
    hidden = announce("Not for you", tiers=[chain[0].tier])
    agent = browser(chain[1])
    home = agent.get(reverse("kameng:home")).content.decode()
    assert "Read and confirm" in home
    assert "Read and confirm" in agent.get(reverse("kameng:orders")).content.decode()
    html = agent.get(reverse("kameng:announcement", args=[row.pk])).content.decode()
    assert "&lt;b&gt;never" in html
    assert agent.get(reverse("kameng:announcement", args=[hidden.pk])).status_code == 404
    refused = agent.post(reverse("kameng:confirm_announcement", args=[hidden.pk]))
    assert refused.status_code == 404
    agent.post(reverse("kameng:confirm_announcement", args=[row.pk]))
    assert "Read and confirm" not in agent.get(reverse("kameng:home")).content.decode()
    listed = agent.get(reverse("kameng:announcements")).content.decode()
    assert "Beware" in listed
    assert "Not for you" not in listed


@pytest.mark.parametrize("content", [b"<svg/>", b"\x89PNG\r\n\x1a\n", b"GIF89a", picture(5000, 10)])
def test_what_is_no_picture_of_a_reasonable_size_is_refused(content) -> None:
    with pytest.raises(PosterInvalid):
        check_picture(SimpleUploadedFile("x.png", content))


def test_the_qr_code_and_the_code_stand_in_the_box_and_nowhere_else() -> None:
    made = compose(
        io.BytesIO(picture()), left=50, top=100, size=200, link="https://example.com/a", code="AB23"
    )
    poster = Image.open(io.BytesIO(made)).convert("RGB")
    assert poster.size == (400, 500)
    navy, white = (0, 0, 128), (255, 255, 255)
    assert poster.getpixel((49, 100)) == navy
    assert poster.getpixel((50, 340)) == navy
    assert poster.getpixel((51, 101)) == white
    colours = {
        name: {poster.getpixel((x, y)) for x in range(50, 250, 2) for y in rows}
        for name, rows in (("qr", range(120, 280, 2)), ("code", range(300, 340)))
    }
    assert (0, 0, 0) in colours["qr"]
    assert (0, 0, 0) in colours["code"]
    assert navy not in colours["qr"] | colours["code"]


def test_agents_get_posters_and_texts_with_the_link_that_they_chose(
    browser, chain, settings, tmp_path
) -> None:
    settings.MEDIA_ROOT = tmp_path
    poster = Poster(title="海报", qr_left=50, qr_top=50, qr_size=200)
    poster.image.save("a.png", ContentFile(picture()))
    PromoText.objects.create(title="文案", body="来 {link} 用 {code}")
    link = create_link(agent=chain[1], rules=LinkRules(name="Fair"))
    agent = browser(chain[1])
    page = reverse("kameng:marketing")
    own = agent.get(page).content.decode()
    assert f"用 {chain[1].invite_code}" in own
    chosen = agent.get(page, {"code": link.code}).content.decode()
    assert f"/kameng/apply/{link.code}/ 用 {link.code}" in chosen
    address = reverse("kameng:poster", args=[poster.pk])
    got = agent.get(address, {"code": link.code, "download": "1"})
    assert got["Content-Type"] == "image/png"
    assert link.code in got["Content-Disposition"]
    assert got.content != agent.get(address).content
    switch_link(link=link, is_on=False)
    closed = agent.get(page, {"code": link.code}).content.decode()
    assert f"用 {chain[1].invite_code}" in closed
    assert f"用 {link.code}" not in closed
    assert browser(None).get(address).status_code == 302
    lowest = browser(world.make_agent(upline=chain[1], rank=3))
    assert "Your tier is the lowest" in lowest.get(page).content.decode()


def test_staff_upload_a_poster_and_are_told_when_the_code_is_outside(
    browser, settings, tmp_path
) -> None:
    settings.MEDIA_ROOT = tmp_path
    office = browser(None)
    staff = world.make_user("staff", is_staff=True, is_superuser=True)
    office.force_login(staff, backend="users.backends.PhoneOrUsernameBackend")
    form = {"title": "海报", "qr_left": 300, "qr_top": 50, "qr_size": 200, "position": 0}
    add = reverse("admin:kameng_poster_add")
    wrong = office.post(add, {**form, "image": SimpleUploadedFile("a.png", picture())})
    assert "the picture is 400 × 500 pixels" in wrong.content.decode()
    office.post(add, {**form, "qr_left": 50, "image": SimpleUploadedFile("a.png", picture())})
    poster = Poster.objects.get()
    preview = office.get(reverse("admin:kameng_poster_preview", args=[poster.pk]))
    assert preview["Content-Type"] == "image/png"
    for name in ("poster", "promotext", "announcement", "diligence", "invitelink"):
        assert office.get(reverse(f"admin:kameng_{name}_changelist")).status_code == 200


def test_the_checklist_follows_the_facts_and_goes_once_it_is_done(browser, chain, card) -> None:
    agent = chain[1]
    first = checklist(agent)
    assert first is not None
    assert first.done == 0
    world.accept_papers(agent)
    world.pay_in(agent.wallet_id, "1000")
    found = checklist(agent)
    assert found is not None
    assert {item.icon for item in found.items if item.is_done} == {"file-check", "wallet"}
    create_link(agent=agent, rules=LinkRules(name="Fair"))
    place_order(channel="wholesale", buyer=agent.user, sku=card, quantity=1, client_ref="a")
    complete = checklist(agent)
    assert complete is not None
    assert complete.is_complete
    page = browser(agent)
    beginner = browser(chain[2])
    assert "Getting started" in beginner.get(reverse("kameng:home")).content.decode()
    assert "Getting started" not in page.get(reverse("kameng:home")).content.decode()
    assert checklist(agent) is None
    beginner.post(reverse("kameng:dismiss_checklist"))
    assert "Getting started" not in beginner.get(reverse("kameng:home")).content.decode()
