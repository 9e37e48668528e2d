"""What a member wants to hear of, and where mail goes."""

from __future__ import annotations

import pytest

from kalegou.models import Member
from tests.kalegou import shop
from users.models import NoticeChoice, OutgoingMail

pytestmark = pytest.mark.django_db
PAGE = "/kalegou/account/notices/"


@pytest.fixture
def member(client) -> Member:
    member = shop.make_member()
    shop.log_in(client, member)
    return member


def test_mail_can_be_switched_off_and_what_must_be_told_stays_in_the_inbox(client, member) -> None:
    choices = f"{PAGE}choices/"
    assert choices in client.get("/kalegou/account/inbox/").text
    assert "mail:retail.new_device" in client.get(choices).text
    client.post(choices, {})
    choice = NoticeChoice.objects.get(user=member.user, kind="retail.new_device")
    assert (choice.in_inbox, choice.by_mail) == (True, False)


def test_an_address_is_used_once_it_was_confirmed_from_there(client, member) -> None:
    address = f"{PAGE}address/"
    assert client.post(address, {"email": "nonsense"}).status_code == 422
    client.post(address, {"email": "otter@example.com"})
    member.user.refresh_from_db()
    assert member.user.email == ""
    assert OutgoingMail.objects.get().address == "otter@example.com"
