"""What the schema says of the calls that we make: the events of webhooks, and their signature."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import (
    OpenApiExample,
    OpenApiResponse,
    OpenApiWebhook,
    extend_schema,
    extend_schema_field,
    inline_serializer,
)
from rest_framework import serializers

from kameng.api import examples
from kameng.api.serializers import AmountField, OrderSerializer
from kameng.models import EventKind
from outbound.signing import KEY_HEADER, NONCE_HEADER, SIGNATURE_HEADER, TIMESTAMP_HEADER

NEXT_SIGNATURE_HEADER = "X-Signature-Next"
EVENT_ID_HEADER = "X-Webhook-Id"
EVENT_HEADER = "X-Webhook-Event"

SIGNATURE_HEADERS: Mapping[str, str | Promise] = {
    KEY_HEADER: _("The id of the key that signs: the one that ordered, or the endpoint's."),
    TIMESTAMP_HEADER: _("Unix seconds when we sent it. Refuse what is older than 300 s."),
    NONCE_HEADER: _("New with each attempt."),
    SIGNATURE_HEADER: _(
        "HMAC-SHA256 of the canonical string with the key's secret, as for your own requests:"
        " the method is POST, the path is that of your address. Compare it in constant time."
    ),
}
EVENT_HEADERS: Mapping[str, str | Promise] = {
    **SIGNATURE_HEADERS,
    NEXT_SIGNATURE_HEADER: _(
        "Only while the secret is being replaced: the same by the new secret."
    ),
    EVENT_ID_HEADER: _("The event's `id`."),
    EVENT_HEADER: _("The event's name."),
}
_OPTIONAL = (NEXT_SIGNATURE_HEADER,)


class OrderContent(serializers.Serializer[Any]):
    order = OrderSerializer(help_text=_("As `GET /api/v1/orders/{order_no}` was then."))


class RefundSerializer(serializers.Serializer[Any]):
    amount = AmountField(help_text=_("What went back to your wallet with this refund."))
    reason = serializers.CharField(help_text=_("`not_delivered`, or the reason that staff gave."))


class RefundContent(serializers.Serializer[Any]):
    refund = RefundSerializer()
    order = OrderSerializer(help_text=_("As it was right after the refund."))


class BalanceContent(serializers.Serializer[Any]):
    balance = AmountField()
    threshold = AmountField(help_text=_("What you set in the portal."))
    currency = serializers.CharField()


class RepricedProduct(serializers.Serializer[Any]):
    code = serializers.CharField()
    name = serializers.CharField()
    price = AmountField(help_text=_("Your price for one, now."))
    old_price = AmountField(help_text=_("What you were told last."))


class RepricedContent(serializers.Serializer[Any]):
    products = RepricedProduct(many=True, help_text=_("Up to 500; more come as more events."))


class GoneProduct(serializers.Serializer[Any]):
    code = serializers.CharField()
    name = serializers.CharField()


class GoneContent(serializers.Serializer[Any]):
    products = GoneProduct(many=True, help_text=_("Up to 500; more come as more events."))


class NewProduct(GoneProduct):
    price = AmountField(help_text=_("Your price for one, now."))


class NewContent(serializers.Serializer[Any]):
    products = NewProduct(many=True, help_text=_("Up to 500; more come as more events."))


class TestContent(serializers.Serializer[Any]):
    message = serializers.CharField()


def _told(kind: EventKind, content: type[serializers.Serializer[Any]]) -> Any:
    """The body of an event: the same four members, whatever it is about."""

    @extend_schema_field({"type": "string", "const": kind.value})
    class Kind(serializers.CharField):
        pass

    name = "".join(part.capitalize() for part in kind.value.replace(".", "_").split("_"))
    return inline_serializer(
        f"{name}Event",
        {
            "id": serializers.CharField(
                help_text=_("The same at every attempt and when it is sent again: go by it.")
            ),
            "event": Kind(),
            "created_at": serializers.DateTimeField(help_text=_("When it happened.")),
            "data": content(),
        },
    )


def _event(
    kind: EventKind,
    content: type[serializers.Serializer[Any]],
    summary: str | Promise,
    description: str | Promise,
) -> OpenApiWebhook:
    return OpenApiWebhook(
        kind.value,
        extend_schema(
            operation_id="on_" + kind.value.replace(".", "_"),
            summary=summary,
            description=description,
            request=_told(kind, content),
            responses={"2XX": OpenApiResponse(description=_("Understood."))},
            examples=[OpenApiExample("event", examples.EVENTS[kind.value])],
            tags=["webhooks"],
        ),
    )


order_finished = _event(
    EventKind.ORDER_FINISHED,
    OrderContent,
    _("An order has ended"),
    _(
        "It is completed, partially_completed or failed. Codes are never in it: read them with"
        " `GET /api/v1/orders/{order_no}/cards`."
    ),
)
order_refunded = _event(
    EventKind.ORDER_REFUNDED,
    RefundContent,
    _("Money of an order came back"),
    _("What wasn't delivered, right when the order ends, or a refund after the sale."),
)
balance_low = _event(
    EventKind.BALANCE_LOW,
    BalanceContent,
    _("The balance is low"),
    _("It fell below the threshold that you set in the portal; told once, until it was above."),
)
price_changed = _event(
    EventKind.PRICE_CHANGED,
    RepricedContent,
    _("Your prices changed"),
    _(
        "Compared every half minute with what you were told last: a change that is taken back"
        " in between isn't told."
    ),
)
off_shelf = _event(
    EventKind.OFF_SHELF,
    GoneContent,
    _("Goods left the shelf"),
    _("Orders for them are refused with `unknown_sku` from now on."),
)
on_shelf = _event(
    EventKind.ON_SHELF,
    NewContent,
    _("Goods came onto the shelf"),
    _("New, or on sale again."),
)
test = _event(
    EventKind.TEST,
    TestContent,
    _("The test button"),
    _("Nothing has happened. Tried once, not again."),
)
EVENTS = (
    order_finished,
    order_refunded,
    balance_low,
    price_changed,
    off_shelf,
    on_shelf,
    test,
)


def headers(described: Mapping[str, str | Promise]) -> list[dict[str, Any]]:
    """Headers as parameters of an operation; the generator has none for calls of ours."""
    return [
        {
            "in": "header",
            "name": name,
            "required": name not in _OPTIONAL,
            "schema": {"type": "string"},
            "description": str(text),
        }
        for name, text in described.items()
    ]
