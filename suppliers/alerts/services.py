"""Writes of alerts: a cause begins, a cause ends, somebody is to be told.

Whoever notices calls `begin` as often as it notices: one open alert per cause is kept by the
database, so that only the first call tells anybody.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.sealing import seal, unseal
from database.sealing import SealedColumn
from outbound import checked
from outbound.hints import after_commit
from suppliers.errors import ReceiverInvalid
from suppliers.models import (
    Alert,
    AlertCause,
    AlertDelivery,
    AlertReceiver,
    DeliveryEvent,
    Offer,
    ReceiverKind,
    Supplier,
)
from users import audit
from users.models import User

MIN_SECRET_LENGTH = 16


def secret_context(receiver_code: str) -> bytes:
    """What a receiver's sealed secret is bound to: it doesn't open in another row."""
    return f"alert receiver:{receiver_code}".encode()


SECRETS = SealedColumn(
    table="suppliers_alertreceiver",
    column="sealed_secret",
    context_column="code",
    context=secret_context,
)


def key_of(cause: AlertCause, *, supplier: Supplier, offer: Offer | None = None) -> str:
    return f"{cause.value}:offer:{offer.pk}" if offer else f"{cause.value}:supplier:{supplier.pk}"


@transaction.atomic
def begin(
    cause: AlertCause,
    *,
    supplier: Supplier,
    facts: Mapping[str, str],
    offer: Offer | None = None,
) -> Alert | None:
    """Open an alert and tell its receivers after commit; None when it is open already.

    Safe to repeat and at once: of all who notice the same cause, one opens it.
    """
    alert = Alert(
        key=key_of(cause, supplier=supplier, offer=offer),
        cause=cause,
        supplier=supplier,
        offer=offer,
        facts=dict(facts),
        began_at=timezone.now(),
    )
    if Alert.objects.filter(key=alert.key, ended_at=None).exists():
        return None
    try:
        with transaction.atomic():
            alert.save()
    except IntegrityError:  # somebody else opened it in this very moment
        return None
    _tell(alert, DeliveryEvent.BEGAN)
    return alert


@transaction.atomic
def end(cause: AlertCause, *, supplier: Supplier, offer: Offer | None = None) -> bool:
    """Close the cause's open alert and say so to whoever was told of it. Safe to repeat."""
    key = key_of(cause, supplier=supplier, offer=offer)
    alert = Alert.objects.select_for_update(no_key=True).filter(key=key, ended_at=None).first()
    if alert is None:
        return False
    alert.ended_at = timezone.now()
    alert.save(update_fields=["ended_at"])
    _tell(alert, DeliveryEvent.ENDED)
    return True


def _tell(alert: Alert, event: DeliveryEvent) -> None:
    """Make a message for each receiver that wants it; an end for those who know the beginning."""
    receivers = [
        row for row in AlertReceiver.objects.filter(is_open=True) if row.wants(alert.cause)
    ]
    if event is DeliveryEvent.ENDED:
        told = set(alert.deliveries.values_list("receiver", flat=True))
        receivers = [row for row in receivers if row.pk in told]
    now = timezone.now()
    rows = AlertDelivery.objects.bulk_create(
        AlertDelivery(receiver=row, alert=alert, event=event, next_attempt_at=now)
        for row in receivers
    )
    for row in rows:
        hint(row)


def hint(delivery: AlertDelivery) -> None:
    after_commit("suppliers.tasks.send_alert", delivery.pk, delivery.attempts)


@transaction.atomic
def send_test(*, receiver: AlertReceiver, actor: User) -> AlertDelivery:
    """Send this receiver a message that says it is a test. Audited."""
    delivery = AlertDelivery.objects.create(
        receiver=receiver, event=DeliveryEvent.TEST, next_attempt_at=timezone.now()
    )
    audit.record(actor=actor, action="alert.test", target=f"alert receiver:{receiver.code}")
    hint(delivery)
    return delivery


@transaction.atomic
def save_receiver(*, receiver: AlertReceiver, secret: str, actor: User) -> None:
    """Create or change who is told. `secret` empty: a webhook keeps the one that it has.

    Raises ReceiverInvalid, naming the field at fault. The audit record never holds the secret.
    """
    check_receiver(
        kind=receiver.kind,
        address=receiver.address,
        secret=secret,
        has_secret=bool(receiver.sealed_secret),
    )
    if receiver.kind != ReceiverKind.WEBHOOK:
        receiver.sealed_secret = None
    elif secret:
        receiver.sealed_secret = seal(secret.encode(), context=secret_context(receiver.code))
    receiver.save()
    audit.record(
        actor=actor,
        action="alert.receiver",
        target=f"alert receiver:{receiver.code}",
        kind=receiver.kind,
        address=_without_query(receiver.address),
        is_open=int(receiver.is_open),
        new_secret=int(bool(secret)),
    )


def check_receiver(*, kind: str, address: str, secret: str, has_secret: bool) -> None:
    """Refuse who could never be told, or must not be called: raises ReceiverInvalid."""
    if kind == ReceiverKind.EMAIL:
        try:
            validate_email(address)
        except ValidationError:
            raise ReceiverInvalid(_("This is no email address."), field="address") from None
        return
    try:
        checked.parse(address, allow_private=settings.ALLOW_PRIVATE_CALLBACKS)
    except checked.AddressRefused as refusal:
        message = {
            "scheme": _("A webhook's address begins with https://."),
            "private": _("This address is inside our own network and is never called."),
        }.get(refusal.code, _("This is no address that can be called."))
        raise ReceiverInvalid(message, field="address") from None
    if not secret and not has_secret:
        raise ReceiverInvalid(
            _("A webhook needs a secret: its receiver checks the signature with it."),
            field="secret",
        )
    if secret and len(secret) < MIN_SECRET_LENGTH:
        raise ReceiverInvalid(
            _("A secret has at least %(count)d characters: what is shorter can be guessed.")
            % {"count": MIN_SECRET_LENGTH},
            field="secret",
        )


def _without_query(address: str) -> str:
    """Addresses of chat robots carry their key in the query: it stays out of the audit log."""
    return re.sub(r"\?.*", "?…", address)[:200]


def secret_of(receiver: AlertReceiver) -> str:
    assert receiver.sealed_secret, f"{receiver.code} has no secret"
    return unseal(bytes(receiver.sealed_secret), context=secret_context(receiver.code)).decode()
