"""Alerts reach people by email and programs by webhook: once, signed, again after a failure."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.core import mail
from django.test import override_settings
from django.utils import timezone

from outbound.signing import Signable, is_signed_by
from suppliers.alerts import services as alerts
from suppliers.alerts.sending import send_alert, sweep_alerts
from suppliers.errors import ReceiverInvalid
from suppliers.models import (
    Alert,
    AlertAttempt,
    AlertCause,
    AlertDelivery,
    AlertReceiver,
    ReceiverKind,
    Supplier,
)
from tests import world
from tests.listeners import Listener, listening
from tests.threads import in_threads
from users.models import AuditLog, User

pytestmark = pytest.mark.django_db(transaction=True)

SECRET = "a-webhook-secret-of-32-characters"
FACTS = {"balance": "12.5", "spend_per_hour": "5", "lasts_hours": "2.5"}


@pytest.fixture
def supplier() -> Supplier:
    return Supplier.objects.create(code="acme", name="极速\n充值", adapter="fulu")


@pytest.fixture
def chief() -> User:
    return world.make_user("chief", is_staff=True)


@pytest.fixture
def inbox() -> Iterator[Listener]:
    with listening() as listener:
        yield listener


def receiver(chief: User, kind: str, address: str, **fields: object) -> AlertReceiver:
    row = AlertReceiver(code=f"to-{kind}", name=f"to {kind}", kind=kind, address=address, **fields)
    alerts.save_receiver(
        receiver=row, secret=SECRET if kind == ReceiverKind.WEBHOOK else "", actor=chief
    )
    return row


def by_webhook(chief: User, inbox: Listener, **fields: object) -> AlertReceiver:
    return receiver(chief, "webhook", f"{inbox.base_url}/alerts?key=robot-key", **fields)


@pytest.mark.usefixtures("tasks_at_once")
def test_a_beginning_and_an_end_are_each_told_once(
    supplier: Supplier, chief: User, inbox: Listener
) -> None:
    by_webhook(chief, inbox)
    receiver(chief, "email", "duty@shop.example")

    for _ in range(3):
        alerts.begin(AlertCause.LOW_BALANCE, supplier=supplier, facts=FACTS)
    assert (len(inbox.received), len(mail.outbox)) == (1, 1)
    for _ in range(2):
        alerts.end(AlertCause.LOW_BALANCE, supplier=supplier)
    assert (len(inbox.received), len(mail.outbox)) == (2, 2)
    alerts.begin(AlertCause.LOW_BALANCE, supplier=supplier, facts=FACTS)
    assert (len(inbox.received), len(mail.outbox)) == (3, 3), "a new one is told of again"

    began, ended = mail.outbox[:2]
    assert "\n" not in began.subject
    assert "极速 充值" in began.subject
    assert "¥12.50" in began.body
    assert "/admin/" in began.body
    assert began.subject != ended.subject
    events = [json.loads(one.body)["event"] for one in inbox.received]
    assert events == ["alert.began", "alert.ended", "alert.began"]


@pytest.mark.usefixtures("tasks_at_once")
def test_a_webhook_is_signed_and_says_what_happened(
    supplier: Supplier, chief: User, inbox: Listener
) -> None:
    row = by_webhook(chief, inbox)
    alert = alerts.begin(AlertCause.LOW_BALANCE, supplier=supplier, facts=FACTS)
    assert alert is not None
    (request,) = inbox.received
    headers = request.headers
    signed = Signable(
        "POST",
        "/alerts?key=robot-key",
        headers["x-timestamp"],
        headers["x-nonce"],
        request.body,
    )
    assert headers["x-api-key"] == row.code
    assert is_signed_by(SECRET, signed, headers["x-signature"])
    document = json.loads(request.body)
    assert document["alert"]["cause"] == "low_balance"
    assert document["alert"]["supplier"] == "acme"
    assert document["alert"]["facts"] == FACTS
    assert document["alert"]["ended_at"] is None
    assert document["id"] == AlertDelivery.objects.get().pk


def test_what_a_receiver_does_not_take_is_tried_again_and_logged(
    supplier: Supplier, chief: User, inbox: Listener
) -> None:
    by_webhook(chief, inbox)
    inbox.answer = lambda request: (500 if len(inbox.received) < 3 else 204, b"")
    alerts.begin(AlertCause.LOW_BALANCE, supplier=supplier, facts=FACTS)
    row = AlertDelivery.objects.get()
    for attempt in range(3):
        send_alert(delivery_id=row.pk, attempt=attempt)
        send_alert(delivery_id=row.pk, attempt=attempt)  # a doubled hint sends nothing twice
        row.refresh_from_db()
        assert row.attempts == attempt + 1

    assert row.delivered_at is not None
    assert row.next_attempt_at is None
    assert len(inbox.received) == 3
    assert {json.loads(one.body)["id"] for one in inbox.received} == {row.pk}
    log = AlertAttempt.objects.filter(delivery=row)
    assert [(one.number, one.http_status, one.problem) for one in log] == [
        (1, 500, "refused"),
        (2, 500, "refused"),
        (3, 204, ""),
    ]


def test_the_sweeper_finds_what_was_dropped_and_gives_up_after_a_day(
    supplier: Supplier, chief: User
) -> None:
    with listening() as gone:
        receiver(chief, "webhook", gone.base_url)
    alerts.begin(AlertCause.LOW_BALANCE, supplier=supplier, facts=FACTS)
    row = AlertDelivery.objects.get()
    assert sweep_alerts() == 1
    assert sweep_alerts() == 0, "leased"
    send_alert(delivery_id=row.pk, attempt=0)
    row.refresh_from_db()
    assert row.next_attempt_at is not None
    assert AlertAttempt.objects.get().problem == "unreachable"

    AlertDelivery.objects.update(created_at=timezone.now() - timedelta(hours=24))
    send_alert(delivery_id=row.pk, attempt=1)
    row.refresh_from_db()
    assert row.is_given_up
    assert sweep_alerts() == 0


@pytest.mark.usefixtures("tasks_at_once")
def test_a_mail_server_that_is_down_is_logged_and_tried_again(
    supplier: Supplier, chief: User
) -> None:
    receiver(chief, "email", "duty@shop.example")
    with override_settings(
        EMAIL_BACKEND="django.core.mail.backends.smtp.EmailBackend",
        EMAIL_HOST="127.0.0.1",
        EMAIL_PORT=9,
    ):
        alerts.begin(AlertCause.LOW_BALANCE, supplier=supplier, facts=FACTS)
    row = AlertDelivery.objects.get()
    assert AlertAttempt.objects.get().problem == "ConnectionRefusedError"
    send_alert(delivery_id=row.pk, attempt=1)
    row.refresh_from_db()
    assert row.delivered_at is not None
    assert len(mail.outbox) == 1


@pytest.mark.usefixtures("tasks_at_once")
def test_a_receiver_hears_of_what_it_wants_while_it_is_in_use(
    supplier: Supplier, chief: User, inbox: Listener
) -> None:
    row = by_webhook(chief, inbox, causes=[AlertCause.GONE])
    alerts.begin(AlertCause.LOW_BALANCE, supplier=supplier, facts=FACTS)
    assert inbox.received == []
    row.causes = []
    alerts.save_receiver(receiver=row, secret="", actor=chief)
    alerts.end(AlertCause.LOW_BALANCE, supplier=supplier)
    assert inbox.received == [], "who doesn't know of the beginning isn't told of the end"
    row.is_open = False
    alerts.save_receiver(receiver=row, secret="", actor=chief)
    alerts.begin(AlertCause.FAILURES, supplier=supplier, facts={})
    assert inbox.received == []
    assert Alert.objects.count() == 2


def test_of_many_who_notice_at_once_one_tells(
    supplier: Supplier, chief: User, inbox: Listener
) -> None:
    by_webhook(chief, inbox)
    found = in_threads(
        lambda _: alerts.begin(AlertCause.LOW_BALANCE, supplier=supplier, facts=FACTS), range(12)
    )
    assert sum(one is not None for one in found) == 1
    assert AlertDelivery.objects.count() == 1


@pytest.mark.parametrize(
    ("kind", "address", "secret", "field"),
    [
        ("email", "not an address", "", "address"),
        ("webhook", "https://example.com/x", "", "secret"),
        ("webhook", "https://example.com/x", "short", "secret"),
        ("webhook", "http://example.com/x", SECRET, "address"),
        ("webhook", "https://127.0.0.1/x", SECRET, "address"),
        ("webhook", "https://169.254.169.254/latest", SECRET, "address"),
        ("webhook", "ftp://example.com", SECRET, "address"),
    ],
)
@override_settings(ALLOW_PRIVATE_CALLBACKS=False)
def test_an_address_that_must_not_be_told_is_refused(
    chief: User, kind: str, address: str, secret: str, field: str
) -> None:
    row = AlertReceiver(code="x", name="x", kind=kind, address=address)
    with pytest.raises(ReceiverInvalid) as refused:
        alerts.save_receiver(receiver=row, secret=secret, actor=chief)
    assert refused.value.field == field
    assert str(refused.value)
    assert not AlertReceiver.objects.exists()


def test_a_private_address_is_not_called_even_when_it_was_saved(
    supplier: Supplier, chief: User, inbox: Listener
) -> None:
    by_webhook(chief, inbox)
    alerts.begin(AlertCause.LOW_BALANCE, supplier=supplier, facts=FACTS)
    with override_settings(ALLOW_PRIVATE_CALLBACKS=False):
        send_alert(delivery_id=AlertDelivery.objects.get().pk, attempt=0)
    assert inbox.received == []
    assert AlertAttempt.objects.get().problem == "refused_address"


def test_secrets_and_robots_keys_stay_out_of_the_audit_log(chief: User, inbox: Listener) -> None:
    row = by_webhook(chief, inbox)
    record = AuditLog.objects.get(action="alert.receiver")
    assert SECRET not in str(record.details)
    assert "robot-key" not in str(record.details)
    assert alerts.secret_of(row) == SECRET
    assert SECRET.encode() not in bytes(row.sealed_secret or b"")


@pytest.mark.usefixtures("tasks_at_once")
def test_a_test_message_arrives_and_is_no_alert(chief: User, inbox: Listener) -> None:
    row = by_webhook(chief, inbox)
    delivery = alerts.send_test(receiver=row, actor=chief)
    delivery.refresh_from_db()
    assert delivery.delivered_at is not None
    document = json.loads(inbox.received[0].body)
    assert (document["event"], "alert" in document) == ("alert.test", False)
    assert not Alert.objects.exists()
