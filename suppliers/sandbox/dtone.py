"""The DT One DVS protocol, served. Its documentation is in `suppliers/adapters/dtone.py`.

It calls back to the path of the `callback_url` that came with the order, and always at the address
that this sandbox is told to call: it never sends anything elsewhere.
"""

from __future__ import annotations

import base64
import hmac
import json
import math
import re
import sqlite3
import time
from collections.abc import Awaitable, Callable, Mapping
from decimal import Decimal, InvalidOperation
from urllib.parse import urlsplit

import httpx
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from suppliers.sandbox.accounts import SandboxAccount
from suppliers.sandbox.behaviours import NORMAL, Behaviour, behaviour_for
from suppliers.sandbox.dtone_products import CNY_PER_USD, PIN, PRODUCTS, shown_product
from suppliers.sandbox.orders import NewOrder
from suppliers.sandbox.twin import Notice, Refusal, Twin, Why

MESSAGES = {
    "1000401": "Unauthorized",
    "1000400": "Bad request",
    "1003001": "Product is not available in your account",
    "1003002": "Amount is out of range",
    "1003003": "Unit is invalid",
    "1005003": "Credit party mobile number is invalid",
    "1006001": "Insufficient balance",
    "1007001": "External ID has already been used",
    "1008004": "Transaction not found",
    "1009001": "Unexpected error, please contact support",
}
# The order's state → id and message of the status' class, id of the status.
STATES = {
    "waiting": (1, "CREATED", 10000),
    "untreated": (2, "CONFIRMED", 20000),
    "cancelled": (4, "CANCELLED", 40000),
    "success": (7, "COMPLETED", 70000),
    "failed": (9, "DECLINED", 90000),
}

Answerer = Callable[[Request, SandboxAccount], Awaitable[Response]]


class DTOne(Twin):
    protocol = "dtone"
    codes = {
        Why.REFUSED: "1005003",
        Why.DUPLICATE: "1007001",
        Why.CLOSED: "1003001",
        Why.SHORT: "1006001",
    }
    callback_sends = 4
    callback_retry_seconds = 10.0

    def refusal(self, why: Why) -> Refusal:
        return Refusal(self.codes[why], 400)

    def routes(self) -> list[BaseRoute]:
        calls: list[tuple[str, str, Answerer]] = [
            ("POST", "/async/transactions", self._create),
            ("POST", "/async/transactions/{id:int}/confirm", self._confirm),
            ("POST", "/transactions/{id:int}/cancel", self._cancel),
            ("GET", "/transactions/{id:int}", self._show),
            ("GET", "/transactions", self._search),
            ("GET", "/balances", self._balances),
            ("GET", "/products", self._products),
        ]
        return [
            Route("/dtone/v1" + path, self._authorized(call), methods=[method])
            for method, path, call in calls
        ]

    def notice(self, account: SandboxAccount, order: sqlite3.Row, state: str) -> Notice | None:
        path = urlsplit(json.loads(order["details"])["callback_url"]).path
        if not path:
            return None
        body = json.dumps(_transaction(order, state=state)).encode()
        return Notice(path, body, {"Content-Type": "application/json"})

    def is_taken(self, response: httpx.Response) -> bool:
        return response.is_success

    def _authorized(self, call: Answerer) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            given = request.headers.get("authorization", "").encode()
            try:
                for account in self.accounts:
                    pair = f"{account.secrets['api_key']}:{account.secrets['api_secret']}".encode()
                    if hmac.compare_digest(b"Basic " + base64.b64encode(pair), given):
                        return await call(request, account)
                raise Refusal("1000401", 401)
            except Refusal as refusal:
                code = str(refusal.code)
                error = {"code": int(code), "message": MESSAGES[code]}
                return JSONResponse({"errors": [error]}, refusal.status)

        return answer

    async def _create(self, request: Request, account: SandboxAccount) -> Response:
        try:
            given = json.loads(await request.body())
        except (ValueError, RecursionError):
            given = None
        number = given.get("external_id") if isinstance(given, dict) else None
        if not isinstance(number, str) or not 1 <= len(number) <= 64:
            raise Refusal("1000400", 400)
        return await self.submit(
            request,
            account,
            number,
            read=lambda: _new_order(account, number, given),
            answer=lambda order: JSONResponse(_transaction(order), 201),
        )

    async def _confirm(self, request: Request, account: SandboxAccount) -> Response:
        order = self._waiting(request, account)
        self.orders.confirm(order, _behaviour(order, account))
        return JSONResponse(_transaction(self._by_id(request, account)))

    async def _cancel(self, request: Request, account: SandboxAccount) -> Response:
        self.orders.cancel(self._waiting(request, account))
        return JSONResponse(_transaction(self._by_id(request, account)))

    async def _show(self, request: Request, account: SandboxAccount) -> Response:
        return JSONResponse(_transaction(self._by_id(request, account)))

    async def _search(self, request: Request, account: SandboxAccount) -> Response:
        order = self.orders.find(account.code, request.query_params.get("external_id", ""))
        return JSONResponse([] if order is None else [_transaction(order)])

    async def _balances(self, request: Request, account: SandboxAccount) -> Response:
        balance = {
            "id": 1,
            "unit_type": "CURRENCY",
            "unit": account.currency,
            "available": float(self.orders.balance(account.code)),
            "holding": 0,
            "credit_limit": 0,
        }
        return JSONResponse([balance])

    async def _products(self, request: Request, account: SandboxAccount) -> Response:
        query = request.query_params
        found = [
            product
            for product in PRODUCTS.values()
            if query.get("type", product.type) == product.type
            and query.get("country_iso_code", "CHN") == "CHN"
        ]
        try:
            page, size = int(query.get("page", "1")), int(query.get("per_page", "50"))
        except ValueError:
            raise Refusal("1000400", 400) from None
        if page < 1 or not 1 <= size <= 100:
            raise Refusal("1000400", 400)
        pages = math.ceil(len(found) / size)
        return JSONResponse(
            [shown_product(product, account) for product in found[(page - 1) * size : page * size]],
            headers={
                "X-Total": str(len(found)),
                "X-Total-Pages": str(pages),
                "X-Page": str(page),
                "X-Per-Page": str(size),
                "X-Next-Page": str(page + 1) if page < pages else "",
            },
        )

    def _by_id(self, request: Request, account: SandboxAccount) -> sqlite3.Row:
        order = self.orders.find_by_id(account.code, str(request.path_params["id"]))
        if order is None:
            raise Refusal("1008004", 404)
        return order

    def _waiting(self, request: Request, account: SandboxAccount) -> sqlite3.Row:
        order = self._by_id(request, account)
        if order["state"] != "waiting":
            raise Refusal("1009001", 400)
        return order


