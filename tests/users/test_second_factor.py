"""The second step of logging in: at every door, each code once, and a way back for who lost it."""

from __future__ import annotations

import time
from datetime import timedelta

import pyotp
import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from database.sealing import unseal
from tests import phones, world
from tests.threads import in_threads
from users import second_factor
from users.models import AuditLog, Device, Notice, RecoveryCode, SecondFactor, User
from users.second_factor import FactorCodeWrong, TooManyFactorTries

pytestmark = pytest.mark.django_db
STEP, SET_UP = "/account/second-step/", "/account/second-step/set-up/"


def app_of(person: User) -> pyotp.TOTP:
    """What the person's phone shows."""
    sealed = SecondFactor.objects.get(user=person).sealed_secret
    return pyotp.TOTP(unseal(sealed, context=f"totp:{person.pk}".encode()).decode())


def with_factor(**fields) -> tuple[User, pyotp.TOTP, list[str]]:
    """A person with the app in force, since a minute ago: its code of now is unused."""
    person = world.make_user(**fields)
    with time_machine.travel(timezone.now() - timedelta(minutes=2), tick=False):
        second_factor.begin(person=person)
        app = app_of(person)
        codes = second_factor.confirm(person=person, typed=app.now())
    return person, app, codes


def log_in(client: Client, person: User, door: str = "/account/login/", **more: str):
    return client.post(door, {"username": person.username, "password": world.PASSWORD, **more})


def test_setting_it_up_shows_the_codes_once_and_tells_the_person(client) -> None:
    person = world.make_user(phone=phones.new_phone())
    log_in(client, person)
    page = client.get(SET_UP).text
    assert "<svg" in page
    assert client.post(SET_UP, {"code": "000000"}).status_code == 422
    done = client.post(SET_UP, {"code": app_of(person).now()})
    person.refresh_from_db()
    assert person.second_factor_at
    assert RecoveryCode.objects.filter(user=person).count() == 10
    shown = done.context["codes"]
    assert all(code in done.text for code in shown)
    kept = str(list(RecoveryCode.objects.values()))
    assert not any(code.replace("-", "") in kept for code in shown)
    assert client.get("/account/security/").status_code == 200
    assert Notice.objects.filter(user=person, kind="retail.second_factor_on").exists()
    assert AuditLog.objects.filter(action="second_factor_on", actor=person).exists()
    assert client.get(SET_UP).headers["Location"] == "/account/security/"


def test_the_secret_is_sealed_at_rest() -> None:
    person, app, _codes = with_factor()
    assert app.secret.encode() not in bytes(SecondFactor.objects.get(user=person).sealed_secret)


@pytest.mark.parametrize(
    ("door", "wanted", "fields"),
    [
        ("/account/login/", "/kalegou/account/", {}),
        ("/admin/login/", "/admin/", {"is_staff": True, "is_superuser": True}),
    ],
)
def test_no_page_opens_before_the_code(door, wanted, fields) -> None:
    person, app, _codes = with_factor(**fields)
    client = Client()
    log_in(client, person, door, next=wanted)
    for page in (wanted, "/kalegou/orders/", "/account/password/", SET_UP, "/account/security/"):
        assert client.get(page).headers["Location"].startswith(STEP)
    assert client.post("/kalegou/account/wallet/", {"amount": "1"}).headers["Location"] == STEP
    part = client.get(wanted, headers={"HX-Request": "true"})
    assert part.headers["HX-Redirect"] == STEP
    assert client.post(STEP, {"code": "000000", "next": wanted}).status_code == 422
    answer = client.post(STEP, {"code": app.now(), "next": wanted})
    assert answer.headers["Location"] == wanted
    assert client.get(wanted).status_code == 200


def test_an_agent_and_who_comes_by_a_code_are_asked_as_well() -> None:
    agent = world.make_agent()
    second_factor.begin(person=agent.user)
    second_factor.confirm(person=agent.user, typed=app_of(agent.user).now())
    client = Client()
    client.force_login(agent.user, backend="users.backends.PhoneOrUsernameBackend")
    assert client.get("/kameng/").headers["Location"].startswith(STEP)
    person, _app, _codes = with_factor(phone=phones.new_phone())
    client = Client()
    client.post("/account/login/code/", {"phone": person.phone})
    client.post("/account/login/code/enter/", {"code": phones.code_for(person.phone or "")})
    assert client.get("/kalegou/account/").headers["Location"].startswith(STEP)


def test_a_code_of_the_app_is_good_once_and_older_ones_are_not() -> None:
    person, app, _codes = with_factor()
    before = app.at(int(time.time()) - 30)
    now = app.now()
    second_factor.check(person=person, typed=f"{now[:3]} {now[3:]}")
    for replayed in (now, before):
        with pytest.raises(FactorCodeWrong):
            second_factor.check(person=person, typed=replayed)


