"""Our own open API, served as a supplier's: the calls that `suppliers/adapters/kameng.py` makes.

It knows nothing of our shop's code: only of the contract, and of the signature as the client signs
it. A repeat of an order gives the same order back; with other content it is a conflict.
"""

from __future__ import annotations

import hmac
import json
import sqlite3
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from urllib.parse import urlsplit

import httpx
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from kameng_client import signing
from suppliers.sandbox.accounts import SandboxAccount
from suppliers.sandbox.goods import GOODS, PHONE_FACE_VALUES
from suppliers.sandbox.orders import NewOrder
from suppliers.sandbox.twin import Notice, Refusal, Twin, Why

PREFIX = "/kameng/api/v1"
MAX_QUANTITY = 10_000
# code → status and words.
PROBLEMS = {
    "bad_signature": (401, "The signature doesn't fit."),
    "stale_timestamp": (401, "The clock is too far off."),
    "replayed_nonce": (401, "This nonce was used before."),
    "insufficient_balance": (402, "The balance is too low. Nothing was charged."),
    "unknown_sku": (404, "No such product is on sale."),
    "unknown_order": (404, "There is no such order."),
    "idempotency_conflict": (409, "This client_ref has an order with other content."),
    "out_of_stock": (409, "Sold out or under maintenance. Nothing was charged."),
    "not_delivered": (409, "This order has no codes yet."),
    "invalid": (422, "Please check what you sent. Nothing was charged."),
}
STATUSES = {"success": "completed", "failed": "failed"}

Answerer = Callable[[Request, SandboxAccount, bytes], Awaitable[Response]]


