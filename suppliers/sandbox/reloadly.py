"""The Reloadly airtime protocol, served. Its documentation is in `suppliers/adapters/reloadly.py`.

Tokens are kept in memory: a sandbox that was killed refuses old ones, as an expired one is refused.
"""

from __future__ import annotations

import json
import re
import secrets
import sqlite3
import time
from collections.abc import Awaitable, Callable, Mapping
from decimal import Decimal, InvalidOperation
from functools import partial

import httpx
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from suppliers.adapters.reloadly_wire import webhook_signature
from suppliers.sandbox.accounts import SandboxAccount
from suppliers.sandbox.goods import CARRIERS, PHONE_FACE_VALUES, carrier_of
from suppliers.sandbox.orders import NewOrder, Orders
from suppliers.sandbox.twin import Notice, Refusal, Twin, Why

CNY_PER_USD = Decimal("7.2")
CENT = Decimal("0.01")
OPERATOR_IDS = {name: 600 + sp_type for name, (sp_type, _) in CARRIERS.items()}
STATES = {"untreated": "PROCESSING", "success": "SUCCESSFUL", "failed": "FAILED"}
MESSAGES = {
    "TOKEN_EXPIRED": "The token provided is expired or was never given",
    "INVALID_CREDENTIALS": "Invalid credentials",
    "INVALID_RECIPIENT_PHONE": "The provided recipient phone is invalid",
    "COUNTRY_NOT_SUPPORTED": "This country is not supported",
    "OPERATOR_NOT_FOUND": "Operator not found",
    "OPERATOR_UNAVAILABLE_OR_CURRENTLY_INACTIVE": "The operator is currently unavailable",
    "COULD_NOT_AUTO_DETECT_OPERATOR": "Could not detect the operator of this number",
    "INVALID_AMOUNT_FOR_OPERATOR": "Amount isn't valid for the operator",
    "INSUFFICIENT_BALANCE": "Your balance is too low for this transaction",
    "CUSTOM_IDENTIFIER_ALREADY_USED": "The custom identifier was used already",
    "TRANSACTION_NOT_FOUND": "Transaction not found",
    "INVALID_REQUEST": "The request can't be read",
}

Answerer = Callable[[Request, SandboxAccount], Awaitable[Response]]


