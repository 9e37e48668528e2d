"""Messages with codes leave through the console, mail or Alibaba Cloud SMS, once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core import mail
from django.test import Client
from django.utils import timezone

from tests import phones, world
from tests.threads import in_threads
from tests.users import sms_provider
from users.codes import send_code
from users.models import CodePurpose, OutgoingText
from users.texts.aliyun import signed_headers
from users.texts.sending import send_text, sweep_texts

pytestmark = pytest.mark.django_db


@pytest.fixture
def phone() -> str:
    return phones.new_phone()


@pytest.fixture
def sms(settings) -> Iterator[sms_provider.Provider]:
    with sms_provider.provider() as twin:
        settings.TEXT_BACKEND = "aliyun"
        settings.ALIYUN_SMS_URL = twin.url
        settings.ALIYUN_SMS = {
            "access_key_id": sms_provider.KEY_ID,
            "access_key_secret": sms_provider.KEY_SECRET,
            "sign_name": sms_provider.SIGN,
            "template_code": sms_provider.TEMPLATE,
        }
        yield twin


def sent(phone: str, *, email: str = "") -> OutgoingText:
    """Ask for a code and let a worker make its attempt."""
    send_code(purpose=CodePurpose.LOG_IN, phone=phone, origin=None, email=email)
    text = OutgoingText.objects.get(phone=phone)
    send_text(text_id=text.pk, attempt=text.attempts)
    text.refresh_from_db()
    return text


def test_the_signature_is_that_of_the_documentation() -> None:
    headers = signed_headers(
        {
            "ImageId": "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd",
            "RegionId": "cn-shanghai",
        },
        host="ecs.cn-shanghai.aliyuncs.com",
        action="RunInstances",
        version="2014-05-26",
        key_id="YourAccessKeyId",
        key_secret="YourAccessKeySecret",
        date=datetime(2023, 10, 26, 10, 22, 32, tzinfo=UTC),
        nonce="3156853299f313e23d1673dc12e1703d",
    )
    assert headers["Authorization"].endswith(
        "Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
    )


def test_the_provider_gets_the_code_and_we_forget_it(sms, phone) -> None:
    send_code(purpose=CodePurpose.LOG_IN, phone=phone, origin=None)
    code = phones.code_for(phone)
    text = OutgoingText.objects.get(phone=phone)
    send_text(text_id=text.pk, attempt=0)
    text.refresh_from_db()
    assert sms.sent == [(phone, code)]
    assert (text.receipt, text.problem, text.sealed_code) == (f"biz-{phone}^0", "", None)
    assert text.sent_at


def test_a_wrong_secret_is_refused_by_the_provider(sms, phone, settings) -> None:
    settings.ALIYUN_SMS = {**settings.ALIYUN_SMS, "access_key_secret": "another"}
    assert sent(phone).problem == "SignatureDoesNotMatch"
    assert sms.refused == ["SignatureDoesNotMatch"]


@pytest.mark.parametrize(
    ("ends", "problem", "is_tried_again"),
    [
        ("0091", "isv.BUSINESS_LIMIT_CONTROL", False),
        ("0092", "ServiceUnavailable", True),
        ("0093", "http_502", False),  # a gateway's page: it may have been sent
        ("0094", "Throttling.User", True),
    ],
)
def test_what_surely_did_not_leave_is_tried_again(sms, ends, problem, is_tried_again) -> None:
    text = sent(phones.new_phone()[:7] + ends)
    assert (text.problem, bool(text.next_attempt_at)) == (problem, is_tried_again)
    assert bool(text.sealed_code) is is_tried_again
    assert text.sent_at is None


def test_nobody_there_is_tried_again_until_the_code_is_too_old(phone, settings, sms) -> None:
    settings.ALIYUN_SMS_URL = "http://127.0.0.1:9"
    text = sent(phone)
    assert text.problem == "unreachable"
    with time_machine.travel(timezone.now() + timedelta(seconds=10)):
        assert sweep_texts() == 1
    with time_machine.travel(timezone.now() + timedelta(minutes=6)):
        send_text(text_id=text.pk, attempt=text.attempts)
    text.refresh_from_db()
    assert (text.problem, text.sealed_code, text.next_attempt_at) == ("too_late", None, None)


@pytest.mark.django_db(transaction=True)
def test_hints_that_come_twice_send_once(sms, phone) -> None:
    send_code(purpose=CodePurpose.LOG_IN, phone=phone, origin=None)
    text = OutgoingText.objects.get(phone=phone)
    in_threads(lambda _: send_text(text_id=text.pk, attempt=0), range(4), threads=4)
    assert len(sms.sent) == 1


def test_by_mail_to_the_address_that_is_known(phone, settings) -> None:
    settings.TEXT_BACKEND = "email"
    assert sent(phone, email="otter@example.com").sent_at
    [message] = mail.outbox
    assert message.to == ["otter@example.com"]
    nobody = phones.new_phone()
    assert sent(nobody).problem == "no_address"
    assert len(mail.outbox) == 1


def test_the_test_phone_shows_them_in_development_only(phone, settings) -> None:
    send_code(purpose=CodePurpose.LOG_IN, phone=phone, origin=None)
    code = phones.code_for(phone)
    send_text(text_id=OutgoingText.objects.get(phone=phone).pk, attempt=0)
    page = "/account/test-phone/"
    assert code in Client().get(page, {"phone": phone}).text
    assert code not in Client().get(page, {"phone": "13800000000"}).text
    settings.DEVELOPMENT = False
    assert Client().get(page, {"phone": phone}).status_code == 404
    settings.DEVELOPMENT, settings.TEXT_BACKEND = True, "aliyun"
    assert Client().get(page, {"phone": phone}).status_code == 404


def test_staff_see_what_became_of_messages_and_never_the_code(phone) -> None:
    staff = Client()
    staff.force_login(
        world.make_user(is_staff=True, is_superuser=True),
        backend="users.backends.PhoneOrUsernameBackend",
    )
    send_code(purpose=CodePurpose.LOG_IN, phone=phone, origin=None)
    code = phones.code_for(phone)
    page = staff.get("/admin/users/outgoingtext/")
    assert page.status_code == 200
    assert code not in page.text