class Kameng(Twin):
    protocol = "kameng"
    codes = {
        Why.REFUSED: "invalid",
        Why.DUPLICATE: "duplicate",  # never told: a repeat is answered with its order
        Why.CLOSED: "out_of_stock",
        Why.SHORT: "insufficient_balance",
    }
    callback_sends = 7
    callback_retry_seconds = 10.0

    def routes(self) -> list[BaseRoute]:
        calls: list[tuple[str, str, Answerer]] = [
            ("GET", "/account", self._account),
            ("GET", "/products", self._products),
            ("GET", "/orders", self._list),
            ("POST", "/orders", self._place),
            ("GET", "/orders/{order_no}", self._show),
            ("GET", "/orders/{order_no}/cards", self._cards),
        ]
        return [
            Route(PREFIX + path, self._signed(call), methods=[method])
            for method, path, call in calls
        ]

    def notice(self, account: SandboxAccount, order: sqlite3.Row, state: str) -> Notice | None:
        """Signed for the address that came with the order; sent to the one that is told to us."""
        path = urlsplit(json.loads(order["details"])["callback_url"]).path
        if not path:
            return None
        body = json.dumps(_order(order, state=state), ensure_ascii=False).encode()
        headers = signing.signed_headers(
            key_id=account.secrets["key_id"],
            secret=account.secrets["secret"],
            method="POST",
            path_and_query=path,
            body=body,
        )
        return Notice(path, body, {**headers, "Content-Type": "application/json"})

    def is_taken(self, response: httpx.Response) -> bool:
        return response.is_success

    def _signed(self, call: Answerer) -> Callable[[Request], Awaitable[Response]]:
        used: dict[str, float] = {}

        async def answer(request: Request) -> Response:
            body = await request.body()
            try:
                return await call(request, self._caller(request, body, used), body)
            except Refusal as refusal:
                return _problem(str(refusal.code))

        return answer

    def _caller(self, request: Request, body: bytes, used: dict[str, float]) -> SandboxAccount:
        given = {
            name: request.headers.get(name, "")
            for name in (
                signing.KEY_HEADER,
                signing.TIMESTAMP_HEADER,
                signing.NONCE_HEADER,
                signing.SIGNATURE_HEADER,
            )
        }
        timestamp, nonce = given[signing.TIMESTAMP_HEADER], given[signing.NONCE_HEADER]
        query = request.url.query
        for account in self.accounts:
            expected = signing.signature(
                account.secrets["secret"],
                method=request.method,
                path_and_query=request.scope["raw_path"].decode() + (f"?{query}" if query else ""),
                timestamp=timestamp,
                nonce=nonce,
                body=body,
            )
            if account.secrets["key_id"] == given[signing.KEY_HEADER] and hmac.compare_digest(
                expected.encode(), given[signing.SIGNATURE_HEADER].encode()
            ):
                break
        else:
            raise Refusal("bad_signature")
        if not timestamp.isdigit() or abs(time.time() - int(timestamp)) > signing.WINDOW_SECONDS:
            raise Refusal("stale_timestamp")
        if nonce in used:
            raise Refusal("replayed_nonce")
        used[nonce] = time.time()
        for old in [one for one, at in used.items() if at < time.time() - 660]:
            del used[old]
        return account

    async def _account(self, request: Request, account: SandboxAccount, body: bytes) -> Response:
        return JSONResponse(
            {
                "username": account.code,
                "tier": "level1",
                "status": "active",
                "balance": _amount(self.orders.balance(account.code)),
                "currency": "CNY",
                "limits": {
                    "credit_line": "0.00",
                    "reads_per_minute": 600,
                    "writes_per_minute": 300,
                },
            }
        )

    async def _products(self, request: Request, account: SandboxAccount, body: bytes) -> Response:
        shown = [_phone(face_value, account) for face_value in PHONE_FACE_VALUES]
        shown += [_card(product_id) for product_id, one in GOODS.items() if one.kind == "卡密"]
        return JSONResponse({"results": shown, "next": None})

    async def _place(self, request: Request, account: SandboxAccount, body: bytes) -> Response:
        given = _read(body)
        number = given.get("client_ref")
        if not isinstance(number, str) or not 1 <= len(number) <= 64:
            raise Refusal("invalid")
        earlier = self.orders.find(account.code, number)
        if earlier is not None:
            if json.loads(earlier["details"])["sent"] != _content(given):
                raise Refusal("idempotency_conflict")
            return JSONResponse(_order(earlier))
        return await self.submit(
            request,
            account,
            number,
            read=lambda: _new_order(account, number, given),
            answer=lambda order: JSONResponse(_order(order), 201),
        )

    async def _list(self, request: Request, account: SandboxAccount, body: bytes) -> Response:
        order = self.orders.find(account.code, request.query_params.get("client_ref", ""))
        return JSONResponse({"results": [_order(order)] if order else [], "next": None})

    async def _show(self, request: Request, account: SandboxAccount, body: bytes) -> Response:
        return JSONResponse(_order(self._by_number(request, account)))

    async def _cards(self, request: Request, account: SandboxAccount, body: bytes) -> Response:
        order = self._by_number(request, account)
        if order["state"] != "success":
            raise Refusal("not_delivered")
        cards = [
            {"number": card["number"], "secret": card["password"], "expires": None}
            for card in json.loads(order["cards"])
        ]
        return JSONResponse({"cards": cards})

    def _by_number(self, request: Request, account: SandboxAccount) -> sqlite3.Row:
        order = self.orders.find_by_id(account.code, str(request.path_params["order_no"]))
        if order is None:
            raise Refusal("unknown_order")
        return order


def _problem(code: str) -> Response:
    status, detail = PROBLEMS[code]
    told: dict[str, object] = {
        "type": f"/api/docs/#{code}",
        "title": detail,
        "status": status,
        "detail": detail,
        "code": code,
    }
    if code == "invalid":
        told["errors"] = {"account.phone": ["This number can't be topped up."]}
    return Response(json.dumps(told), status_code=status, media_type="application/problem+json")


def _read(body: bytes) -> Mapping[str, object]:
    try:
        given = json.loads(body)
    except (ValueError, RecursionError):
        given = None
    if not isinstance(given, dict):
        raise Refusal("invalid")
    return given


