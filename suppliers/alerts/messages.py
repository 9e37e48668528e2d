"""An alert as a message: the sentences of an email, the document of a webhook."""

from __future__ import annotations

import json
from dataclasses import dataclass

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from suppliers import words
from suppliers.models import Alert, AlertDelivery, DeliveryEvent


@dataclass(frozen=True, slots=True)
class Message:
    """In the site's first language. `subject` is one line."""

    subject: str
    text: str


def message_of(delivery: AlertDelivery) -> Message:
    with translation.override(settings.LANGUAGE_CODE):
        if delivery.alert is None:
            return Message(
                _("Test: alerts about suppliers arrive here"),
                _("Somebody pressed “Send a test” in the back office. There is nothing to do."),
            )
        return _about(delivery.alert, delivery.event)


def _about(alert: Alert, event: str) -> Message:
    supplier, cause = alert.supplier.name, alert.get_cause_display()
    address = link_to(alert)
    if event == DeliveryEvent.ENDED:
        return Message(
            _("Over: %(supplier)s, %(cause)s") % {"supplier": supplier, "cause": cause},
            "\n\n".join(
                (_("This is over. It was:"), words.reason(alert.cause, alert.facts), address)
            ),
        )
    return Message(
        _("Alert: %(supplier)s, %(cause)s") % {"supplier": supplier, "cause": cause},
        "\n\n".join((words.reason(alert.cause, alert.facts), words.meaning(alert.cause), address)),
    )


def link_to(alert: Alert) -> str:
    """The page of the supplier's health, as an address for people."""
    path = reverse("admin:suppliers_supplierhealth_change", args=[alert.supplier_id])
    return f"{settings.BASE_URL.rstrip('/')}{path}"


def document_of(delivery: AlertDelivery) -> bytes:
    """The webhook's body. `id` is the same in every attempt: a receiver drops what it knows."""
    message = message_of(delivery)
    document: dict[str, object] = {
        "id": delivery.pk,
        "event": f"alert.{delivery.event}",
        "subject": message.subject,
        "text": message.text,
    }
    if (alert := delivery.alert) is not None:
        document["alert"] = {
            "id": alert.pk,
            "cause": alert.cause,
            "supplier": alert.supplier.code,
            "sku": alert.offer.sku.code if alert.offer else None,
            "facts": alert.facts,
            "began_at": alert.began_at.isoformat(),
            "ended_at": alert.ended_at.isoformat() if alert.ended_at else None,
            "address": link_to(alert),
        }
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
