"""Logging in and out: consumers, agents and staff in the same place."""

from __future__ import annotations

import pytest
from django.test import Client

from tests import world
from users.models import User

pytestmark = pytest.mark.django_db
PAGE = "/account/login/"


@pytest.fixture
def person() -> User:
    return world.make_user("otter", phone="13826507719")


def log_in(client: Client, username: str, password: str = world.PASSWORD, **more: str):
    return client.post(PAGE, {"username": username, "password": password, **more})


def is_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


@pytest.mark.parametrize("login", ["otter", "13826507719", " 138 2650 7719 ", "+86 13826507719"])
def test_by_name_or_number(client, person, login) -> None:
    assert log_in(client, login).headers["Location"] == "/"
    assert is_in(client)


def test_agents_and_staff_log_in_here_too(client) -> None:
    staff = world.make_user(is_staff=True)
    log_in(client, staff.username, next="/admin/")
    assert client.get("/admin/").status_code == 200
    assert log_in(Client(), world.make_agent().user.username).status_code == 302


@pytest.mark.parametrize(
    ("username", "password"),
    [
        ("otter", "wrong"),
        ("nobody", world.PASSWORD),
        ("", ""),
        ("x" * 5000, "y" * 5000),
        ("otter\x00", world.PASSWORD),
        ("' OR '1'='1", world.PASSWORD),
    ],
)
def test_anything_wrong_says_so_and_keeps_the_name(client, person, username, password) -> None:
    answer = log_in(client, username, password)
    assert answer.status_code == 200
    assert "error-summary" in answer.content.decode()
    assert not is_in(client)


def test_an_agent_without_a_destination_comes_to_the_portal(client) -> None:
    agent = world.make_agent()
    assert log_in(client, agent.user.username).headers["Location"] == "/kameng/"
    assert client.get(PAGE).headers["Location"] == "/kameng/"
    wanted = log_in(Client(), agent.user.username, next="/kalegou/orders/")
    assert wanted.headers["Location"] == "/kalegou/orders/"


def test_a_wrong_password_and_an_unknown_name_read_the_same(client, person) -> None:
    wrong = log_in(client, "otter", "wrong").content.decode()
    unknown = log_in(client, "stranger", "wrong").content.decode()
    assert wrong.count("error-summary") == unknown.count("error-summary") == 1
    assert wrong.replace("otter", "").count("<li>") == unknown.count("<li>")


def test_a_closed_account_stays_out(client, person) -> None:
    person.is_active = False
    person.save()
    log_in(client, "otter")
    assert not is_in(client)


@pytest.mark.parametrize("bad", ["https://evil.example/", "//evil.example/x", "/\\evil.example"])
def test_next_never_leads_to_another_site(client, person, bad) -> None:
    assert log_in(client, "otter", next=bad).headers["Location"] == "/"
    assert "evil.example" not in client.get(PAGE, {"next": bad}).content.decode()


def test_next_leads_back_to_where_one_was(client, person) -> None:
    assert log_in(client, "otter", next="/kalegou/account/").headers["Location"] == (
        "/kalegou/account/"
    )


def test_after_ten_wrong_passwords_the_door_closes_whatever_the_spelling(client, person) -> None:
    spellings = ["13826507719", "138 2650 7719", "+8613826507719"]
    for attempt in range(10):
        answer = log_in(client, spellings[attempt % 3], "wrong")
    assert answer.status_code == 429
    right = log_in(client, "13826507719")
    assert right.status_code == 429
    assert not is_in(client)
    assert "users/locked.html" in [template.name for template in right.templates]


def test_somebody_elses_wrong_passwords_dont_lock_out_the_owner_elsewhere(client, person) -> None:
    for _ in range(11):
        log_in(client, "otter", "wrong")
    elsewhere = Client(REMOTE_ADDR="10.1.2.3")
    log_in(elsewhere, "otter")
    assert is_in(elsewhere)


SPELLINGS = ["13826507719", "138-2650-7719", "+86 138 2650 7719", "otter"]


@pytest.mark.parametrize("door", [PAGE, "/admin/login/"])
def test_every_spelling_counts_for_one_account_at_every_door(client, person, door) -> None:
    for attempt in range(10):
        fields = {"username": SPELLINGS[attempt % len(SPELLINGS)], "password": "wrong"}
        answer = client.post(door, fields)
    assert answer.status_code == 429
    for spelling in SPELLINGS:
        assert log_in(client, spelling).status_code == 429


def test_a_log_in_by_number_forgets_the_wrong_passwords_before_it(client, person) -> None:
    for _ in range(3):
        for _ in range(6):
            log_in(client, "13826507719", "wrong")
        log_in(client, "138 2650 7719")
        assert is_in(client)
        client.post("/account/logout/")


def test_one_address_cant_try_many_names(client, person, settings) -> None:
    settings.LOGIN_FAILURES_PER_ADDRESS = 15
    for number in range(15):
        answer = log_in(client, f"name-{number}", "wrong")
    assert answer.status_code == 429
    assert log_in(client, "otter").status_code == 429
    elsewhere = Client(REMOTE_ADDR="10.1.2.3")
    log_in(elsewhere, "otter")
    assert is_in(elsewhere)


def test_behind_our_proxy_one_persons_failures_lock_nobody_else(person, settings) -> None:
    settings.TRUSTED_PROXIES = ["10.0.0.0/8"]
    settings.LOGIN_FAILURES_PER_ADDRESS = 12
    attacker = Client(REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR="1.1.1.1, 203.0.113.9")
    for number in range(12):
        # What the client itself writes into the header buys no fresh attempts.
        attacker.defaults["HTTP_X_FORWARDED_FOR"] = f"1.1.1.{number}, 203.0.113.9"
        answer = log_in(attacker, "otter" if number % 2 else f"name-{number}", "wrong")
    assert answer.status_code == 429
    owner = Client(REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR="203.0.113.10")
    log_in(owner, "otter")
    assert is_in(owner)


def test_without_an_address_only_names_are_counted(person, settings) -> None:
    settings.LOGIN_FAILURES_PER_ADDRESS = 3
    client = Client(REMOTE_ADDR="")
    for number in range(5):
        log_in(client, f"name-{number}", "wrong")
    log_in(client, "otter")
    assert is_in(client)


def test_one_ipv6_network_counts_as_one(person, settings) -> None:
    settings.LOGIN_FAILURES_PER_ADDRESS = 12
    for number in range(12):
        log_in(Client(REMOTE_ADDR=f"2001:db8:0:1::{number + 1:x}"), f"name-{number}", "wrong")
    assert log_in(Client(REMOTE_ADDR="2001:db8:0:1::ff"), "otter").status_code == 429
    assert log_in(Client(REMOTE_ADDR="2001:db8:0:2::ff"), "otter").status_code == 302


def test_logging_out_takes_a_press_and_forgets_everything(client, person) -> None:
    log_in(client, "otter")
    assert client.get("/account/logout/").status_code == 405
    page = client.post("/account/logout/", follow=True)
    assert page.status_code == 200
    assert not is_in(client)


def test_who_is_in_already_is_sent_on(client, person) -> None:
    log_in(client, "otter")
    assert client.get(PAGE).status_code == 302