def _content(given: Mapping[str, object]) -> str:
    return json.dumps(given, sort_keys=True)


def _new_order(account: SandboxAccount, number: str, given: Mapping[str, object]) -> NewOrder:
    sku, quantity = given.get("sku"), given.get("quantity")
    if type(quantity) is not int or not 1 <= quantity <= MAX_QUANTITY:
        raise Refusal("invalid")
    kind, _, key = str(sku).partition("-")
    details = {
        "sku": str(sku),
        "sent": _content(given),
        "callback_url": str(given.get("callback_url") or ""),
    }
    if kind == "mobile" and key.isdigit() and int(key) in PHONE_FACE_VALUES:
        to = given.get("account")
        phone = to.get("phone") if isinstance(to, dict) else None
        if not isinstance(phone, str) or len(phone) != 11 or not phone.isdigit() or quantity != 1:
            raise Refusal("invalid")
        return NewOrder(
            app_key=account.code,
            number=number,
            order_type=1,
            product_id=int(key),
            product_name=f"话费{key}元",
            account=phone,
            quantity=1,
            price=int(key) * account.phone_rate,
            details=details,
        )
    goods = GOODS.get(int(key)) if kind == "card" and key.isdigit() else None
    if goods is None or goods.kind != "卡密":
        raise Refusal("unknown_sku")
    return NewOrder(
        app_key=account.code,
        number=number,
        order_type=3,
        product_id=goods.product_id,
        product_name=goods.name,
        account="",
        quantity=quantity,
        price=goods.price * quantity,
        details=details,
    )


def _order(order: sqlite3.Row, *, state: str = "") -> dict[str, object]:
    """An order as it is, or as it was in a state that a callback tells of."""
    state = state or order["state"]
    details = json.loads(order["details"])
    status = STATUSES.get(state, "fulfilling")
    total = Decimal(order["price"])
    at = _time(order["created_at"])
    rows = [{"at": at, "status": "paid", "code": "paid", "text": "已付款"}]
    if status != "fulfilling":
        rows.append({"at": at, "status": status, "code": status, "text": "已结束"})
    return {
        "order_no": order["order_id"],
        "client_ref": order["number"],
        "sku": details["sku"],
        "quantity": order["quantity"],
        "unit_price": _amount(total / order["quantity"]),
        "total": _amount(total),
        "status": status,
        "delivered": order["quantity"] if status == "completed" else 0,
        "refunded": _amount(total) if status == "failed" else "0.00",
        "account": {"phone": order["account"]} if order["account"] else {},
        "created_at": at,
        "finished_at": None if status == "fulfilling" else at,
        "timeline": rows,
    }


def _phone(face_value: int, account: SandboxAccount) -> dict[str, object]:
    field = {
        "name": "phone",
        "label": "手机号码",
        "kind": "mobile",
        "min_length": 1,
        "max_length": 11,
    }
    return {
        "code": f"mobile-{face_value}",
        "name": f"话费 ¥{face_value}",
        "kind": "topup",
        "face_value": _amount(Decimal(face_value)),
        "price": _amount(face_value * account.phone_rate),
        "stock": None,
        "min_quantity": 1,
        "max_quantity": 1,
        "account_fields": [field],
    }


def _card(product_id: int) -> dict[str, object]:
    goods = GOODS[product_id]
    is_sold = goods.sales_status == "上架" and goods.stock_status != "断货"
    return {
        "code": f"card-{product_id}",
        "name": goods.name,
        "kind": "card",
        "face_value": _amount(goods.face_value),
        "price": _amount(goods.price),
        "stock": 100 if is_sold else 0,
        "min_quantity": 1,
        "max_quantity": MAX_QUANTITY,
        "account_fields": [],
    }


def _amount(amount: Decimal) -> str:
    return f"{amount:.4f}"


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()
