"""What the schema says of each call, beyond what its code tells: words, examples, errors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import (
    OpenApiCallback,
    OpenApiExample,
    OpenApiParameter,
    OpenApiResponse,
    extend_schema,
)
from rest_framework import serializers

from kameng.api import examples, inputs
from kameng.api.catalogue import PROBLEM_TYPES, ProblemType
from kameng.api.serializers import (
    AccountSerializer,
    CardsSerializer,
    OrderSerializer,
    ProductSerializer,
    StatementLineSerializer,
)
from outbound.signing import KEY_HEADER, NONCE_HEADER, SIGNATURE_HEADER, TIMESTAMP_HEADER

PROBLEM_MEDIA_TYPE = "application/problem+json"
TYPE_BASE = "/api/docs/#"


class ProblemSerializer(serializers.Serializer[Any]):
    type = serializers.CharField(help_text=_("Where this code is explained."))
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField(help_text=_("For people, in your language."))
    code = serializers.ChoiceField(
        choices=[(code, one.title) for code, one in PROBLEM_TYPES.items()],
        help_text=_("Stable; programs switch on it."),
    )

    def get_fields(self) -> dict[str, Any]:
        """`errors` can't be an attribute: every serializer has them."""
        errors = serializers.DictField(
            child=serializers.ListField(child=serializers.CharField()),
            required=False,
            help_text=_("Messages by field, such as `account.phone`."),
        )
        return {**super().get_fields(), "errors": errors}


class ProductsPage(serializers.Serializer[Any]):
    results = ProductSerializer(many=True)
    next = serializers.CharField(allow_null=True, help_text=_("Cursor of the following page."))


class OrdersPage(serializers.Serializer[Any]):
    results = OrderSerializer(many=True)
    next = serializers.CharField(allow_null=True, help_text=_("Cursor of the following page."))


class StatementPage(serializers.Serializer[Any]):
    results = StatementLineSerializer(many=True)
    next = serializers.CharField(allow_null=True, help_text=_("Cursor of the following page."))


class SignatureScheme(OpenApiAuthenticationExtension):
    """All four headers together: one requirement of four keys."""

    target_class = "kameng.api.authentication.SignatureAuthentication"
    name = ["ApiKey", "Timestamp", "Nonce", "Signature"]

    def get_security_definition(self, auto_schema: AutoSchema) -> list[dict[str, Any]]:
        described: Sequence[tuple[str, str | Promise]] = (
            (KEY_HEADER, _("The key's id.")),
            (TIMESTAMP_HEADER, _("Unix seconds, within 300 s of the server's clock.")),
            (NONCE_HEADER, _("16 to 64 visible characters, never used before with this key.")),
            (
                SIGNATURE_HEADER,
                _(
                    "HMAC-SHA256 of the canonical string with the key's secret, as 64 hexadecimal"
                    " digits."
                ),
            ),
        )
        return [
            {"type": "apiKey", "in": "header", "name": name, "description": text}
            for name, text in described
        ]


_EVERYWHERE = (
    "bad_signature",
    "stale_timestamp",
    "replayed_nonce",
    "ip_not_allowed",
    "agent_suspended",
    "rate_limited",
    "internal_error",
    "unavailable",
)


def problem_example(one: ProblemType) -> dict[str, Any]:
    told = {
        "type": f"{TYPE_BASE}{one.code}",
        "title": one.title,
        "status": one.status,
        "detail": one.advice,
        "code": one.code,
    }
    return told | ({"errors": {"quantity": ["…"]}} if one.code == "invalid" else {})


def _problems(*codes: str) -> dict[tuple[int, str], OpenApiResponse]:
    by_status: dict[int, list[ProblemType]] = {}
    for code in (*_EVERYWHERE, *codes):
        by_status.setdefault(PROBLEM_TYPES[code].status, []).append(PROBLEM_TYPES[code])
    return {
        (status, PROBLEM_MEDIA_TYPE): OpenApiResponse(
            ProblemSerializer,
            description=", ".join(f"`{one.code}`" for one in types),
            examples=[
                OpenApiExample(one.code, problem_example(one), summary=one.title) for one in types
            ],
        )
        for status, types in sorted(by_status.items())
    }