@pytest.mark.parametrize(
    ("seconds", "is_right"), [(-90, False), (-30, True), (30, True), (90, False)]
)
def test_clocks_may_be_off_by_half_a_minute(seconds, is_right) -> None:
    person, app, _codes = with_factor()
    moment = (int(time.time()) // 30) * 30 + 15
    with time_machine.travel(moment, tick=False):
        if is_right:
            second_factor.check(person=person, typed=app.at(moment + seconds))
        else:
            with pytest.raises(FactorCodeWrong):
                second_factor.check(person=person, typed=app.at(moment + seconds))


def test_five_wrong_ones_and_the_door_stays_shut_a_while() -> None:
    person, app, codes = with_factor()
    for _ in range(5):
        with pytest.raises(FactorCodeWrong):
            second_factor.check(person=person, typed="000000")
    for right in (app.now(), codes[0]):
        with pytest.raises(TooManyFactorTries):
            second_factor.check(person=person, typed=right)
    with time_machine.travel(timezone.now() + timedelta(minutes=15)):
        second_factor.check(person=person, typed=codes[0])


def test_a_recovery_code_is_good_once_and_the_person_is_told() -> None:
    person, _app, codes = with_factor()
    second_factor.check(person=person, typed=f" {codes[3].upper()} ")
    with pytest.raises(FactorCodeWrong):
        second_factor.check(person=person, typed=codes[3])
    notice = Notice.objects.get(user=person, kind="retail.recovery_code_used")
    assert notice.facts["left"] == 9
    renewed = second_factor.renew_recovery_codes(person=person)
    with pytest.raises(FactorCodeWrong):
        second_factor.check(person=person, typed=codes[4])
    second_factor.check(person=person, typed=renewed[0])


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", ["app", "recovery"])
def test_the_same_code_used_at_once_is_good_for_one(kind) -> None:
    person, app, codes = with_factor()
    typed = app.now() if kind == "app" else codes[0]

    def try_it(_: int) -> bool:
        try:
            second_factor.check(person=User.objects.get(pk=person.pk), typed=typed)
        except (FactorCodeWrong, TooManyFactorTries):
            return False
        return True

    assert sum(in_threads(try_it, range(5), threads=5)) == 1


def test_switching_it_off_takes_a_code_and_a_recent_log_in(client) -> None:
    person, app, codes = with_factor()
    log_in(client, person)
    client.post(STEP, {"code": app.now()})
    off = "/account/second-step/off/"
    assert client.post(off, {"code": "000000"}).status_code == 422
    with time_machine.travel(timezone.now() + timedelta(minutes=11)):
        assert client.get(off).headers["Location"].startswith("/account/confirm/")
        client.post("/account/confirm/", {"password": world.PASSWORD, "next": off})
        assert client.post(off, {"code": codes[0]}).status_code == 302
    person.refresh_from_db()
    assert person.second_factor_at is None
    assert not RecoveryCode.objects.filter(user=person).exists()


def test_the_back_office_can_ask_it_of_everybody(client, settings) -> None:
    settings.STAFF_SECOND_FACTOR = True
    staff = world.make_user(is_staff=True, is_superuser=True)
    log_in(client, staff)
    assert client.get("/admin/").headers["Location"].startswith(SET_UP)
    client.get(SET_UP)
    client.post(SET_UP, {"code": app_of(staff).now()})
    assert client.get("/admin/").status_code == 200
    assert client.get("/account/second-step/off/").headers["Location"] == "/account/security/"


def test_staff_reset_it_with_a_reason_and_never_their_own(client) -> None:
    person, _app, _codes = with_factor()
    elsewhere = Client()
    log_in(elsewhere, person)
    staff = world.make_user(is_staff=True, is_superuser=True)
    client.force_login(staff, backend="users.backends.PhoneOrUsernameBackend")
    page = f"/admin/users/user/{person.pk}/second-factor"
    asked = client.get(page, follow=True)
    assert asked.status_code == 200
    address = asked.request["PATH_INFO"]
    client.post(address, {"reason": ""})
    person.refresh_from_db()
    assert person.second_factor_at
    client.post(address, {"reason": "seen the ID card"})
    assert User.objects.filter(pk=person.pk, second_factor_at=None).exists()
    record = AuditLog.objects.get(action="second_factor_reset")
    assert (record.actor, record.reason) == (staff, "seen the ID card")
    assert not Device.objects.filter(user=person, ended_at=None).exists()
    assert Notice.objects.filter(user=person, kind="retail.second_factor_reset").exists()
    with pytest.raises(second_factor.NotYourOwn):
        second_factor.reset(person=staff, actor=staff, reason="x")
    with pytest.raises(second_factor.NotTheirs):
        second_factor.reset(person=staff, actor=world.make_user(is_staff=True), reason="x")