def _behaviour(order: sqlite3.Row, account: SandboxAccount) -> Behaviour:
    return behaviour_for(order["account"], account.code) if order["account"] else NORMAL


def _new_order(account: SandboxAccount, number: str, given: Mapping[str, object]) -> NewOrder:
    product = PRODUCTS.get(_whole(given.get("product_id")))
    if product is None:
        raise Refusal("1003001", 400)
    phone = ""
    if product.type != PIN:
        party = given.get("credit_party_identifier")
        phone = str(party.get("mobile_number", "")) if isinstance(party, dict) else ""
        if not re.fullmatch(r"\+861[3-9][0-9]{9}", phone):
            raise Refusal("1005003", 400)
    value = product.value if product.value is not None else _ranged_value(given)
    callback_url = given.get("callback_url")
    return NewOrder(
        app_key=account.code,
        number=number,
        order_type=3 if product.type == PIN else 4,
        product_id=product.goods_id or product.id,
        product_name=product.name,
        account=phone.removeprefix("+86"),
        quantity=1,
        price=product.price(account, value),
        details={
            "product": str(product.id),
            "value": str(value),
            "callback_url": callback_url if isinstance(callback_url, str) else "",
        },
        waits=given.get("auto_confirm") is not True,
    )


def _ranged_value(given: Mapping[str, object]) -> Decimal:
    """CNY at the destination, from either end's amount."""
    mode = given.get("calculation_mode")
    end = given.get("destination" if mode == "DESTINATION_AMOUNT" else "source")
    wanted = {"DESTINATION_AMOUNT": "CNY", "SOURCE_AMOUNT": "USD"}.get(str(mode))
    if not isinstance(end, dict) or end.get("unit") != wanted:
        raise Refusal("1003003", 400)
    try:
        amount = Decimal(str(end.get("amount")))
    except InvalidOperation:
        raise Refusal("1003002", 400) from None
    value = amount if wanted == "CNY" else amount * CNY_PER_USD
    if not value.is_finite() or not 1 <= value <= 1000:
        raise Refusal("1003002", 400)
    return value


def _whole(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def _transaction(order: sqlite3.Row, *, state: str = "") -> dict[str, object]:
    """A transaction as it is, or as it was in a state that a callback tells of."""
    details = json.loads(order["details"])
    product = PRODUCTS[int(details["product"])]
    class_id, message, status_id = STATES[state or order["state"]]
    cards = json.loads(order["cards"])
    pin = {"code": cards[0]["password"], "serial": cards[0]["number"]} if cards else None
    amount = float(order["price"])
    return {
        "id": int(order["order_id"]),
        "external_id": order["number"],
        "status": {
            "id": status_id,
            "message": message,
            "class": {"id": class_id, "message": message},
        },
        "operator_reference": None,
        "pin": pin if class_id == 7 else None,
        "product": {"id": product.id, "name": product.name, "type": product.type},
        "prices": {"wholesale": {"amount": amount, "fee": 0, "unit": "USD"}},
        "creation_date": _time(order["created_at"]),
        "confirmation_date": None if class_id == 1 else _time(order["created_at"]),
        "confirmation_expiration_date": _time(order["created_at"] + 3600),
    }


def _time(seconds: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S.000000Z", time.gmtime(seconds))
