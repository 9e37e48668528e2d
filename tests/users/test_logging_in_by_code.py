"""Logging in with a number and the code sent to it; choosing a new password the same way."""

from __future__ import annotations

import pytest
from django.test import Client

from tests import phones, world
from tests.threads import in_threads
from users.models import AuditLog, OutgoingText, User
from users.services import enter_by_phone

pytestmark = pytest.mark.django_db
ASK, ENTER = "/account/login/code/", "/account/login/code/enter/"
ASK_NEW, CHOOSE = "/account/password/new/", "/account/password/new/code/"
PASSWORD = "sea-otter-4711"


@pytest.fixture
def phone() -> str:
    return phones.new_phone()


def is_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def test_the_owner_of_a_number_comes_in_and_goes_where_they_wanted(client, phone) -> None:
    person = world.make_user(phone=phone)
    spelled = f"+86 {phone[:3]} {phone[3:7]} {phone[7:]}"
    answer = client.post(ASK, {"phone": spelled, "next": "/kalegou/account/"})
    assert answer.headers["Location"] == ENTER
    page = client.get(ENTER).text
    assert phone not in page.replace(f"?phone={phone}", "")
    answer = client.post(ENTER, {"code": phones.code_for(phone)})
    assert answer.headers["Location"] == "/kalegou/account/"
    assert client.session["_auth_user_id"] == str(person.pk)
    assert client.get(ENTER).headers["Location"] == ASK


def test_an_unknown_number_becomes_a_member_and_can_choose_a_password(client, phone) -> None:
    client.post(ASK, {"phone": phone})
    assert client.post(ENTER, {"code": phones.code_for(phone)}).headers["Location"] == "/"
    person = User.objects.get(phone=phone)
    assert not person.has_usable_password()
    assert phone not in person.username
    assert AuditLog.objects.filter(action="sign_up_by_phone", actor=person).exists()
    assert client.get("/kalegou/account/").status_code == 200
    assert client.get("/account/password/").headers["Location"] == ASK_NEW
    phones.let_a_minute_pass(phone)
    client.post(ASK_NEW, {"phone": phone})
    answer = client.post(CHOOSE, {"code": phones.code_for(phone), "new": PASSWORD})
    assert answer.status_code == 302
    assert client.get("/kalegou/account/").status_code == 200
    other = Client()
    other.post("/account/login/", {"username": phone, "password": PASSWORD})
    assert is_in(other)


def test_a_wrong_code_says_so_beside_the_field_and_lets_nobody_in(client, phone) -> None:
    world.make_user(phone=phone)
    client.post(ASK, {"phone": phone})
    right = phones.code_for(phone)
    for typed in (phones.other_than(right), "12345", "abcdef", ""):
        answer = client.post(ENTER, {"code": typed})
        assert answer.status_code == 422
        assert "id_code_error" in answer.text
    assert not is_in(client)
    assert client.post(ENTER, {"code": right}).status_code == 302


def test_the_answer_is_the_same_for_known_and_unknown_numbers(phone) -> None:
    world.make_user(phone=phone)
    unknown = phones.new_phone()
    for ask, enter in ((ASK, ENTER), (ASK_NEW, CHOOSE)):
        said = []
        for number in (phone, unknown):
            phones.let_a_minute_pass(number)
            client = Client()
            answer = client.post(ask, {"phone": number})
            page = client.get(enter).text
            wrong = client.post(enter, {"code": "000000", "new": PASSWORD})
            mark = f"{number[:3]} **** {number[7:]}"
            assert mark in page
            said.append((answer.status_code, len(page), wrong.status_code))
        assert said[0] == said[1]
    # Yet a password is for who has an account: nothing was sent to the other number.
    assert OutgoingText.objects.filter(phone=unknown).count() == 1


def test_asking_again_too_soon_says_how_long_to_wait(client, phone) -> None:
    client.post(ASK, {"phone": phone})
    answer = client.post(ASK, {"phone": phone})
    assert answer.status_code == 429
    assert "id_phone_error" in answer.text
    client.post(ENTER, {"again": "1"})
    assert OutgoingText.objects.filter(phone=phone).count() == 1
    phones.let_a_minute_pass(phone)
    client.post(ENTER, {"again": "1"})
    assert OutgoingText.objects.filter(phone=phone).count() == 2


@pytest.mark.parametrize("fields", [{"is_active": False}, {"is_staff": True}])
def test_a_code_alone_opens_neither_closed_accounts_nor_the_back_office(
    client, phone, fields
) -> None:
    world.make_user(phone=phone, **fields)
    client.post(ASK, {"phone": phone})
    answer = client.post(ENTER, {"code": phones.code_for(phone)})
    assert answer.status_code == 403
    assert not is_in(client)


@pytest.mark.django_db(transaction=True)
def test_two_who_come_at_once_with_a_new_number_are_one_person(phone) -> None:
    people = in_threads(lambda _: enter_by_phone(phone=phone).pk, range(6), threads=6)
    assert len(set(people)) == 1


def test_a_forgotten_password_is_replaced_and_other_sessions_end(client, phone) -> None:
    person = world.make_user(phone=phone)
    elsewhere = Client()
    elsewhere.force_login(person, backend="users.backends.PhoneOrUsernameBackend")
    client.post(ASK_NEW, {"phone": phone})
    code = phones.code_for(phone)
    weak = client.post(CHOOSE, {"code": code, "new": "12345678"})
    assert weak.status_code == 422
    assert code in weak.text
    answer = client.post(CHOOSE, {"code": code, "new": PASSWORD})
    assert answer.headers["Location"] == "/account/login/"
    person.refresh_from_db()
    assert person.check_password(PASSWORD)
    assert elsewhere.get("/account/password/").headers["Location"].startswith("/account/login/")
    assert not is_in(client)
    again = client.post(CHOOSE, {"code": code, "new": "another-otter-4711"})
    assert again.headers["Location"] == ASK_NEW


def test_a_code_for_logging_in_changes_no_password(client, phone) -> None:
    person = world.make_user(phone=phone)
    client.post(ASK, {"phone": phone})
    code = phones.code_for(phone)
    phones.let_a_minute_pass(phone)
    client.post(ASK_NEW, {"phone": phone})
    if code != phones.code_for(phone):
        assert client.post(CHOOSE, {"code": code, "new": PASSWORD}).status_code == 422
    person.refresh_from_db()
    assert person.check_password(world.PASSWORD)


@pytest.mark.parametrize("bad", ["https://evil.example/", "//evil.example/x"])
def test_next_stays_on_this_site(client, phone, bad) -> None:
    client.post(ASK, {"phone": phone, "next": bad})
    answer = client.post(ENTER, {"code": phones.code_for(phone)})
    assert answer.headers["Location"] == "/"
