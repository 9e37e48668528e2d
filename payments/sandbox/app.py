"""The server: the signed API, the person's page, the notices, and what tests may look at.

GET  /_sandbox/trades                every payment, newest first
GET  /_sandbox/trades/<payment_no>   one: `status` (pending, paying, paid, closed), `pay_url`,
                                     `trades` (each with what was `refunded` of it), `refunds`,
                                     `events` in order
GET  /_sandbox/settings
POST /_sandbox/settings              change some: `delay_scale` (0.1 = ten times faster; not the
                                     delay that a person chose), `refund_mode` ("now", "later",
                                     "later_rejected"), `api_fault` ("", "error_500", "garbage",
                                     "hang": acts, and loses the answer),
                                     `timestamp_tolerance_seconds`; `reset`: true forgets the rest
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
import time
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import parse_qs, quote

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from payments.gateways import sandbox_wire as wire
from payments.sandbox import alipay, page, wechat
from payments.sandbox.accounts import MERCHANT
from payments.sandbox.api import Api
from payments.sandbox.cashier import FAULTS, REFUND_MODES, Cashier
from payments.sandbox.keys import keys_at
from payments.sandbox.statements import Statements
from payments.sandbox.terms import NotPayable
from sandboxes.record import Due
from sandboxes.server import background

NOTICE_TIMEOUT_SECONDS = 10
MAX_DELAY_SECONDS = 86_400
SECONDS_AFTER_EXPIRY = 30
LISTED = 1000
PAGE_HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
    "base-uri 'none'; frame-ancestors 'none'",
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
}


class PaymentSandbox:
    def __init__(self, path: Path, secret: str, public_url: str) -> None:
        self.path = path
        self.secret = secret
        self.public_url = public_url
        known = partial(keys_at, path.with_name("payment-keys.json"))
        self.twins: dict[str, alipay.AlipayTwin | wechat.WeChatTwin] = {
            alipay.NAME: alipay.AlipayTwin(lambda: self.cashier, known, public_url),
            wechat.NAME: wechat.WeChatTwin(lambda: self.cashier, known, public_url),
        }
        self.cashier: Cashier
        self.api: Api
        self.client: httpx.AsyncClient

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/api/v1/{action:path}", self.call_api, methods=["POST"]),
                Route("/pay/{token}", self.show_page, methods=["GET"]),
                Route("/pay/{token}", self.choose, methods=["POST"]),
                Route("/h5/{token}", self.show_h5),
                Route("/scan/", self.scan),
                Route("/scan/{token}", self.scan),
                *Statements(lambda: self.cashier).routes(),
                *(route for twin in self.twins.values() for route in twin.routes()),
                Route("/healthz", self.healthz),
                Route("/_sandbox/trades", self.list_payments),
                Route("/_sandbox/trades/{payment_no}", self.show_payment),
                Route("/_sandbox/settings", self.show_settings, methods=["GET"]),
                Route("/_sandbox/settings", self.change_settings, methods=["POST"]),
            ],
            lifespan=self.lifespan,
        )

    @contextlib.asynccontextmanager
    async def lifespan(self, app: Starlette) -> AsyncIterator[None]:
        self.cashier = Cashier(self.path)
        self.api = Api(self.cashier, self.secret, self.public_url)
        async with (
            httpx.AsyncClient(timeout=NOTICE_TIMEOUT_SECONDS, trust_env=False) as self.client,
            background(self.cashier.record.run(self.handle)),
        ):
            yield
        self.cashier.db.close()

    async def handle(self, due: Due) -> None:
        match due.kind:
            case "close":
                self.cashier.close_expired(due)
            case "late":
                self.cashier.arrive_late(due)
            case "refund":
                self.cashier.finish_refund(due)
            case "notice":
                self.cashier.finish_notice(due, await self.send_notice(due))

    async def send_notice(self, due: Due) -> str:
        """Post one notice, freshly signed; return what came back, shortened."""
        content = due.payload["content"]
        assert isinstance(content, dict)
        payment = self.cashier.payment(due.text("payment_no"))
        assert payment is not None
        protocol = self.cashier.protocol(payment["payment_no"])
        if twin := self.twins.get(protocol):
            told = twin.notice(content, payment)
            if told is None:
                return "success"
            body, headers = told
        else:
            body = wire.dump(content)
            headers = wire.signed_headers(self.secret, MERCHANT, wire.NOTICE, body)
        try:
            response = await self.client.post(due.text("url"), content=body, headers=headers)
        except (httpx.HTTPError, httpx.InvalidURL) as problem:
            return type(problem).__name__
        if response.status_code not in (200, 204):
            return f"HTTP {response.status_code}"
        if protocol == wechat.NAME:
            return "success"  # it looks at the status only
        return response.text.strip()[:40]

    async def call_api(self, request: Request) -> Response:
        return await self.api.answer(request)

    async def healthz(self, request: Request) -> Response:
        return JSONResponse({"status": "ok"})

    # --- the person's page ------------------------------------------------------------------

    async def show_page(self, request: Request) -> Response:
        payment = self.cashier.payment_of_token(request.path_params["token"])
        words = _words(request, payment)
        if payment is None:
            return HTMLResponse(page.state_page("unknown", None, words), 404, PAGE_HEADERS)
        if (state := _state(payment)) != "pending":
            return HTMLResponse(page.state_page(state, payment, words), 200, PAGE_HEADERS)
        self.cashier.see(payment)
        is_once = bool(self.cashier.protocol(payment["payment_no"]))
        return HTMLResponse(page.choice_page(payment, words, is_once=is_once), 200, PAGE_HEADERS)

    async def show_h5(self, request: Request) -> Response:
        """WeChat's page for a phone: the merchant's `redirect_url` is where it goes back to."""
        payment = self.cashier.payment_of_token(request.path_params["token"])
        back = request.query_params.get("redirect_url", "")
        if payment is not None and back.startswith(("http://", "https://")):
            self.cashier.see(payment, back)
        return RedirectResponse(f"/pay/{request.path_params['token']}", 303)

    async def scan(self, request: Request) -> Response:
        """What a phone does with a code: `/scan/<token>`, or `/scan/?code=<what it says>`."""
        said = request.query_params.get("code", "")
        token = request.path_params.get("token") or said.rpartition("=")[2].rpartition("/")[2]
        return RedirectResponse(f"/pay/{quote(token, safe='')}", 303)

    async def choose(self, request: Request) -> Response:
        """Do what the person chose and send them back; a second click finds it done."""
        payment = self.cashier.payment_of_token(request.path_params["token"])
        if payment is None:
            return await self.show_page(request)
        form = parse_qs((await request.body()).decode("utf-8", "replace"))
        action = form.get("action", [""])[0]
        try:
            if action == "pay":
                self.cashier.pay(payment)
            elif action == "twice" and not self.cashier.protocol(payment["payment_no"]):
                self.cashier.pay(payment, times=2)
            elif action == "fail":
                self.cashier.fail(payment)
            elif action == "late":
                delay = _delay(payment, form.get("delay", [page.AFTER_EXPIRY])[0])
                self.cashier.pay_late(payment, delay)
            else:
                raise ValueError
        except NotPayable:
            shown = await self.show_page(request)
            shown.status_code = 409
            return shown
        except ValueError:
            shown_page = page.state_page("invalid", payment, _words(request, payment))
            return HTMLResponse(shown_page, 422, PAGE_HEADERS)
        if not payment["return_url"]:  # scanned: the page beside the phone goes on by itself
            return await self.show_page(request)
        return RedirectResponse(payment["return_url"], 303)

    # --- looking and setting ----------------------------------------------------------------

    async def list_payments(self, request: Request) -> Response:
        rows = self.cashier.db.execute(
            "SELECT * FROM payments ORDER BY created_at DESC LIMIT ?", (LISTED,)
        )
        return JSONResponse({"trades": [self._shown(row) for row in rows]})

    async def show_payment(self, request: Request) -> Response:
        payment = self.cashier.payment(request.path_params["payment_no"])
        if payment is None:
            return JSONResponse({"detail": "no such payment"}, 404)
        number = payment["payment_no"]
        trades = [
            dict(trade) | {"refunded": str(self.cashier.refunded(trade["gateway_trade_no"]))}
            for trade in self.cashier.trades(number)
        ]
        return JSONResponse(
            self._shown(payment)
            | {
                "trades": trades,
                "refunds": [dict(refund) for refund in self.cashier.refunds(number)],
                "events": self.cashier.record.notes(number),
            }
        )

    def _shown(self, payment: sqlite3.Row) -> dict[str, object]:
        shown = dict(payment)
        token = shown.pop("token")
        return shown | {"pay_url": f"{self.api.public_url}/pay/{token}"}

    async def show_settings(self, request: Request) -> Response:
        return JSONResponse(self.cashier.record.settings())

    async def change_settings(self, request: Request) -> Response:
        try:
            changes = json.loads(await request.body())
            if changes.get("refund_mode", REFUND_MODES[0]) not in REFUND_MODES:
                raise ValueError(f"refund_mode must be one of {REFUND_MODES}")
            if changes.get("api_fault", FAULTS[0]) not in FAULTS:
                raise ValueError(f"api_fault must be one of {FAULTS}")
            self.cashier.record.change_settings(changes)
        except (ValueError, TypeError, AttributeError) as problem:
            return JSONResponse({"detail": str(problem)}, 400)
        return await self.show_settings(request)


def _words(request: Request, payment: sqlite3.Row | None) -> SimpleNamespace:
    return page.words_for(
        request.query_params.get("lang", ""),
        payment["language"] if payment else "",
        request.headers.get("accept-language", ""),
    )


def _state(payment: sqlite3.Row) -> str:
    """What the page shows; the moment between expiry and closing counts as closed."""
    is_expired = payment["status"] == "pending" and payment["expires_at"] <= time.time()
    return "closed" if is_expired else str(payment["status"])


def _delay(payment: sqlite3.Row, chosen: str) -> float:
    """Seconds; raises ValueError for anything that isn't on the page or a plain number."""
    if chosen == page.AFTER_EXPIRY:
        return float(payment["expires_at"]) - time.time() + SECONDS_AFTER_EXPIRY
    if len(chosen) > 8 or not 0 <= (seconds := float(chosen)) <= MAX_DELAY_SECONDS:
        raise ValueError
    return seconds
