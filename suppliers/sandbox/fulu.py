"""The Fulu protocol, served. Its documentation is in `suppliers/adapters/fulu.py` and beside it."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from urllib.parse import urlencode

import httpx
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from suppliers.adapters import fulu_wire as wire
from suppliers.adapters.values import amount_of, exact_json
from suppliers.sandbox.accounts import SandboxAccount
from suppliers.sandbox.fulu_codes import MESSAGES
from suppliers.sandbox.goods import PHONE_FACE_VALUES, Goods, carrier_of, catalogue_now
from suppliers.sandbox.orders import NewOrder, Orders
from suppliers.sandbox.twin import Notice, Refusal, Twin, Why

MAX_QUANTITY = 10_000
FINISHED = ("success", "failed")
DESCRIPTIONS = {"success": "充值成功", "failed": "充值失败"}


class Fulu(Twin):
    protocol = "fulu"
    codes = {Why.REFUSED: 3005, Why.DUPLICATE: 3010, Why.CLOSED: 3008, Why.SHORT: 3004}
    callback_sends = 5
    callback_retry_seconds = 60.0

    def __init__(self, orders: Orders) -> None:
        super().__init__(orders)
        self._reads: dict[str, Callable[[SandboxAccount, wire.Json], object]] = {
            "fulu.order.info.get": self._order_info,
            "fulu.user.info.get": self._user_info,
            "fulu.goods.list.get": self._goods_list,
            "fulu.goods.info.get": self._goods_info,
            "fulu.goods.template.get": self._goods_template,
            "fulu.mobile.info.get": self._mobile_info,
        }
        self._orders: dict[str, Callable[[SandboxAccount, wire.Json], NewOrder]] = {
            "fulu.order.mobile.add": _mobile_order,
            "fulu.order.direct.add": self._direct_order,
            "fulu.order.card.add": self._card_order,
        }

    def routes(self) -> list[BaseRoute]:
        return [Route(wire.GATEWAY_PATH, self.answer, methods=["POST"])]

    def notice(self, account: SandboxAccount, order: sqlite3.Row, state: str) -> Notice:
        return Notice(
            account.callback_path,
            urlencode(callback_fields(account, order, state)).encode(),
            {"Content-Type": "application/x-www-form-urlencoded"},
        )

    def is_taken(self, response: httpx.Response) -> bool:
        return response.status_code == 200 and response.text.strip() == "success"

    async def answer(self, request: Request) -> Response:
        """One call of the gateway."""
        try:
            account, method, content = self._authenticate(await request.body())
            if method in self._reads:
                return _reply(account, self._reads[method](account, content))
            if method in self._orders:
                read_order = self._orders[method]
                number = wire.text(content, "customer_order_no")
                if not re.fullmatch(r"[0-9A-Za-z_-]{1,50}", number):
                    raise Refusal(1003)
                return await self.submit(
                    request,
                    account,
                    number,
                    read=lambda: read_order(account, content),
                    answer=lambda order: _reply(account, _order_result(order)),
                )
            raise Refusal(1004)
        except Refusal as refusal:
            return _refuse(int(refusal.code))

    def _authenticate(self, body: bytes) -> tuple[SandboxAccount, str, wire.Json]:
        fields = _read_object(body)
        if not all(isinstance(value, str) for value in fields.values()):
            raise Refusal(1003)
        signature = wire.text(fields, "sign")
        keys = {account.app_key: account for account in self.accounts}
        account = keys.get(wire.text(fields, "app_key"))
        signed = wire.compact({name: fields[name] for name in fields if name != "sign"})
        if account is None or not wire.is_signed(signed, account.app_secret, signature):
            raise Refusal(1001)
        try:
            sent_at = datetime.fromisoformat(wire.text(fields, "timestamp") + "+08:00")
        except ValueError:
            raise Refusal(1002) from None
        offset = datetime.now(UTC) - sent_at
        tolerance = float(str(self.orders.record.setting("timestamp_tolerance_seconds")))
        if abs(offset.total_seconds()) > tolerance:
            raise Refusal(1002)
        content = _read_object(wire.text(fields, "biz_content"))
        return account, wire.text(fields, "method"), content

    def _order_info(self, account: SandboxAccount, content: wire.Json) -> object:
        order = self.orders.find(account.app_key, wire.text(content, "customer_order_no"))
        if order is None:
            raise Refusal(4001)
        cards = [
            {
                "card_type": 0,
                "card_number": wire.encrypt(card["number"], account.app_secret),
                "card_pwd": wire.encrypt(card["password"], account.app_secret),
                "card_deadline": card["deadline"],
            }
            for card in json.loads(order["cards"])
        ]
        return _order_result(order) | {"cards": cards}

    def _user_info(self, account: SandboxAccount, content: wire.Json) -> object:
        balance = str(self.orders.balance(account.code))
        return {"name": account.name, "balance": balance, "is_open": 1}

    def _goods_list(self, account: SandboxAccount, content: wire.Json) -> object:
        wanted = wire.whole(content.get("product_id"))
        name, kind = wire.text(content, "product_name"), wire.text(content, "product_type")
        value = amount_of(content.get("face_value"))
        return [
            goods.as_result()
            for goods in self._catalogue().values()
            if wanted in (None, goods.product_id)
            and name in goods.name
            and kind in ("", goods.kind)
            and value in (None, goods.face_value)
        ]

    def _goods_info(self, account: SandboxAccount, content: wire.Json) -> object:
        goods = self._goods(content)
        if goods is None:
            raise Refusal(3001)
        return goods.as_result()

    def _catalogue(self) -> dict[int, Goods]:
        return catalogue_now(self.orders.record.setting("goods"))

    def _goods(self, content: wire.Json) -> Goods | None:
        return self._catalogue().get(wire.whole(content.get("product_id")) or 0)

    def _direct_order(self, account: SandboxAccount, content: wire.Json) -> NewOrder:
        target = wire.text(content, "charge_account")
        if not 4 <= len(target) <= 64:
            raise Refusal(3005)
        goods = self._goods(content)
        return _goods_order(account, content, goods, order_type=4, target=target)

    def _card_order(self, account: SandboxAccount, content: wire.Json) -> NewOrder:
        return _goods_order(account, content, self._goods(content), order_type=3, target="")

    def _goods_template(self, account: SandboxAccount, content: wire.Json) -> object:
        """What a direct order has to say: which account, and how many at once."""
        known = {goods.template_id for goods in self._catalogue().values()} - {""}
        if wire.text(content, "template_id") not in known:
            raise Refusal(3001)
        account_input = {"Id": "charge_account", "Name": "充值账号", "Type": "textbox"}
        return {
            "ElementInfo": {
                "Inputs": [account_input],
                "ChargeNum": {"Min": 1, "Max": MAX_QUANTITY},
            },
            "GameTempaltePreviewList": [],  # the vendor spells it so
        }

    def _mobile_info(self, account: SandboxAccount, content: wire.Json) -> object:
        phone = wire.text(content, "phone")
        if not re.fullmatch(r"1[3-9]\d{9}", phone):
            raise Refusal(3005)
        carrier, sp_type = carrier_of(phone)
        return {
            "sp": carrier,
            "sp_type": sp_type,
            "province": "广东",
            "city": "深圳",
            "face_value": list(PHONE_FACE_VALUES),
        }


def callback_fields(account: SandboxAccount, order: sqlite3.Row, state: str) -> dict[str, str]:
    """The signed form of an order notice."""
    fields = {
        "order_id": order["order_id"],
        "charge_finish_time": wire.beijing(),
        "customer_order_no": order["number"],
        "order_status": state,
        "recharge_description": DESCRIPTIONS[state],
        "product_id": str(order["product_id"]),
        "price": f"{Decimal(order['price']) / order['quantity']:.4f}",
        "buy_num": str(order["quantity"]),
        "operator_serial_number": "",
    }
    return fields | {"sign": wire.sign(wire.compact(fields), account.app_secret)}


def _mobile_order(account: SandboxAccount, content: wire.Json) -> NewOrder:
    phone = wire.text(content, "charge_phone")
    value = wire.whole(content.get("charge_value"))
    if not re.fullmatch(r"1[3-9]\d{9}", phone):
        raise Refusal(3005)
    if value not in PHONE_FACE_VALUES:
        raise Refusal(3001)
    return NewOrder(
        app_key=account.code,
        number=wire.text(content, "customer_order_no"),
        order_type=1,
        product_id=30000000 + value,
        product_name=f"{carrier_of(phone)[0]}话费{value}元",
        account=phone,
        quantity=1,
        price=value * account.phone_rate,
    )


def _goods_order(
    account: SandboxAccount,
    content: wire.Json,
    goods: Goods | None,
    *,
    order_type: int,
    target: str,
) -> NewOrder:
    quantity = wire.whole(content.get("buy_num")) or 0
    if goods is None or (goods.product_id >= 20000000) != (order_type == 3):
        raise Refusal(3001)
    if goods.sales_status != "上架":
        raise Refusal(3002)
    if goods.stock_status == "断货":
        raise Refusal(3003)
    if not 1 <= quantity <= MAX_QUANTITY:
        raise Refusal(1003)
    return NewOrder(
        app_key=account.code,
        number=wire.text(content, "customer_order_no"),
        order_type=order_type,
        product_id=goods.product_id,
        product_name=goods.name,
        account=target,
        quantity=quantity,
        price=goods.price * quantity,
    )


def _order_result(order: sqlite3.Row) -> dict[str, object]:
    finished = order["finished_at"] if order["state"] in FINISHED else None
    return {
        "order_id": order["order_id"],
        "customer_order_no": order["number"],
        "product_id": order["product_id"],
        "product_name": order["product_name"],
        "charge_account": order["account"],
        "buy_num": order["quantity"],
        "order_type": order["order_type"],
        "order_price": order["price"],
        "order_state": order["state"],
        "create_time": _time(order["created_at"]),
        "finish_time": _time(finished) if finished else "",
        "operator_serial_number": "",
        "area": "",
        "server": "",
        "type": "",
    }


def _time(seconds: float) -> str:
    return wire.beijing(datetime.fromtimestamp(seconds, UTC))


def _read_object(text: str | bytes) -> Mapping[str, object]:
    try:
        value = exact_json(text)
    except ValueError:
        raise Refusal(1003) from None
    if not isinstance(value, dict):
        raise Refusal(1003)
    return value


def _reply(account: SandboxAccount, result: object) -> Response:
    text = wire.compact(result)
    signature = wire.sign(text, account.app_secret)
    return _json({"code": 0, "message": MESSAGES[0], "result": text, "sign": signature})


def _refuse(code: int) -> Response:
    return _json({"code": code, "message": MESSAGES[code], "result": "", "sign": ""})


def _json(value: object) -> Response:
    return Response(wire.compact(value).encode(), media_type="application/json")
