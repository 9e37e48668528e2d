"""The calls of the open API: read the call, ask one service or query, answer in JSON."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import translation
from django.utils.translation import get_language_from_request
from django.utils.translation import gettext_lazy as _
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.views import APIView

from catalog.errors import UnknownSKU
from catalog.models import Category
from kameng.api import schema
from kameng.api.authentication import Caller, SignatureAuthentication
from kameng.api.cursors import Page, page_of, row_after
from kameng.api.errors import (
    Invalid,
    MethodNotAllowed,
    NotDelivered,
    NotInSandbox,
    TooLarge,
    UnknownOrder,
)
from kameng.api.inputs import (
    read_order,
    read_orders_query,
    read_products_query,
    read_statement_query,
)
from kameng.api.parsing import MAX_BODY_BYTES, OnlyJSON, StrictJSONParser
from kameng.api.serializers import (
    AccountSerializer,
    CardsSerializer,
    OrderSerializer,
    ProductSerializer,
    StatementLineSerializer,
)
from kameng.api.throttling import Allowance, must_be_within, spend
from kameng.models import Agent
from kameng.queries.api import (
    account_state,
    order_of_reference,
    orders_for_api,
    priced,
    skus_for_api,
    wallet_of,
)
from kameng.services.api_buying import place_api_order
from kameng.services.codes import reveal_codes
from ledger import services as ledger
from orders.models import Channel, Order, OrderStatus

SAFE_METHODS = ("GET", "HEAD")
DELIVERED = (OrderStatus.COMPLETED, OrderStatus.PARTIALLY_COMPLETED)


class SignedView(APIView):
    """What every call has in common: its size, its signature, its share of calls, its headers."""

    authentication_classes = (SignatureAuthentication,)
    parser_classes = (StrictJSONParser,)
    renderer_classes = (JSONRenderer,)
    content_negotiation_class = OnlyJSON
    http_method_names = ["get", "head", "post"]
    allowance: Allowance | None = None
    max_body_bytes = MAX_BODY_BYTES
    # A call must know of the sandbox to be allowed in it: by default, play keys are refused.
    works_in_sandbox = False

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """In the language that the program accepts: it has no switch, as a page has."""
        language = get_language_from_request(request)
        with translation.override(language):
            response = super().dispatch(request, *args, **kwargs)
        response["Content-Language"] = language
        return response

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        if int(request.META.get("CONTENT_LENGTH") or 0) > self.max_body_bytes:
            raise TooLarge(self.max_body_bytes)
        super().initial(request, *args, **kwargs)

    def check_permissions(self, request: Request) -> None:
        if self.caller.key.is_sandbox and not self.works_in_sandbox:
            raise NotInSandbox

    def check_throttles(self, request: Request) -> None:
        """Counted after authentication: nobody can use up another's calls."""
        is_write = request.method not in SAFE_METHODS
        self.allowance = spend(self.caller.key.key_id, is_write=is_write)
        must_be_within(self.allowance)

    def http_method_not_allowed(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Response:
        raise MethodNotAllowed(self.allowed_methods)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        response["Cache-Control"] = "no-store"
        if self.allowance:
            for name, value in self.allowance.headers.items():
                response[name] = value
        return response

    @property
    def caller(self) -> Caller:
        caller = self.request.auth
        assert isinstance(caller, Caller)
        return caller

    @property
    def agent(self) -> Agent:
        return self.caller.agent

    @property
    def channel(self) -> Channel:
        return self.caller.channel


def _answer(page: Page[Any], serializer: type[BaseSerializer[Any]]) -> Response:
    return Response({"results": serializer(page.results, many=True).data, "next": page.next})


class AccountView(SignedView):
    works_in_sandbox = True

    @schema.account
    def get(self, request: Request) -> Response:
        return Response(AccountSerializer(account_state(self.agent, self.channel)).data)


class ProductsView(SignedView):
    works_in_sandbox = True

    @schema.products
    def get(self, request: Request) -> Response:
        asked = read_products_query(request.query_params)
        after = row_after(asked.cursor, of="products")
        found = skus_for_api(kind=asked.kind, category=_category(asked.category), search=asked.q)
        if after is not None:
            found = found.filter(pk__gt=after)
        page = page_of(
            list(found[: asked.limit + 1]),
            limit=asked.limit,
            of="products",
            key=lambda sku: sku.pk,
        )
        return _answer(Page(priced(self.agent, page.results), page.next), ProductSerializer)


def _category(code: str) -> Category | None:
    if not code:
        return None
    category: Category | None = Category.objects.filter(code=code).first()
    if category is None:
        raise Invalid({"category": [_("There is no such category.")]})
    return category


class ProductView(SignedView):
    works_in_sandbox = True

    @schema.product
    def get(self, request: Request, code: str) -> Response:
        found = list(skus_for_api().filter(code=code)) if code.isprintable() else []
        if not found:
            raise UnknownSKU
        return Response(ProductSerializer(priced(self.agent, found)[0]).data)


class OrdersView(SignedView):
    works_in_sandbox = True

    @schema.orders
    def get(self, request: Request) -> Response:
        asked = read_orders_query(request.query_params)
        after = row_after(asked.cursor, of="orders")
        found = (
            order_of_reference(self.agent, asked.client_ref, channel=self.channel)
            if asked.client_ref
            else orders_for_api(self.agent, self.channel)
        )
        if asked.status:
            found = found.filter(status=asked.status)
        if after is not None:
            found = found.filter(pk__lt=after)
        page = page_of(
            list(found[: asked.limit + 1]),
            limit=asked.limit,
            of="orders",
            key=lambda order: order.pk,
        )
        return _answer(page, OrderSerializer)

    @schema.place_order
    def post(self, request: Request) -> Response:
        self.caller.must_be_allowed_to_buy()
        placed = place_api_order(key=self.caller.key, asked=read_order(request.data))
        return Response(
            OrderSerializer(placed.order).data,
            status=HTTPStatus.CREATED if placed.is_new else HTTPStatus.OK,
        )


class OrderView(SignedView):
    works_in_sandbox = True

    @schema.order
    def get(self, request: Request, order_no: str) -> Response:
        return Response(OrderSerializer(_order(self.caller, order_no)).data)


class OrderCardsView(SignedView):
    works_in_sandbox = True

    @schema.cards
    def get(self, request: Request, order_no: str) -> Response:
        order = _order(self.caller, order_no)
        if order.status not in DELIVERED:
            raise NotDelivered
        cards = reveal_codes(
            agent=self.agent, order=order, how=f"api, key {self.caller.key.key_id}"
        )
        return Response(CardsSerializer({"cards": cards}).data)


def _order(caller: Caller, order_no: str) -> Order:
    own = orders_for_api(caller.agent, caller.channel)
    order = own.filter(order_no=order_no).first() if order_no.isprintable() else None
    if order is None:
        raise UnknownOrder
    return order


class StatementView(SignedView):
    works_in_sandbox = True

    @schema.statement
    def get(self, request: Request) -> Response:
        asked = read_statement_query(request.query_params)
        lines = ledger.statement(
            wallet_of(self.agent, self.channel),
            since=asked.since,
            until=asked.until,
            after_posting=row_after(asked.cursor, of="statement") or 0,
            limit=asked.limit + 1,
        )
        page = page_of(lines, limit=asked.limit, of="statement", key=lambda posting: posting.pk)
        return _answer(page, StatementLineSerializer)
