"""Another password: for members, agents and staff by the same page."""

from __future__ import annotations

import pytest
from django.test import Client

from tests import world
from users.models import AuditLog, User

pytestmark = pytest.mark.django_db
PAGE = "/account/password/"
NEW = "sea-otter-4711"


@pytest.fixture
def person() -> User:
    return world.make_user("otter")


def logged_in(person: User) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.cookies["django_language"] = "en"
    client.force_login(person, backend="users.backends.PhoneOrUsernameBackend")
    return client


def test_the_new_one_counts_and_only_other_sessions_end(person: User) -> None:
    here, elsewhere = logged_in(person), logged_in(person)
    answer = here.post(PAGE, {"current": world.PASSWORD, "new": NEW})
    assert answer.status_code == 302
    person.refresh_from_db()
    assert person.check_password(NEW)
    assert here.get(PAGE).status_code == 200
    assert elsewhere.get(PAGE).headers["Location"].startswith("/account/login/")
    record = AuditLog.objects.get(action="change_password")
    assert (record.actor, record.target) == (person, f"user:{person.pk}")
    assert NEW not in str(record.details)


@pytest.mark.parametrize(
    ("current", "new", "message"),
    [
        ("wrong-password-1", NEW, "not your password now"),
        (world.PASSWORD, "12345678", "entirely numeric"),
        (world.PASSWORD, "short7", "8 characters"),
        (world.PASSWORD, "otter", "too similar"),
        (world.PASSWORD, world.PASSWORD, "you have already"),
        ("", NEW, "required"),
        (world.PASSWORD, "", "required"),
        (world.PASSWORD, "x" * 129, "at most 128"),
    ],
)
def test_a_refusal_stands_beside_its_field_and_changes_nothing(
    person: User, current: str, new: str, message: str
) -> None:
    client = logged_in(person)
    answer = client.post(PAGE, {"current": current, "new": new})
    assert answer.status_code == 422
    assert message in answer.text
    person.refresh_from_db()
    assert person.check_password(world.PASSWORD)
    assert not AuditLog.objects.exists()


def test_guessing_the_current_one_is_throttled_like_a_log_in(person: User) -> None:
    client = logged_in(person)
    for guess in range(9):
        assert client.post(PAGE, {"current": f"guess{guess}", "new": NEW}).status_code == 422
    assert client.post(PAGE, {"current": "guess9", "new": NEW}).status_code == 429
    assert client.post(PAGE, {"current": world.PASSWORD, "new": NEW}).status_code == 429
    person.refresh_from_db()
    assert person.check_password(world.PASSWORD)


def test_strangers_log_in_first_and_come_back() -> None:
    assert Client().get(PAGE).headers["Location"] == f"/account/login/?next={PAGE}"


def test_each_comes_back_to_where_they_are_at_home(person: User) -> None:
    agent = world.make_agent()
    home = {agent.user: "/kameng/", person: "/"}
    for who, place in home.items():
        form = {"current": world.PASSWORD, "new": NEW}
        assert logged_in(who).post(PAGE, form).headers["Location"] == place
        away = {"current": NEW, "new": "river-otter-4712", "next": "https://evil.example/"}
        who.refresh_from_db()
        assert logged_in(who).post(PAGE, away).headers["Location"] == place


def test_the_account_pages_lead_there(person: User) -> None:
    assert f"{PAGE}?next=/kalegou/account/" in logged_in(person).get("/kalegou/account/").text
    agent = world.make_agent()
    assert f"{PAGE}?next=/kameng/more/" in logged_in(agent.user).get("/kameng/more/").text
