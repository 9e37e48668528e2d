"""Making an account with a mobile number or a name."""

from __future__ import annotations

import secrets

import pytest
from django.test import Client

from tests import world
from tests.threads import in_threads
from users.errors import PersonError
from users.models import User
from users.services import LoginInvalid, LoginTaken, sign_up

pytestmark = pytest.mark.django_db
PAGE = "/account/signup/"
PASSWORD = "sea-otter-4711"


def test_with_a_number_one_is_logged_in_and_the_number_stays_private(client) -> None:
    answer = client.post(PAGE, {"login": "+86 138 2650 7719", "password": PASSWORD})
    assert answer.headers["Location"] == "/"
    person = User.objects.get()
    assert person.phone == "13826507719"
    assert "13826507719" not in person.username
    assert client.session["_auth_user_id"] == str(person.pk)


def test_with_a_name_one_is_logged_in(client) -> None:
    client.post(PAGE, {"login": "  小海獭 "[:5], "password": PASSWORD})
    assert (User.objects.get().username, User.objects.get().phone) == ("小海獭", None)


@pytest.mark.parametrize(
    "login",
    ["ab", "a" * 31, "12345", "a b c", "a@b.cn", "<script>", "x\u202ey", "名", "1380000001"],
)
def test_a_name_that_isnt_one_is_refused(login) -> None:
    with pytest.raises(LoginInvalid):
        sign_up(login=login, password=PASSWORD)


def test_a_name_can_never_stand_in_for_somebodys_number() -> None:
    """A user name `13826507719` would catch that number's log-ins."""
    owner = sign_up(login="13826507719", password=PASSWORD)
    for spelling in ("13826507719", "138 2650 7719", "+8613826507719", "１３８２６５０７７１９"):
        with pytest.raises(PersonError):
            sign_up(login=spelling, password="another-pass-99")
    assert User.objects.by_login("13826507719") == owner


@pytest.mark.parametrize("login", ["Otter", "otter", "OTTER", "ｏｔｔｅｒ"])
def test_a_taken_name_in_any_spelling_is_refused(login) -> None:
    sign_up(login="Otter", password=PASSWORD)
    with pytest.raises(LoginTaken):
        sign_up(login=login, password=PASSWORD)


@pytest.mark.django_db(transaction=True)
def test_ten_people_at_once_with_one_number_make_one_account() -> None:
    def attempt(_: int) -> bool:
        try:
            sign_up(login="13826507719", password=PASSWORD)
        except LoginTaken:
            return False
        return True

    assert sum(in_threads(attempt, range(10))) == 1
    assert User.objects.count() == 1


@pytest.mark.parametrize("password", ["short", "12345678901", "password", "small-otter", "x" * 200])
def test_a_weak_password_is_refused_beside_the_field_and_the_name_kept(client, password) -> None:
    content = client.post(PAGE, {"login": "small-otter", "password": password}).content.decode()
    assert 'id="id_password_error"' in content
    assert 'value="small-otter"' in content
    assert not User.objects.exists()


def test_a_taken_name_is_said_beside_the_field(client) -> None:
    sign_up(login="otter", password=PASSWORD)
    content = client.post(PAGE, {"login": "otter", "password": PASSWORD}).content.decode()
    assert 'id="id_login_error"' in content


def test_next_leads_on_within_this_site_only(client) -> None:
    fields = {"login": "otter-one", "password": PASSWORD, "next": "/kalegou/orders/"}
    assert client.post(PAGE, fields).headers["Location"] == "/kalegou/orders/"
    for number, bad in enumerate(
        ["https://evil.example/", "//evil.example", "javascript:alert(1)"]
    ):
        fields = {"login": f"otter-x{number}", "password": PASSWORD, "next": bad}
        assert Client().post(PAGE, fields).headers["Location"] == "/"


def test_who_is_logged_in_needs_no_second_account(client) -> None:
    client.force_login(world.make_user(), backend="users.backends.PhoneOrUsernameBackend")
    assert client.get(PAGE).status_code == 302
    client.post(PAGE, {"login": "second", "password": PASSWORD})
    assert User.objects.count() == 1


def test_sign_ups_from_one_address_are_limited_and_told_plainly(settings) -> None:
    settings.SIGN_UPS_PER_HOUR = 3
    address = f"2001:db8:{secrets.randbelow(65536):x}:{secrets.randbelow(65536):x}::1"
    for number in range(3):
        fields = {"login": f"otter-y{number}", "password": PASSWORD}
        assert Client(REMOTE_ADDR=address).post(PAGE, fields).status_code == 302
    # Asking whether a name is taken costs an attempt as well.
    refused = Client(REMOTE_ADDR=address).post(PAGE, {"login": "otter-y0", "password": PASSWORD})
    assert refused.status_code == 429
    assert 'id="id_login_error"' not in refused.content.decode()
    assert "error-summary" in refused.content.decode()
    elsewhere = Client(REMOTE_ADDR=address.replace("2001:", "2002:"))
    assert elsewhere.post(PAGE, {"login": "otter-z", "password": PASSWORD}).status_code == 302
