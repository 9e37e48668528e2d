"""DT One DVS v1: mobile top-up and PINs in many countries, paid in the account's currency.

`base_url` includes the version (`https://dvs-api.dtone.com/v1`, sandbox
`https://preprod-dvs-api.dtone.com/v1`). An offer's `offer_ref` is a product's id; for a product of
ranged value `<id>@<unit>` (`1234@CNY`): the face value is then sent as an amount of that unit at
the destination. A PIN product delivers one card an order. What the account is charged becomes CNY
by `cny_rate`.

What counts is the class of a transaction's status. REVERSED (taken back after it was completed) is
for a person: it is never refunded by itself. Transactions are confirmed as they are made
(`auto_confirm`). Callbacks go to the address that is sent with each order; no signature is
documented, so one is only a reason to query.

"Not found" by its own id (1008004) is unknown; a search by our number that finds nothing is "not
found", definite only after the supplier's settling time. Unconfirmed: how callbacks are repeated,
and the 30 s that an answer may take (the supplier's read time-out).

The sandbox's twin: all behaviours of the contract. It goes by the contract's four last digits, not
by those of DT One's own sandbox.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from decimal import Decimal
from urllib.parse import urlencode

from django.utils.translation import gettext_lazy as _

from outbound import http
from suppliers.adapters.base import (
    CallbackRefused,
    CallbackRequest,
    CallbackResult,
    Setting,
    SubmitRequest,
    SupplierProduct,
)
from suppliers.adapters.calling import HttpAdapter, Unclear, Unsendable, read_json
from suppliers.adapters.dtone_prices import PIN, object_at, read_product
from suppliers.adapters.foreign import CNY_RATE, in_cny
from suppliers.adapters.values import amount_of, text_of
from suppliers.outcomes import DeliveredCard, Outcome, OutcomeKind

UNAUTHORIZED, BALANCE_SHORT = "1000401", "1006001"
DEFINITE = frozenset({UNAUTHORIZED, "1003001", "1003002", "1003003", "1005003", BALANCE_SHORT})
REVERSED = "8"
CLASSES = {
    "7": OutcomeKind.DELIVERED,
    "3": OutcomeKind.REJECTED,
    "4": OutcomeKind.REJECTED,
    "9": OutcomeKind.REJECTED,
    REVERSED: OutcomeKind.UNKNOWN,
}
PER_PAGE = 50
MOST_PAGES = 200


class DTOneAdapter(HttpAdapter):
    title = _("DT One DVS: top-up and PINs")
    usual_url = "https://dvs-api.dtone.com/v1"
    options = (
        CNY_RATE,
        Setting(
            "account_currency",
            _("currency of the account"),
            _("Three letters: which of the balances counts."),
            default="USD",
            pattern="[A-Z]{3}",
        ),
        Setting(
            "calling_code",
            _("calling code before the numbers"),
            default="86",
            pattern=r"\d{1,3}",
        ),
        Setting(
            "country",
            _("country of the price list"),
            _("Three letters, ISO 3166."),
            default="CHN",
            pattern="[A-Z]{3}",
        ),
    )
    secrets = (
        Setting("api_key", _("API key"), is_required=True),
        Setting("api_secret", _("API secret"), is_required=True),
    )

    def _submit(self, request: SubmitRequest) -> Outcome:
        number = request.fulfilment_no
        status, answer = self._call(
            "POST", "/async/transactions", self._order(request), is_order=True
        )
        if 200 <= status < 300:
            return self._outcome(_own(answer, number))
        code, message = _error(answer)
        if code in (UNAUTHORIZED, BALANCE_SHORT):
            self.tell_staff(code)
        if status < 500 and code in DEFINITE:
            return self._refused(number, code=code, message=message)
        return self._asked(number, code=code or f"http_{status}", message=message)

    def _order(self, request: SubmitRequest) -> dict[str, object]:
        product, at, unit = request.offer_ref.partition("@")
        if not re.fullmatch(r"\d{1,18}", product, re.ASCII):
            raise Unsendable("the offer's product isn't a product's id")
        if request.quantity != 1 and not (at and request.kind == "topup"):
            raise Unsendable("this supplier delivers one at a time")
        order: dict[str, object] = {
            "external_id": request.fulfilment_no,
            "product_id": int(product),
            "auto_confirm": True,
            "callback_url": self.config.callback_url,
        }
        if request.kind == "topup":
            order["credit_party_identifier"] = self._account(request)
        if at:
            order["calculation_mode"] = "DESTINATION_AMOUNT"
            order["destination"] = {
                "unit_type": "CURRENCY",
                "unit": unit,
                "amount": f"{request.amount:f}",
            }
        return order

    def _account(self, request: SubmitRequest) -> dict[str, str]:
        phone = request.account.get("phone", "")
        if re.fullmatch(r"\d{6,14}", phone, re.ASCII):
            return {"mobile_number": f"+{self.option('calling_code')}{phone}"}
        account = next((value for value in request.account.values() if value), "")
        if not account:
            raise Unsendable("the order has no account")
        return {"account_number": account}

    def _query(self, fulfilment_no: str) -> Outcome:
        status, answer = self._call(
            "GET", f"/transactions?{urlencode({'external_id': fulfilment_no})}"
        )
        if status != 200:
            code, message = _error(answer)
            raise Unclear(code or f"http_{status}", message)
        if not isinstance(answer, list):
            raise Unclear("unreadable")
        if not answer:
            return Outcome(OutcomeKind.NOT_FOUND, code="no_transaction")
        if len(answer) != 1:
            raise Unclear("several_orders")
        return self._outcome(_own(answer[0], fulfilment_no))

    def _outcome(self, transaction: Mapping[str, object]) -> Outcome:
        status_class = text_of(transaction, "status", "class", "id")
        kind = CLASSES.get(status_class, OutcomeKind.ACCEPTED)
        cards: tuple[DeliveredCard, ...] = ()
        if kind is OutcomeKind.DELIVERED and _product_type(transaction) == PIN:
            cards = (_pin(transaction),)
        wholesale = object_at(transaction, "prices", "wholesale")
        charged = amount_of(wholesale.get("amount"))
        cost = None
        if kind is OutcomeKind.DELIVERED and charged is not None:
            cost = in_cny(self, charged + (amount_of(wholesale.get("fee")) or Decimal(0)))
        return Outcome(
            kind,
            code=text_of(transaction, "status", "id"),
            message=text_of(transaction, "status", "message")[:200],
            supplier_order_no=text_of(transaction, "id"),
            cost=cost,
            cards=cards,
            needs_person=status_class == REVERSED,
        )

    def parse_callback(self, request: CallbackRequest) -> CallbackResult:
        transaction = request.json()
        number = text_of(transaction, "external_id")
        if not number:
            raise CallbackRefused("a notice without our number")
        return CallbackResult(fulfilment_no=number, outcome=None)

    def _balance(self) -> Decimal:
        status, answer = self._call("GET", "/balances")
        if status != 200 or not isinstance(answer, list):
            code, message = _error(answer)
            raise Unclear(code or (f"http_{status}" if status != 200 else "unreadable"), message)
        for row in answer:
            if text_of(row, "unit") == self.option("account_currency"):
                available = amount_of(row.get("available"))
                if available is not None:
                    return in_cny(self, available)
        raise Unclear("no_balance", "there is no balance in the account's currency")

    def _products(self) -> list[SupplierProduct]:
        """All pages of the country's products; one that can't be read is left out, not guessed."""
        products: list[SupplierProduct] = []
        for page in range(1, MOST_PAGES + 1):
            query = urlencode(
                {"country_iso_code": self.option("country"), "page": page, "per_page": PER_PAGE}
            )
            answer = self._authorized("GET", f"/products?{query}")
            rows = read_json(answer)
            if answer.status != 200 or not isinstance(rows, list):
                raise Unclear(f"http_{answer.status}" if answer.status != 200 else "unreadable")
            products += [
                SupplierProduct(
                    ref=line.ref,
                    name=line.name,
                    kind="card" if line.is_pin else "topup",
                    cost=in_cny(self, line.price),
                    face_value=line.face_value,
                    max_quantity=1,
                    is_rate=line.is_ranged,
                )
                for row in rows
                if (line := read_product(row)) is not None
            ]
            if not answer.headers.get("x-next-page", "").strip():
                return products
        raise Unclear("too_many_pages")

    def _call(
        self, method: str, path: str, body: object = None, *, is_order: bool = False
    ) -> tuple[int, object]:
        """Status and answer of one call; an error without a readable body is an empty one."""
        answer = self._authorized(method, path, body, is_order=is_order)
        try:
            return answer.status, read_json(answer)
        except Unclear:
            if answer.status < 300:
                raise
            return answer.status, {}

    def _authorized(
        self, method: str, path: str, body: object = None, *, is_order: bool = False
    ) -> http.Answer:
        return self.call(
            method,
            self.url(path),
            json_body=body,
            headers={
                "Authorization": basic(self.secret("api_key"), self.secret("api_secret")),
                "Accept": "application/json",
            },
            is_order=is_order,
        )


def basic(key: str, secret: str) -> str:
    """HTTP Basic."""
    return "Basic " + base64.b64encode(f"{key}:{secret}".encode()).decode()


def _own(transaction: object, fulfilment_no: str) -> Mapping[str, object]:
    """A transaction, if it really is the one that was asked about."""
    if not isinstance(transaction, Mapping):
        raise Unclear("unreadable")
    if text_of(transaction, "external_id") != fulfilment_no:
        raise Unclear("foreign_order")
    return transaction


def _error(answer: object) -> tuple[str, str]:
    """Code and words of the first error; empty when there is none."""
    errors = answer.get("errors") if isinstance(answer, Mapping) else None
    first = errors[0] if isinstance(errors, list) and errors else {}
    return text_of(first, "code"), text_of(first, "message")


def _product_type(transaction: Mapping[str, object]) -> str:
    kind = text_of(transaction, "product", "type")
    return PIN if kind == PIN or object_at(transaction, "pin") else kind


def _pin(transaction: Mapping[str, object]) -> DeliveredCard:
    code = text_of(transaction, "pin", "code")
    if not code:
        raise Unclear("unreadable_cards")
    return DeliveredCard(text_of(transaction, "pin", "serial"), code)
