"""The supplier's side of reconciliation: what it took and gave back, day by day.

GET /statements                                  the accounts and their days
GET /statements/<account>/<day>.csv?encoding=    the day's CSV, `utf-8` or `gbk`

It is read from the same journal that everything else is written to: an order that was accepted is
charged, a failed or cancelled one is given back, a success after a failure is charged again.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from sandboxes.statements import csv_answer, day_at, index_page, time_at, wanted_day
from suppliers.sandbox.accounts import ACCOUNTS
from suppliers.sandbox.orders import Orders

HEADING = ("时间", "类型", "商户订单号", "平台订单号", "商品", "金额", "余额")
CHARGE, RETURN, FUNDING = "扣款", "退款", "加款"


@dataclass(frozen=True, slots=True)
class Movement:
    """One line: `amount` is what it does to the buyer's balance."""

    at: float
    kind: str
    number: str
    order_id: str
    goods: str
    amount: Decimal
    balance: Decimal = Decimal(0)


class Statements:
    def __init__(self, orders: Orders) -> None:
        self._orders = orders

    def routes(self) -> list[Route]:
        return [
            Route("/statements", self.index),
            Route("/statements/{account}/{day}.csv", self.download),
        ]

    async def index(self, request: Request) -> Response:
        days = {code: {day_at(m.at) for m in self._movements(code)} for code in ACCOUNTS}
        return index_page(
            "供应商对账单 Supplier statements",
            "每天一份，可在后台“对账”中上传。One file a day, to upload in the back office.",
            days,
        )

    async def download(self, request: Request) -> Response:
        code, day = request.path_params["account"], wanted_day(request.path_params["day"])
        if code not in ACCOUNTS or day is None:
            return PlainTextResponse("no such statement", 404)
        return csv_answer(
            f"{code}-{day}.csv",
            HEADING,
            self._rows(code, day),
            request.query_params.get("encoding", "utf-8"),
        )

    def _rows(self, code: str, day: date) -> Iterator[tuple[str, ...]]:
        for movement in self._movements(code):
            if day_at(movement.at) == day:
                yield (
                    time_at(movement.at),
                    movement.kind,
                    movement.number,
                    movement.order_id,
                    movement.goods,
                    f"{movement.amount:.4f}",
                    f"{movement.balance:.4f}",
                )

    def _movements(self, code: str) -> list[Movement]:
        """Everything that moved an account's balance, oldest first; it begins with what the buyer
        had paid in before the first order."""
        moved = [
            movement
            for order in self._orders.db.execute(
                "SELECT number, order_id, product_name, price FROM orders WHERE app_key = ?",
                (code,),
            ).fetchall()
            for movement in self._of_order(order)
        ]
        if not moved:
            return []
        moved.sort(key=lambda movement: movement.at)
        opening = self._orders.balance(code) - sum((m.amount for m in moved), Decimal(0))
        first = Movement(moved[0].at - 0.001, FUNDING, "", f"IN-{code}", "预付款", opening)
        balance, stated = Decimal(0), []
        for movement in (first, *moved):
            balance += movement.amount
            stated.append(replace(movement, balance=balance))
        return stated

    def _of_order(self, order: sqlite3.Row) -> Iterator[Movement]:
        number, order_id, goods, price = tuple(order)
        is_back = False
        for note in self._orders.record.notes(number):
            at, event = float(str(note["at"])), note["event"]
            is_again = event == "success" and is_back
            if event == "accepted" or is_again:
                is_back = False
                yield Movement(at, CHARGE, number, order_id, goods, -Decimal(price))
            elif event in ("failed", "cancelled"):
                is_back = True
                yield Movement(at, RETURN, number, order_id, goods, Decimal(price))