class Reloadly(Twin):
    protocol = "reloadly"
    codes = {
        Why.REFUSED: "INVALID_RECIPIENT_PHONE",
        Why.DUPLICATE: "CUSTOM_IDENTIFIER_ALREADY_USED",
        Why.CLOSED: "OPERATOR_UNAVAILABLE_OR_CURRENTLY_INACTIVE",
        Why.SHORT: "INSUFFICIENT_BALANCE",
    }
    callback_sends = 4
    callback_retry_seconds = 10.0

    def __init__(self, orders: Orders) -> None:
        super().__init__(orders)
        self.tokens: dict[str, tuple[SandboxAccount, float]] = {}

    def refusal(self, why: Why) -> Refusal:
        return Refusal(self.codes[why], 400)

    def routes(self) -> list[BaseRoute]:
        calls: list[tuple[str, str, Answerer]] = [
            ("GET", "/accounts/balance", self._balance),
            ("GET", "/operators/countries/{iso}", self._operators),
            ("GET", "/operators/auto-detect/phone/{phone}/countries/{iso}", self._detect),
            ("POST", "/topups", partial(self._topup, is_async=False)),
            ("POST", "/topups-async", partial(self._topup, is_async=True)),
            ("GET", "/topups/reports/transactions", self._transactions),
            ("GET", "/topups/{id:int}/status", self._status),
        ]
        return [
            Route("/reloadly/oauth/token", self.token, methods=["POST"]),
            *(
                Route("/reloadly" + path, self._authorized(call), methods=[method])
                for method, path, call in calls
            ),
        ]

    def notice(self, account: SandboxAccount, order: sqlite3.Row, state: str) -> Notice:
        body = json.dumps(
            {
                "type": "airtime_transaction.status",
                "data": {
                    "transactionId": int(order["order_id"]),
                    "customIdentifier": order["number"],
                    "status": STATES[state],
                },
            }
        ).encode()
        timestamp = str(int(time.time() * 1000))
        return Notice(
            account.callback_path,
            body,
            {
                "Content-Type": "application/json",
                "X-Reloadly-Request-Timestamp": timestamp,
                "X-Reloadly-Signature": webhook_signature(
                    account.secrets["webhook_secret"], body, timestamp
                ),
            },
        )

    def is_taken(self, response: httpx.Response) -> bool:
        return response.is_success

    async def token(self, request: Request) -> Response:
        try:
            given = await _body(request)
        except Refusal as refusal:
            return _refuse(request, refusal)
        for account in self.accounts:
            wanted = {name: account.secrets[name] for name in ("client_id", "client_secret")}
            if wanted.items() <= given.items() and given.get("grant_type") == "client_credentials":
                lasts = float(str(self.orders.record.setting("token_seconds")))
                token = secrets.token_urlsafe(32)
                self.tokens[token] = (account, time.monotonic() + lasts)
                return JSONResponse(
                    {"access_token": token, "expires_in": str(lasts), "token_type": "Bearer"}
                )
        return _refuse(request, Refusal("INVALID_CREDENTIALS", 401))

    def _authorized(self, call: Answerer) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            try:
                given = request.headers.get("authorization", "").removeprefix("Bearer ")
                account, good_until = self.tokens.get(given, (None, 0.0))
                if account is None or time.monotonic() >= good_until:
                    raise Refusal("TOKEN_EXPIRED", 401)
                return await call(request, account)
            except Refusal as refusal:
                return _refuse(request, refusal)

        return answer

    async def _balance(self, request: Request, account: SandboxAccount) -> Response:
        return JSONResponse(
            {
                "balance": float(self.orders.balance(account.code)),
                "currencyCode": account.currency,
                "currencyName": "US Dollar",
                "updatedAt": _time(time.time()),
            }
        )

    async def _operators(self, request: Request, account: SandboxAccount) -> Response:
        _only_china(request)
        return JSONResponse([_operator(name) for name in OPERATOR_IDS])

    async def _detect(self, request: Request, account: SandboxAccount) -> Response:
        _only_china(request)
        phone = request.path_params["phone"]
        if not re.fullmatch(r"1[3-9][0-9]{9}", phone):
            raise Refusal("COULD_NOT_AUTO_DETECT_OPERATOR", 404)
        return JSONResponse(_operator(carrier_of(phone)[0]))

    async def _topup(
        self, request: Request, account: SandboxAccount, *, is_async: bool
    ) -> Response:
        given = await _body(request)
        number = given.get("customIdentifier")
        if not isinstance(number, str) or not 1 <= len(number) <= 64:
            raise Refusal("INVALID_REQUEST", 400)
        return await self.submit(
            request,
            account,
            number,
            read=lambda: _new_order(account, number, given),
            answer=lambda order: JSONResponse(
                {"transactionId": int(order["order_id"])} if is_async else _transaction(order)
            ),
        )

    async def _transactions(self, request: Request, account: SandboxAccount) -> Response:
        order = self.orders.find(account.code, request.query_params.get("customIdentifier", ""))
        return JSONResponse({"content": [_transaction(order)] if order is not None else []})

    async def _status(self, request: Request, account: SandboxAccount) -> Response:
        order = self.orders.find_by_id(account.code, str(request.path_params["id"]))
        if order is None:
            raise Refusal("TRANSACTION_NOT_FOUND", 404)
        status = STATES[order["state"]]
        return JSONResponse(
            {"code": None, "message": None, "status": status, "transaction": _transaction(order)}
        )


