"""Where one is logged in: listed, told of when it's new, ended one by one or all at once."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from tests import phones, world
from users.browsers import browser_of
from users.models import Device, Notice, User

pytestmark = pytest.mark.django_db
PAGE = "/account/security/"
PHONE = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/130 Mobile Safari/537.36"
DESK = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/130 Safari/537.36"


@pytest.fixture
def person() -> User:
    return world.make_user()


def logged_in(person: User, user_agent: str = DESK, address: str = "203.0.113.7") -> Client:
    client = Client(HTTP_USER_AGENT=user_agent, REMOTE_ADDR=address)
    client.post("/account/login/", {"username": person.username, "password": world.PASSWORD})
    return client


def is_in(client: Client) -> bool:
    return client.get("/account/security/").status_code == 200


def test_each_is_listed_with_browser_address_and_when_it_was_seen(person) -> None:
    desk, _phone = logged_in(person), logged_in(person, PHONE, "198.51.100.9")
    page = desk.get(PAGE)
    assert "Chrome · Windows" in page.text
    assert "Chrome · Android" in page.text
    assert "198.51.100.9" in page.text
    assert [here for _d, _b, _p, here in page.context["devices"]].count(True) == 1


def test_an_unknown_browser_is_told_of_and_a_known_one_is_not(person) -> None:
    first = logged_in(person)
    assert not Notice.objects.exists()
    first.post("/account/logout/")
    first.post("/account/login/", {"username": person.username, "password": world.PASSWORD})
    assert not Notice.objects.exists()
    logged_in(person, PHONE, "198.51.100.9")
    notice = Notice.objects.get(user=person)
    assert notice.kind == "retail.new_device"
    assert notice.facts == {"browser": "Chrome · Android", "address": "198.51.100.9"}
    agent = world.make_agent()
    logged_in(agent.user)
    logged_in(agent.user)
    assert Notice.objects.get(user=agent.user).kind == "wholesale.new_device"


@pytest.mark.django_db(transaction=True)
def test_ending_one_logs_that_one_out_and_nobody_elses(person) -> None:
    here, there, other = logged_in(person), logged_in(person), logged_in(world.make_user())
    mine, theirs = Device.objects.filter(user=person).order_by("pk")[1], other.session["device"]
    for pk in (theirs, mine.pk):
        assert here.post(f"/account/security/devices/{pk}/end/").status_code == 302
    assert not is_in(there)
    assert is_in(other)
    assert is_in(here)


@pytest.mark.django_db(transaction=True)
def test_all_others_end_at_once_and_by_a_new_password(person) -> None:
    here, there, third = (logged_in(person) for _ in range(3))
    here.post("/account/security/devices/end/")
    assert (is_in(here), is_in(there), is_in(third)) == (True, False, False)
    there = logged_in(person)
    here.post("/account/password/", {"current": world.PASSWORD, "new": "sea-otter-4711"})
    assert (is_in(here), is_in(there)) == (True, False)
    assert Device.objects.filter(user=person, ended_at=None).count() == 1
    assert Notice.objects.filter(user=person, kind="retail.password_changed").exists()


def test_logging_out_takes_a_device_off_the_list_and_it_is_seen_again_later(person) -> None:
    here = logged_in(person)
    gone = logged_in(person)
    gone.post("/account/logout/")
    assert Device.objects.filter(user=person, ended_at=None).count() == 1
    later = timezone.now() + timedelta(minutes=6)
    with time_machine.travel(later):
        here.get("/kalegou/orders/")
    assert abs(Device.objects.get(ended_at=None).last_seen_at - later) < timedelta(seconds=30)


def test_the_list_costs_the_same_for_one_and_for_many(
    person, django_assert_num_queries, django_assert_max_num_queries
) -> None:
    here = logged_in(person)
    here.get(PAGE)
    with django_assert_max_num_queries(8) as one:
        here.get(PAGE)
    count = len(one)  # the next request empties it
    for _ in range(5):
        logged_in(person)
    with django_assert_num_queries(count):
        here.get(PAGE)


def test_who_has_no_password_confirms_by_a_code(client) -> None:
    person = world.make_user(phone=phones.new_phone())
    person.set_unusable_password()
    person.save()
    client.force_login(person, backend="users.backends.PhoneOrUsernameBackend")
    with time_machine.travel(timezone.now() + timedelta(minutes=11)):
        setup = "/account/second-step/set-up/"
        asked = client.get(setup).headers["Location"]
        assert asked.startswith("/account/confirm/")
        assert client.post(asked, {"code": "000000"}).status_code == 422
        assert client.post(asked, {"send": "1"}).status_code == 200
        code = phones.code_for(person.phone or "")
        assert client.post(asked, {"code": code}).headers["Location"] == setup
        assert client.get(setup).status_code == 200


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        (PHONE, "Chrome · Android"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_0) Version/17 Safari/604.1", "Safari · iPhone"),
        (PHONE + " MicroMessenger/8.0", "WeChat · Android"),
        (DESK + " Edg/130.0", "Edge · Windows"),
        ("curl/8", "?"),
    ],
)
def test_browsers_have_names_that_people_know(user_agent, name) -> None:
    assert browser_of(user_agent) == name