def _response_headers(good: Sequence[int]) -> list[OpenApiParameter]:
    counted = [*good, 403, 429]
    return [
        OpenApiParameter(
            "RateLimit-Policy",
            str,
            OpenApiParameter.HEADER,
            description=_("How many calls of this kind a key has in how many seconds."),
            response=counted,
        ),
        OpenApiParameter(
            "RateLimit",
            str,
            OpenApiParameter.HEADER,
            description=_("r: calls left; t: seconds until there are more."),
            response=counted,
        ),
        OpenApiParameter(
            "Retry-After",
            int,
            OpenApiParameter.HEADER,
            description=_("Seconds to wait."),
            response=[429, 503],
        ),
    ]


def _call(
    *,
    operation_id: str,
    summary: str | Promise,
    description: str | Promise,
    answers: dict[int, OpenApiResponse],
    errors: Sequence[str] = (),
    parameters: Sequence[Any] = (),
    **more: Any,
) -> Callable[[Any], Any]:
    return extend_schema(
        operation_id=operation_id,
        summary=summary,
        description=description,
        parameters=[*parameters, *_response_headers(list(answers))],
        responses={
            **{(status, "application/json"): one for status, one in answers.items()},
            **_problems(*errors),
        },
        tags=["v1"],
        **more,
    )


def _answer(
    shape: type[serializers.BaseSerializer[Any]], text: str | Promise, **shown: Any
) -> OpenApiResponse:
    return OpenApiResponse(
        shape,
        description=text,
        examples=[OpenApiExample(name, value) for name, value in shown.items()],
    )


_ORDER_NO = OpenApiParameter("order_no", str, OpenApiParameter.PATH)

account = _call(
    operation_id="get_account",
    summary=_("Your account"),
    description=_("Who you are here, what you can spend, and how often you may call."),
    answers={200: _answer(AccountSerializer, _("The account."), account=examples.ACCOUNT)},
)
products = _call(
    operation_id="list_products",
    summary=_("Products with your price"),
    description=_(
        "What is on sale, with the price that you pay now. Page through with `cursor`; the order of"
        " the rows doesn't change."
    ),
    answers={200: _answer(ProductsPage, _("A page of products."), products=examples.PRODUCTS)},
    errors=("invalid",),
    parameters=[inputs.ProductsInput],
)
product = _call(
    operation_id="get_product",
    summary=_("One product"),
    description=_("The same as in the list, for one SKU."),
    answers={
        200: _answer(
            ProductSerializer,
            _("The product."),
            card=examples.CARD_PRODUCT,
            topup=examples.TOPUP_PRODUCT,
        )
    },
    errors=("unknown_sku",),
    parameters=[OpenApiParameter("code", str, OpenApiParameter.PATH)],
)
orders = _call(
    operation_id="list_orders",
    summary=_("Your orders"),
    description=_(
        "Newest first, orders placed in the portal included. After a time-out, ask by `client_ref`"
        " whether the order was placed — or simply place it again: it can't buy twice."
    ),
    answers={200: _answer(OrdersPage, _("A page of orders."), orders=examples.ORDERS)},
    errors=("invalid",),
    parameters=[inputs.OrdersInput],
)
place_order = _call(
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
        201: _answer(
            OrderSerializer,
            _("A new order."),
            cards=examples.CARD_ORDER,
            topup=examples.TOPUP_ORDER,
        ),
        200: _answer(
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
order = _call(
    operation_id="get_order",
    summary=_("One order"),
    description=_("Where the order is, and everything that happened to it."),
    answers={200: _answer(OrderSerializer, _("The order."), order=examples.CARD_ORDER)},
    errors=("unknown_order",),
    parameters=[_ORDER_NO],
)
cards = _call(
    operation_id="get_cards",
    summary=_("The codes of an order"),
    description=_("Once it is delivered. Every reading is recorded."),
    answers={
        200: _answer(CardsSerializer, _("The codes, empty for a top-up."), cards=examples.CARDS)
    },
    errors=("unknown_order", "not_delivered"),
    parameters=[_ORDER_NO],
)
statement = _call(
    operation_id="get_statement",
    summary=_("Your statement"),
    description=_("Every movement of your wallet, oldest first, with the balance after it."),
    answers={200: _answer(StatementPage, _("A page of lines."), statement=examples.STATEMENT)},
    errors=("invalid",),
    parameters=[inputs.StatementInput],
)