def _new_order(account: SandboxAccount, number: str, given: Mapping[str, object]) -> NewOrder:
    to = given.get("recipientPhone")
    phone = str(to.get("number", "")) if isinstance(to, dict) else ""
    if not isinstance(to, dict) or to.get("countryCode") != "CN":
        raise Refusal("COUNTRY_NOT_SUPPORTED", 400)
    if not re.fullmatch(r"1[3-9][0-9]{9}", phone):
        raise Refusal("INVALID_RECIPIENT_PHONE", 400)
    if str(given.get("operatorId")) not in map(str, OPERATOR_IDS.values()):
        raise Refusal("OPERATOR_NOT_FOUND", 404)
    try:
        amount = Decimal(str(given.get("amount")))
    except InvalidOperation:
        raise Refusal("INVALID_AMOUNT_FOR_OPERATOR", 400) from None
    local = amount if given.get("useLocalAmount") is True else (amount * CNY_PER_USD)
    if not local.is_finite() or not 1 <= local <= 1000:
        raise Refusal("INVALID_AMOUNT_FOR_OPERATOR", 400)
    requested = (local / CNY_PER_USD).quantize(Decimal("0.00001"))
    discount = (requested * (1 - account.phone_rate)).quantize(Decimal("0.00001"))
    return NewOrder(
        app_key=account.code,
        number=number,
        order_type=1,
        product_id=int(str(given["operatorId"])),
        product_name=f"{carrier_of(phone)[0]} airtime",
        account=phone,
        quantity=1,
        price=requested - discount,
        details={
            "requested": str(requested),
            "discount": str(discount),
            "delivered": str(local.quantize(CENT)),
        },
    )


def _transaction(order: sqlite3.Row) -> dict[str, object]:
    details = json.loads(order["details"])
    return {
        "transactionId": int(order["order_id"]),
        "status": STATES[order["state"]],
        "operatorTransactionId": None,
        "customIdentifier": order["number"],
        "recipientPhone": order["account"],
        "countryCode": "CN",
        "operatorId": order["product_id"],
        "operatorName": order["product_name"],
        "requestedAmount": float(details["requested"]),
        "requestedAmountCurrencyCode": "USD",
        "deliveredAmount": float(details["delivered"]),
        "deliveredAmountCurrencyCode": "CNY",
        "discount": float(details["discount"]),
        "transactionDate": _time(order["created_at"]),
    }


def _operator(name: str) -> dict[str, object]:
    amounts = [float((value / CNY_PER_USD).quantize(CENT)) for value in PHONE_FACE_VALUES]
    return {
        "operatorId": OPERATOR_IDS[name],
        "name": f"{name} China",
        "denominationType": "RANGE",
        "senderCurrencyCode": "USD",
        "destinationCurrencyCode": "CNY",
        "minAmount": 0.14,
        "maxAmount": 138.88,
        "localMinAmount": 1,
        "localMaxAmount": 1000,
        "suggestedAmounts": amounts,
        "fx": {"rate": float(CNY_PER_USD), "currencyCode": "CNY"},
    }


def _only_china(request: Request) -> None:
    if request.path_params["iso"] != "CN":
        raise Refusal("COUNTRY_NOT_SUPPORTED", 400)


async def _body(request: Request) -> Mapping[str, object]:
    try:
        given = json.loads(await request.body())
    except (ValueError, RecursionError):
        raise Refusal("INVALID_REQUEST", 400) from None
    if not isinstance(given, dict):
        raise Refusal("INVALID_REQUEST", 400)
    return given


def _time(seconds: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(seconds))


def _refuse(request: Request, refusal: Refusal) -> Response:
    code = str(refusal.code)
    return JSONResponse(
        {
            "timeStamp": _time(time.time()),
            "message": MESSAGES[code],
            "path": request.url.path,
            "errorCode": code,
            "infoLink": None,
            "details": [],
        },
        refusal.status,
    )
