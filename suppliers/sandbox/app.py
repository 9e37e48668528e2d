"""The server: the protocols, the callbacks, and what tests may look at and change.

GET  /_sandbox/orders?account=&supplier=&limit=  every order, newest first (1,000, if not told)
GET  /_sandbox/orders/<our number>        one: `status` (`refused` if it never became an order),
                                          `delivered_count`, `charged_count`, `returned_count`,
                                          `events` (every submit, state and callback, in order)
GET  /_sandbox/settings                   the settings and the balances
POST /_sandbox/settings                   change some: `delay_scale` (0.1 = ten times faster),
                                          `closed` (["fulu-a"]: maintenance), `callback_base`,
                                          `timestamp_tolerance_seconds`, `token_seconds`
                                          (how long a token lives), `balances` ({"fulu-a":
                                          "5.00"}), `goods` ({"10000001": {"price": "25", "name":
                                          "…", "sales_status": "下架", "is_listed": false}}:
                                          Fulu's price list as it is now); `reset`: true forgets
                                          the rest
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import AsyncIterator
from decimal import Decimal, InvalidOperation
from pathlib import Path

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandboxes.record import Due
from sandboxes.server import background
from suppliers.sandbox.accounts import ACCOUNTS
from suppliers.sandbox.dtone import DTOne
from suppliers.sandbox.dujiao import Dujiao
from suppliers.sandbox.fulu import Fulu
from suppliers.sandbox.juhe import Juhe
from suppliers.sandbox.kameng import Kameng
from suppliers.sandbox.orders import Orders
from suppliers.sandbox.reloadly import Reloadly
from suppliers.sandbox.statements import Statements
from suppliers.sandbox.twin import Twin

CALLBACK_TIMEOUT_SECONDS = 10
LISTED = 1000
TWINS: tuple[type[Twin], ...] = (Fulu, Juhe, Reloadly, DTOne, Kameng, Dujiao)


class SupplierSandbox:
    def __init__(self, path: Path, callback_base: str) -> None:
        self.orders = Orders(path, callback_base)
        self.twins = {twin.protocol: twin(self.orders) for twin in TWINS}
        self.client: httpx.AsyncClient

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                *(route for twin in self.twins.values() for route in twin.routes()),
                *Statements(self.orders).routes(),
                Route("/healthz", self.healthz),
                Route("/_sandbox/orders", self.list_orders),
                Route("/_sandbox/orders/{number}", self.show_order),
                Route("/_sandbox/settings", self.show_settings, methods=["GET"]),
                Route("/_sandbox/settings", self.change_settings, methods=["POST"]),
            ],
            lifespan=self.lifespan,
        )

    @contextlib.asynccontextmanager
    async def lifespan(self, app: Starlette) -> AsyncIterator[None]:
        async with (
            httpx.AsyncClient(timeout=CALLBACK_TIMEOUT_SECONDS, trust_env=False) as self.client,
            background(self.orders.record.run(self.handle)),
        ):
            yield
        self.orders.db.close()

    async def handle(self, due: Due) -> None:
        match due.kind:
            case "state":
                self.orders.apply_state(due)
            case "portion":
                self.orders.apply_portion(due)
            case "callback":
                await self.send_callback(due)

    async def send_callback(self, due: Due) -> None:
        """Post one notice, and note what came back, shortened."""
        order = self.orders.find(due.text("app_key"), due.text("number"))
        assert order is not None
        account = ACCOUNTS[order["app_key"]]
        twin = self.twins[account.protocol]
        notice = twin.notice(account, order, due.text("state"))
        answer, is_taken = "not sent: nobody wants it", True
        if notice is not None:
            base = str(self.orders.record.setting("callback_base")).rstrip("/")
            try:
                response = await self.client.post(
                    base + notice.path, content=notice.content, headers=dict(notice.headers)
                )
            except (httpx.HTTPError, httpx.InvalidURL) as problem:
                answer, is_taken = type(problem).__name__, False
            else:
                is_taken = twin.is_taken(response)
                answer = f"HTTP {response.status_code}"
                if response.status_code == 200:
                    answer = response.text.strip()[:40]
        self.orders.finish_callback(
            due,
            answer,
            is_taken=is_taken,
            sends_at_most=twin.callback_sends,
            retry_seconds=twin.callback_retry_seconds,
        )

    async def healthz(self, request: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def list_orders(self, request: Request) -> Response:
        query = request.query_params
        limit = int(query["limit"]) if query.get("limit", "").isdecimal() else LISTED
        rows = self.orders.db.execute(
            "SELECT * FROM orders WHERE ? IN ('', account) AND ? IN ('', app_key)"
            " ORDER BY created_at DESC LIMIT ?",
            (
                query.get("account", ""),
                query.get("supplier", ""),
                limit,
            ),
        )
        return JSONResponse({"orders": [_shown(row) for row in rows]})

    async def show_order(self, request: Request) -> Response:
        number = request.path_params["number"]
        row = self.orders.db.execute(
            "SELECT * FROM orders WHERE number = ? ORDER BY created_at DESC", (number,)
        ).fetchone()
        events = self.orders.record.notes(number)
        if row is None and not events:
            return JSONResponse({"detail": "no such order"}, 404)
        shown = (
            _shown(row)
            if row
            else {"customer_order_no": number, "status": "refused", "delivered_count": 0}
        )
        return JSONResponse(shown | {"events": events})

    async def show_settings(self, request: Request) -> Response:
        balances = {key: str(self.orders.balance(key)) for key in ACCOUNTS}
        return JSONResponse(self.orders.record.settings() | {"balances": balances})

    async def change_settings(self, request: Request) -> Response:
        try:
            changes = json.loads(await request.body())
            balances = {key: Decimal(value) for key, value in changes.pop("balances", {}).items()}
            if unknown := balances.keys() - ACCOUNTS.keys():
                raise ValueError(f"no such account: {sorted(unknown)}")
            self.orders.record.change_settings(changes)
        except (ValueError, TypeError, AttributeError, InvalidOperation) as problem:
            return JSONResponse({"detail": str(problem)}, 400)
        for key, balance in balances.items():
            self.orders.set_balance(key, balance)
        return await self.show_settings(request)


def _shown(row: sqlite3.Row) -> dict[str, object]:
    """An order for people: never its codes."""
    shown = dict(row)
    cards = json.loads(shown.pop("cards"))
    shown.pop("details")
    return {
        "customer_order_no": shown.pop("number"),
        "status": shown.pop("state"),
        "card_count": len(cards),
        **shown,
    }
