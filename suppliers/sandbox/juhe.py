"""The Juhe protocol, served. Its documentation is in `suppliers/adapters/juhe.py`."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Mapping
from decimal import Decimal
from urllib.parse import parse_qsl, urlencode

import httpx
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from suppliers.adapters import juhe_wire as wire
from suppliers.sandbox.accounts import SandboxAccount
from suppliers.sandbox.goods import carrier_of
from suppliers.sandbox.orders import NewOrder
from suppliers.sandbox.twin import Notice, Refusal, Twin, Why

AMOUNTS = ("10", "20", "30", "50", "100", "300")
REASONS = {
    10001: "错误的请求KEY",
    208501: "不允许充值的号码或金额",
    208503: "该地区维护中",
    208505: "错误的手机号码",
    208506: "错误的充值金额",
    208509: "错误的订单号",
    208514: "订单号格式错误",
    208515: "校验值sign错误",
    208516: "重复的订单号",
    208517: "账户余额不足",
}
STATES = {"untreated": "0", "success": "1", "failed": "9"}


class Juhe(Twin):
    protocol = "juhe"
    codes = {Why.REFUSED: 208505, Why.DUPLICATE: 208516, Why.CLOSED: 208503, Why.SHORT: 208517}
    callback_sends = 4
    callback_retry_seconds = 3.0

    def routes(self) -> list[BaseRoute]:
        calls: dict[str, Callable[[SandboxAccount, Mapping[str, str]], object]] = {
            "telcheck": self._telcheck,
            "telquery": self._telquery,
            "ordersta": self._ordersta,
            "yue": self._yue,
        }
        return [
            Route("/ofpay/mobile/onlineorder", self.order, methods=["GET", "POST"]),
            *(
                Route(f"/ofpay/mobile/{name}", self._reading(call), methods=["GET", "POST"])
                for name, call in calls.items()
            ),
        ]

    def notice(self, account: SandboxAccount, order: sqlite3.Row, state: str) -> Notice:
        fields = {
            "sporder_id": order["order_id"],
            "orderid": order["number"],
            "sta": STATES[state],
            "sign": wire.callback_signature(
                key=account.secrets["key"],
                their_number=order["order_id"],
                number=order["number"],
            ),
            "err_msg": "" if state == "success" else "充值失败",
        }
        return Notice(
            account.callback_path,
            urlencode(fields).encode(),
            {"Content-Type": "application/x-www-form-urlencoded"},
        )

    def is_taken(self, response: httpx.Response) -> bool:
        return response.status_code == 200 and bool(response.text.strip())

    async def order(self, request: Request) -> Response:
        try:
            fields = await _fields(request)
            account = self._account(fields)
            number = fields.get("orderid", "")
            if not re.fullmatch(r"[0-9A-Za-z]{8,32}", number):
                raise Refusal(208514)
            expected = wire.order_signature(
                openid=account.secrets["openid"],
                key=account.secrets["key"],
                phone=fields.get("phoneno", ""),
                amount=fields.get("cardnum", ""),
                number=number,
            )
            if not wire.is_same(expected, fields.get("sign", "")):
                raise Refusal(208515)
            return await self.submit(
                request,
                account,
                number,
                read=lambda: self._new_order(account, number, fields),
                answer=lambda order: _reply(_ordered(order)),
            )
        except Refusal as refusal:
            return _refuse(refusal)

    def _new_order(
        self, account: SandboxAccount, number: str, fields: Mapping[str, str]
    ) -> NewOrder:
        phone, amount = _phone_and_amount(fields)
        return NewOrder(
            app_key=account.code,
            number=number,
            order_type=1,
            product_id=int(amount),
            product_name=f"{carrier_of(phone)[0]}话费{amount}元",
            account=phone,
            quantity=1,
            price=int(amount) * account.phone_rate,
        )

    def _reading(
        self, call: Callable[[SandboxAccount, Mapping[str, str]], object]
    ) -> Callable[[Request], object]:
        async def answer(request: Request) -> Response:
            try:
                fields = await _fields(request)
                return _reply(call(self._account(fields), fields))
            except Refusal as refusal:
                return _refuse(refusal)

        return answer

    def _account(self, fields: Mapping[str, str]) -> SandboxAccount:
        for account in self.accounts:
            if wire.is_same(account.secrets["key"], fields.get("key", "")):
                return account
        raise Refusal(10001)

    def _telcheck(self, account: SandboxAccount, fields: Mapping[str, str]) -> None:
        _phone_and_amount(fields)

    def _telquery(self, account: SandboxAccount, fields: Mapping[str, str]) -> object:
        phone, amount = _phone_and_amount(fields)
        return {
            "cardid": f"1900{amount}",
            "cardname": f"{carrier_of(phone)[0]}话费{amount}元",
            "inprice": float(int(amount) * account.phone_rate),
            "game_area": f"广东深圳{carrier_of(phone)[0]}",
        }

    def _ordersta(self, account: SandboxAccount, fields: Mapping[str, str]) -> object:
        order = self.orders.find(account.code, fields.get("orderid", ""))
        if order is None:
            raise Refusal(208509)
        return {
            "uordercash": f"{Decimal(order['price']):.3f}",
            "sporder_id": order["order_id"],
            "game_state": STATES[order["state"]],
        }

    def _yue(self, account: SandboxAccount, fields: Mapping[str, str]) -> object:
        expected = wire.balance_signature(
            openid=account.secrets["openid"],
            key=account.secrets["key"],
            timestamp=fields.get("timestamp", ""),
        )
        if not wire.is_same(expected, fields.get("sign", "")):
            raise Refusal(208515)
        return {"uid": account.code, "money": str(self.orders.balance(account.code))}


def _phone_and_amount(fields: Mapping[str, str]) -> tuple[str, str]:
    phone, amount = fields.get("phoneno", ""), fields.get("cardnum", "")
    if not re.fullmatch(r"1[3-9][0-9]{9}", phone):
        raise Refusal(208505)
    if not re.fullmatch(r"[0-9]{1,4}", amount):
        raise Refusal(208506)
    if amount not in AMOUNTS:
        raise Refusal(208501)
    return phone, amount


def _ordered(order: sqlite3.Row) -> object:
    return {
        "cardid": f"1900{order['product_id']}",
        "cardnum": str(order["quantity"]),
        "ordercash": float(order["price"]),
        "cardname": order["product_name"],
        "sporder_id": order["order_id"],
        "uorderid": order["number"],
        "game_userid": order["account"],
        "game_state": "0",
    }


async def _fields(request: Request) -> dict[str, str]:
    """The parameters of a GET or of a POSTed form."""
    if request.method == "GET":
        return dict(request.query_params)
    body = (await request.body()).decode("utf-8", "replace")
    return dict(parse_qsl(body, keep_blank_values=True))


def _reply(result: object) -> Response:
    return JSONResponse({"reason": "success", "result": result, "error_code": 0})


def _refuse(refusal: Refusal) -> Response:
    code = int(refusal.code)
    return JSONResponse({"reason": REASONS[code], "result": None, "error_code": code})
