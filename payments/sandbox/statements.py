"""The cashier's side of reconciliation: what was paid and refunded, and its fee, day by day.

GET /statements                                    the days
GET /statements/<merchant>/<day>.csv?encoding=     the day's CSV, `utf-8` or `gbk`

It keeps six per mille of every payment; refunds are free and don't bring the fee back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from payments.sandbox.accounts import MERCHANT
from payments.sandbox.cashier import Cashier
from sandboxes.statements import csv_answer, day_at, index_page, time_at, wanted_day

HEADING = ("时间", "类型", "商户单号", "商户退款单号", "平台单号", "金额", "手续费", "余额")
FEE_RATE = Decimal("0.006")
_MOVED = """
SELECT created_at, '收款' AS kind, payment_no, '' AS refund_no, gateway_trade_no, amount
FROM trades WHERE status = 'paid'
UNION ALL
SELECT created_at, '退款', payment_no, refund_no, gateway_refund_no, amount
FROM refunds WHERE status = 'done'
ORDER BY created_at
"""


class Statements:
    """`cashier` gives the record: it is opened when the server starts."""

    def __init__(self, cashier: Callable[[], Cashier]) -> None:
        self._cashier = cashier

    def routes(self) -> list[Route]:
        return [
            Route("/statements", self.index),
            Route("/statements/{account}/{day}.csv", self.download),
        ]

    async def index(self, request: Request) -> Response:
        days = {day_at(row["created_at"]) for row in self._cashier().db.execute(_MOVED).fetchall()}
        return index_page(
            "收银台对账单 Cashier statements",
            "每天一份，可在后台“对账”中上传。One file a day, to upload in the back office.",
            {MERCHANT: days},
        )

    async def download(self, request: Request) -> Response:
        day = wanted_day(request.path_params["day"])
        if request.path_params["account"] != MERCHANT or day is None:
            return PlainTextResponse("no such statement", 404)
        return csv_answer(
            f"{MERCHANT}-{day}.csv",
            HEADING,
            self._rows(day),
            request.query_params.get("encoding", "utf-8"),
        )

    def _rows(self, day: date) -> Iterator[tuple[str, ...]]:
        balance = Decimal(0)
        for row in self._cashier().db.execute(_MOVED).fetchall():
            amount = Decimal(row["amount"])
            fee = Decimal("0.00")
            if row["kind"] == "收款":
                fee = (amount * FEE_RATE).quantize(Decimal("0.01"), ROUND_HALF_UP)
                balance += amount - fee
            else:
                balance -= amount
            if day_at(row["created_at"]) == day:
                yield (
                    time_at(row["created_at"]),
                    row["kind"],
                    row["payment_no"],
                    row["refund_no"],
                    row["gateway_trade_no"],
                    str(amount),
                    str(fee),
                    str(balance),
                )
