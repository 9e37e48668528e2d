"""What the API answers: one class a shape. The schema is made from the same classes.

Amounts are decimal strings with two to four decimals, times RFC 3339 with an offset.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from catalog.models import AccountField, AccountFieldKind, DeliveryKind
from kameng.models import AgentStatus
from kameng.queries.api import AccountState, PricedSKU
from ledger.models import EntryKind, Posting, Unit
from orders.models import Order, OrderStatus
from orders.queries import OrderCard, timeline


def amount_text(amount: Decimal) -> str:
    """All of an amount, and at least its fen: "9.80", "0.0125"."""
    text = f"{amount:.4f}"
    return text[:-2] if text.endswith("00") else text.rstrip("0")


@extend_schema_field(
    {
        "type": "string",
        "format": "decimal",
        "pattern": r"^-?[0-9]+\.[0-9]{2,4}$",
        "examples": ["9.80"],
    }
)
class AmountField(serializers.Field[Decimal, str, str, Any]):
    """An amount of money as a decimal string."""

    def to_representation(self, value: Decimal) -> str:
        return amount_text(value)


class Limits(serializers.Serializer[AccountState]):
    credit_line = AmountField(help_text=_("How far the balance may go below zero."))
    single = AmountField(
        source="limits.single",
        allow_null=True,
        help_text=_("What one order may come to; null: no limit."),
    )
    daily = AmountField(
        source="limits.daily", allow_null=True, help_text=_("The same for a day, in China's time.")
    )
    monthly = AmountField(
        source="limits.monthly", allow_null=True, help_text=_("The same for a calendar month.")
    )
    spent_today = AmountField(
        source="spent.today", help_text=_("What counts for today: orders less what went back.")
    )
    spent_this_month = AmountField(
        source="spent.this_month", help_text=_("What counts for this month.")
    )
    reads_per_minute = serializers.SerializerMethodField(help_text=_("GET calls with one key."))
    writes_per_minute = serializers.SerializerMethodField(help_text=_("POST calls with one key."))

    def get_reads_per_minute(self, account: AccountState) -> int:
        return int(settings.API_READS_PER_MINUTE)

    def get_writes_per_minute(self, account: AccountState) -> int:
        return int(settings.API_WRITES_PER_MINUTE)


class AccountSerializer(serializers.Serializer[AccountState]):
    username = serializers.CharField()
    tier = serializers.CharField(help_text=_("Code of the tier that decides your prices."))
    status = serializers.ChoiceField(choices=AgentStatus.choices)
    balance = AmountField(help_text=_("What is in your wallet now."))
    currency = serializers.ChoiceField(
        choices=[(unit.value, unit.label) for unit in (Unit.CNY, Unit.PLAY)],
        help_text=_("PLAY is the play money of a sandbox key."),
    )
    limits = Limits(source="*")


class AccountFieldSerializer(serializers.Serializer[AccountField]):
    name = serializers.CharField()
    kind = serializers.ChoiceField(choices=AccountFieldKind.choices)
    min_length = serializers.IntegerField()
    max_length = serializers.IntegerField()

    def get_fields(self) -> dict[str, Any]:
        """A `label` can't be an attribute: every serializer has one."""
        label = serializers.CharField(source="title", help_text=_("For people, in your language."))
        return {**super().get_fields(), "label": label}


class ProductSerializer(serializers.Serializer[PricedSKU]):
    code = serializers.CharField(source="sku.code", help_text=_("Order it by this code."))
    name = serializers.CharField()
    kind = serializers.ChoiceField(
        source="sku.kind",
        choices=DeliveryKind.choices,
        help_text=_("`card`: codes are handed over. `topup`: an account is charged."),
    )
    face_value = AmountField(source="sku.face_value")
    price = AmountField(help_text=_("Your price for one, now."))
    stock = serializers.IntegerField(
        allow_null=True,
        help_text=_("Cards left that can be sold today; null for what isn't kept in stock."),
    )
    min_quantity = serializers.IntegerField(source="sku.min_quantity")
    max_quantity = serializers.IntegerField(source="sku.max_quantity")
    account_fields = AccountFieldSerializer(
        many=True, help_text=_("What an order's `account` must hold, each as text.")
    )


class TimelineSerializer(serializers.Serializer[Any]):
    at = serializers.DateTimeField()
    status = serializers.ChoiceField(choices=OrderStatus.choices)
    code = serializers.CharField(help_text=_("Stable; programs switch on it."))
    text = serializers.CharField(help_text=_("For people, in your language."))


class OrderSerializer(serializers.Serializer[Order]):
    order_no = serializers.CharField()
    client_ref = serializers.CharField()
    sku = serializers.CharField(source="sku.code")
    quantity = serializers.IntegerField()
    unit_price = AmountField()
    total = AmountField()
    status = serializers.ChoiceField(choices=OrderStatus.choices)
    delivered = serializers.IntegerField(
        source="delivered_quantity", help_text=_("How many of them came.")
    )
    refunded = AmountField(help_text=_("What of the total went back to your wallet."))
    account = serializers.DictField(child=serializers.CharField())
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(
        allow_null=True, help_text=_("null while it is under way.")
    )
    timeline = serializers.SerializerMethodField(help_text=_("What happened, oldest first."))

    @extend_schema_field(TimelineSerializer(many=True))
    def get_timeline(self, order: Order) -> list[dict[str, Any]]:
        return TimelineSerializer(timeline(order), many=True).data  # type: ignore[return-value]


class CardSerializer(serializers.Serializer[OrderCard]):
    number = serializers.CharField()
    secret = serializers.CharField()
    expires = serializers.DateField(source="expires_on", allow_null=True)


class CardsSerializer(serializers.Serializer[Any]):
    cards = CardSerializer(many=True)


class StatementLineSerializer(serializers.Serializer[Posting]):
    at = serializers.DateTimeField(source="entry.created_at")
    kind = serializers.ChoiceField(source="entry.kind", choices=EntryKind.choices)
    amount = AmountField(help_text=_("Positive is money into your wallet."))
    balance = AmountField(source="balance_after", help_text=_("Your balance after this line."))
    reference = serializers.CharField(
        source="entry.reference", help_text=_("Unique to each movement.")
    )
    memo = serializers.CharField(source="entry.memo", help_text=_("The order's number, if any."))
