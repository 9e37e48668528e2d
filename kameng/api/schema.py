"""What the schema says of each call, beyond what its code tells: words, examples, errors."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import (
    OpenApiCallback,
    OpenApiExample,
    OpenApiParameter,
    OpenApiResponse,
    extend_schema,
)
from rest_framework import serializers

from kameng.api import examples, inputs
from kameng.api.describing import answer, call
from kameng.api.serializers import (
    AccountSerializer,
    CardsSerializer,
    OrderSerializer,
    ProductSerializer,
    StatementLineSerializer,
)


class ProductsPage(serializers.Serializer[Any]):
    results = ProductSerializer(many=True)
    next = serializers.CharField(allow_null=True, help_text=_("Cursor of the following page."))


class OrdersPage(serializers.Serializer[Any]):
    results = OrderSerializer(many=True)
    next = serializers.CharField(allow_null=True, help_text=_("Cursor of the following page."))


class StatementPage(serializers.Serializer[Any]):
    results = StatementLineSerializer(many=True)
    next = serializers.CharField(allow_null=True, help_text=_("Cursor of the following page."))


_ORDER_NO = OpenApiParameter("order_no", str, OpenApiParameter.PATH)

account = call(
    operation_id="get_account",
    summary=_("Your account"),
    description=_("Who you are here, what you can spend, and how often you may call."),
    answers={200: answer(AccountSerializer, _("The account."), account=examples.ACCOUNT)},
)
products = call(
    operation_id="list_products",
    summary=_("Products with your price"),
    description=_(
        "What is on sale, with the price that you pay now. Page through with `cursor`; the order of"
        " the rows doesn't change."
    ),
    answers={200: answer(ProductsPage, _("A page of products."), products=examples.PRODUCTS)},
    errors=("invalid",),
    parameters=[inputs.ProductsInput],
)
product = call(
    operation_id="get_product",
    summary=_("One product"),
    description=_("The same as in the list, for one SKU."),
    answers={
        200: answer(
            ProductSerializer,
            _("The product."),
            card=examples.CARD_PRODUCT,
            topup=examples.TOPUP_PRODUCT,
        )
    },
    errors=("unknown_sku",),
    parameters=[OpenApiParameter("code", str, OpenApiParameter.PATH)],
)
orders = call(
    operation_id="list_orders",
    summary=_("Your orders"),
    description=_(
        "Newest first, orders placed in the portal included. After a time-out, ask by `client_ref`"
        " whether the order was placed — or simply place it again: it can't buy twice."
    ),
    answers={200: answer(OrdersPage, _("A page of orders."), orders=examples.ORDERS)},
    errors=("invalid",),
    parameters=[inputs.OrdersInput],
)
place_order = call(
    operation_id="place_order",
    summary=_("Place an order"),
    description=_(
        "Pays from your wallet. Card codes in stock come back `completed`; a top-up comes back"
        " `paid` and goes on by itself: ask for the order, or have it sent to `callback_url`. The"
        " same `client_ref` with the same content gives the same order back, however often you"
        " send it; with other content it is refused. Nothing is charged on any error."
    ),
    request=inputs.OrderInput,
    answers={
        201: answer(
            OrderSerializer,
            _("A new order."),
            cards=examples.CARD_ORDER,
            topup=examples.TOPUP_ORDER,
        ),
        200: answer(
            OrderSerializer,
            _("The order that this request had placed."),
            repeat=examples.CARD_ORDER,
        ),
    },
    errors=(
        "insufficient_balance",
        "buying_not_allowed",
        "limit_exceeded",
        "unknown_sku",
        "idempotency_conflict",
        "out_of_stock",
        "price_changed",
        "too_large",
        "unsupported_media_type",
        "invalid",
    ),
    examples=[
        OpenApiExample("cards", examples.CARD_ORDER_REQUEST, request_only=True),
        OpenApiExample("topup", examples.TOPUP_ORDER_REQUEST, request_only=True),
    ],
    callbacks=[
        OpenApiCallback(
            name="order_finished",
            path="{$request.body#/callback_url}",
            decorator=extend_schema(
                summary=_("The order has ended"),
                description=_(
                    "A POST of the order once it is completed, partially_completed or failed,"
                    " signed with the same four headers and the key that placed it. Answer with"
                    " any 2xx; otherwise it comes again, at growing intervals, for 24 hours. It"
                    " may come twice: go by `order_no`. Redirects are not followed."
                ),
                request=OrderSerializer,
                responses={200: OpenApiResponse(description=_("Understood."))},
            ),
        )
    ],
)
order = call(
    operation_id="get_order",
    summary=_("One order"),
    description=_("Where the order is, and everything that happened to it."),
    answers={200: answer(OrderSerializer, _("The order."), order=examples.CARD_ORDER)},
    errors=("unknown_order",),
    parameters=[_ORDER_NO],
)
cards = call(
    operation_id="get_cards",
    summary=_("The codes of an order"),
    description=_("Once it is delivered. Every reading is recorded."),
    answers={
        200: answer(CardsSerializer, _("The codes, empty for a top-up."), cards=examples.CARDS)
    },
    errors=("unknown_order", "not_delivered"),
    parameters=[_ORDER_NO],
)
statement = call(
    operation_id="get_statement",
    summary=_("Your statement"),
    description=_("Every movement of your wallet, oldest first, with the balance after it."),
    answers={200: answer(StatementPage, _("A page of lines."), statement=examples.STATEMENT)},
    errors=("invalid",),
    parameters=[inputs.StatementInput],
)
