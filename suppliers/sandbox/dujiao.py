"""Dujiao-Next's protocol, served. Its documentation is in `suppliers/adapters/dujiao.py`."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from decimal import Decimal
from urllib.parse import urlsplit

import httpx
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from suppliers.adapters import dujiao_wire as wire
from suppliers.sandbox.accounts import SandboxAccount
from suppliers.sandbox.goods import GOODS, PHONE_FACE_VALUES
from suppliers.sandbox.orders import NewOrder
from suppliers.sandbox.twin import Notice, Refusal, Twin, Why

PREFIX = "/dujiao" + wire.BASE
STATUSES = {
    "missing_auth_headers": 401,
    "timestamp_expired": 401,
    "invalid_signature": 401,
    "bad_request": 400,
    "sku_unavailable": 400,
    "product_not_found": 404,
    "order_not_found": 404,
    "cancel_not_allowed": 409,
    "insufficient_balance": 402,
    "insufficient_stock": 409,
}
STATES = {"success": "completed", "failed": "canceled"}
PHONES = 1  # the one product of phone top-up; its SKUs are numbered by their value

Answerer = Callable[[Request, SandboxAccount, bytes], Awaitable[Response]]


class Dujiao(Twin):
    protocol = "dujiao"
    codes = {
        Why.REFUSED: "bad_request",
        Why.DUPLICATE: "duplicate",  # never told: a repeat is answered with its order
        Why.CLOSED: "insufficient_stock",
        Why.SHORT: "insufficient_balance",
    }
    callback_sends = 3
    callback_retry_seconds = 10.0

    def routes(self) -> list[BaseRoute]:
        calls: list[tuple[str, str, Answerer]] = [
            ("POST", "/ping", self._ping),
            ("GET", "/categories", self._categories),
            ("GET", "/products", self._products),
            ("GET", "/products/{id:int}", self._product),
            ("POST", "/orders", self._create),
            ("GET", "/orders/{id:int}", self._show),
            ("POST", "/orders/{id:int}/cancel", self._cancel),
        ]
        return [
            Route(PREFIX + path, self._signed(call), methods=[method])
            for method, path, call in calls
        ]

    def notice(self, account: SandboxAccount, order: sqlite3.Row, state: str) -> Notice | None:
        path = urlsplit(json.loads(order["details"])["callback_url"]).path
        if not path:
            return None
        told: dict[str, object] = {
            "event": "order.updated",
            "order_id": int(order["order_id"]),
            "order_no": f"DJ{order['order_id']}",
            "downstream_order_no": order["number"],
            "status": STATES.get(state, "fulfilling"),
        }
        body = json.dumps(told, ensure_ascii=False).encode()
        headers = wire.signed_headers(
            key=account.secrets["api_key"],
            secret=account.secrets["api_secret"],
            method="POST",
            path=path,
            body=body,
        )
        return Notice(path, body, {**headers, "Content-Type": "application/json"})

    def is_taken(self, response: httpx.Response) -> bool:
        return response.is_success

    def _signed(self, call: Answerer) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            body = await request.body()
            try:
                return await call(request, self._caller(request, body), body)
            except Refusal as refusal:
                code = str(refusal.code)
                told = {"ok": False, "error_code": code, "error_message": code.replace("_", " ")}
                return JSONResponse(told, STATUSES[code])

        return answer

    def _caller(self, request: Request, body: bytes) -> SandboxAccount:
        key = request.headers.get(wire.KEY_HEADER, "")
        timestamp = request.headers.get(wire.TIMESTAMP_HEADER, "")
        given = request.headers.get(wire.SIGNATURE_HEADER, "")
        if not (key and timestamp and given):
            raise Refusal("missing_auth_headers")
        if not wire.is_recent(timestamp):
            raise Refusal("timestamp_expired")
        for account in self.accounts:
            if account.secrets["api_key"] == key and wire.is_signed(
                account.secrets["api_secret"],
                given,
                method=request.method,
                path=request.url.path,
                timestamp=timestamp,
                body=body,
            ):
                return account
        raise Refusal("invalid_signature")

    async def _ping(self, request: Request, account: SandboxAccount, body: bytes) -> Response:
        return JSONResponse(
            {
                "ok": True,
                "site_name": account.name,
                "protocol_version": wire.PROTOCOL_VERSION,
                "user_id": 42,
                "balance": _amount(self.orders.balance(account.code)),
                "currency": "CNY",
                "member_level": None,
            }
        )

    async def _categories(self, request: Request, account: SandboxAccount, body: bytes) -> Response:
        names = {"zh-CN": "全部商品", "en": "All"}
        row = {"id": 1, "parent_id": 0, "slug": "all", "name": names, "icon": "", "sort_order": 0}
        return JSONResponse({"ok": True, "categories": [row]})

    async def _products(self, request: Request, account: SandboxAccount, body: bytes) -> Response:
        rows = _catalogue(account)
        page = int(request.query_params.get("page", "1"))
        size = min(int(request.query_params.get("page_size", "20")), 100)
        shown = rows[(page - 1) * size : page * size]
        return JSONResponse(
            {"ok": True, "items": shown, "total": len(rows), "page": page, "page_size": size}
        )

    async def _product(self, request: Request, account: SandboxAccount, body: bytes) -> Response:
        for row in _catalogue(account):
            if row["id"] == request.path_params["id"]:
                return JSONResponse({"ok": True, "product": row})
        raise Refusal("product_not_found")

    async def _create(self, request: Request, account: SandboxAccount, body: bytes) -> Response:
        try:
            given = json.loads(body)
            number = str(given["downstream_order_no"])
        except (ValueError, TypeError, KeyError, RecursionError):
            raise Refusal("bad_request") from None
        earlier = self.orders.find(account.code, number)
        if earlier is not None:
            return JSONResponse(_placed(earlier))
        return await self.submit(
            request,
            account,
            number,
            read=lambda: _new_order(account, number, given),
            answer=lambda order: JSONResponse(_placed(order)),
        )

    async def _show(self, request: Request, account: SandboxAccount, body: bytes) -> Response:
        return JSONResponse(_detail(self._by_id(request, account)))

    async def _cancel(self, request: Request, account: SandboxAccount, body: bytes) -> Response:
        order = self._by_id(request, account)
        if STATES.get(order["state"]) != "canceled":
            raise Refusal("cancel_not_allowed")
        return JSONResponse(_placed(order))

    def _by_id(self, request: Request, account: SandboxAccount) -> sqlite3.Row:
        order = self.orders.find_by_id(account.code, str(request.path_params["id"]))
        if order is None:
            raise Refusal("order_not_found")
        return order


def _new_order(account: SandboxAccount, number: str, given: dict[str, object]) -> NewOrder:
    sku, quantity = given.get("sku_id"), given.get("quantity")
    if type(sku) is not int or type(quantity) is not int or not 1 <= quantity <= 10_000:
        raise Refusal("bad_request")
    details = {"sku": str(sku), "callback_url": str(given.get("callback_url") or "")}
    if sku in PHONE_FACE_VALUES:
        form = given.get("manual_form_data")
        phone = form.get("phone") if isinstance(form, dict) else None
        if not isinstance(phone, str) or len(phone) != 11 or not phone.isdigit() or quantity != 1:
            raise Refusal("bad_request")
        return NewOrder(
            app_key=account.code, number=number, order_type=1, product_id=sku,
            product_name=f"话费{sku}元", account=phone, quantity=1,
            price=sku * account.phone_rate, details=details,
        )  # fmt: skip
    goods = GOODS.get(sku)
    if goods is None or goods.kind != "卡密" or goods.sales_status != "上架":
        raise Refusal("sku_unavailable")
    if goods.stock_status == "断货":
        raise Refusal("insufficient_stock")
    return NewOrder(
        app_key=account.code, number=number, order_type=3, product_id=sku,
        product_name=goods.name, account="", quantity=quantity,
        price=goods.price * quantity, details=details,
    )  # fmt: skip


def _placed(order: sqlite3.Row) -> dict[str, object]:
    return {
        "ok": True,
        "order_id": int(order["order_id"]),
        "order_no": f"DJ{order['order_id']}",
        "status": STATES.get(order["state"], "paid"),
        "amount": _amount(Decimal(order["price"])),
        "currency": "CNY",
    }


def _detail(order: sqlite3.Row) -> dict[str, object]:
    is_card = not order["account"]
    kind = "auto" if is_card else "manual"
    sku = int(json.loads(order["details"])["sku"])
    price = Decimal(order["price"])
    told = _placed(order) | {
        "items": [
            {
                "product_id": sku if is_card else PHONES,
                "sku_id": sku,
                "title": {"zh-CN": order["product_name"]},
                "quantity": order["quantity"],
                "unit_price": _amount(price / order["quantity"]),
                "total_price": _amount(price),
                "fulfillment_type": kind,
            }
        ]
    }
    if order["state"] == "success":
        lines = [
            f"{card['number']}----{card['password']}" if card["number"] else card["password"]
            for card in json.loads(order["cards"])
        ]
        told["fulfillment"] = {
            "type": kind,
            "status": "delivered",
            "payload": "\n".join(lines) if is_card else "充值成功",
            "delivery_data": None,
            "delivered_at": _time(order["finished_at"] or order["created_at"]),
        }
    return told


def _catalogue(account: SandboxAccount) -> list[dict[str, object]]:
    field = {"key": "phone", "type": "text", "required": True, "label": {"zh-CN": "手机号码"}}
    phones = [
        _sku(value, f"{value}元", value * account.phone_rate, stock=-1)
        for value in PHONE_FACE_VALUES
    ]
    rows = [_product(PHONES, "手机话费", "manual", {"fields": [field]}, phones)]
    for key, goods in GOODS.items():
        if goods.kind == "卡密" and goods.sales_status == "上架":
            stock = 0 if goods.stock_status == "断货" else 100
            rows.append(
                _product(key, goods.name, "auto", None, [_sku(key, "", goods.price, stock=stock)])
            )
    return rows


def _product(
    key: int, name: str, kind: str, form: object, skus: list[dict[str, object]]
) -> dict[str, object]:
    return {
        "id": key, "slug": f"p{key}", "title": {"zh-CN": name}, "description": {}, "content": {},
        "seo_meta": {}, "images": [], "tags": [], "price_amount": skus[0]["price_amount"],
        "fulfillment_type": kind, "manual_form_schema": form, "is_active": True, "category_id": 1,
        "skus": skus, "created_at": _time(0), "updated_at": _time(0),
    }  # fmt: skip


def _sku(key: int, spec: str, price: Decimal, *, stock: int) -> dict[str, object]:
    status = "unlimited" if stock < 0 else "in_stock" if stock else "out_of_stock"
    return {
        "id": key, "sku_code": f"S{key}", "spec_values": {"规格": spec} if spec else {},
        "price_amount": _amount(price), "stock_status": status, "stock_quantity": stock,
        "is_active": True,
    }  # fmt: skip


def _amount(amount: Decimal) -> str:
    return f"{amount:.4f}"


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()
