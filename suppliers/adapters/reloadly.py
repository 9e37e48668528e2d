"""Reloadly airtime: mobile top-up in many countries, paid in the account's currency.

`base_url` is the airtime API (`https://topups.reloadly.com`, sandbox
`https://topups-sandbox.reloadly.com`), which is also the token's audience; `auth_url` gives tokens
(OAuth2 client credentials). A token is kept in this process until shortly before it expires, and
renewed once when it is refused as expired.

An offer's `offer_ref` is empty (the operator is found by the number), an operator's id (the face
value is sent as an amount of the recipient's currency), or `<operator id>@<amount>` (that amount
of the account's currency). What the account is charged becomes CNY by `cny_rate`.

Orders go to `/topups-async`: the answer only says that it is accepted. The webhook signs its whole
body with the time, so a final status in it decides; its replays say the same again.

Unconfirmed, and so options: the name of the filter that finds an order by our number
(`query_filter`: an answer with other orders in it decides nothing), what joins body and time under
the signature (`webhook_separator`: four of five public handlers say a colon), the webhook's type
(`webhook_type`; empty takes any). Unconfirmed too: the webhook's shape (`data.transactionId`,
`data.customIdentifier`, `data.status`), its retries, and the 30 s that an answer may take (the
supplier's read time-out).

The sandbox's twin: all behaviours of the contract.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from decimal import Decimal
from urllib.parse import quote, urlencode

from django.utils.translation import gettext_lazy as _

from outbound import http
from suppliers.adapters import reloadly_wire as wire
from suppliers.adapters.base import (
    CallbackRefused,
    CallbackRequest,
    CallbackResult,
    Setting,
    SubmitRequest,
    SupplierProduct,
)
from suppliers.adapters.calling import (
    Denied,
    HttpAdapter,
    Unclear,
    Unsendable,
    read_json,
    read_object,
)
from suppliers.adapters.foreign import CNY_RATE, in_cny
from suppliers.adapters.reloadly_codes import DEFINITE, FINAL, FOR_STAFF, TOKEN_EXPIRED
from suppliers.adapters.reloadly_prices import read_amounts
from suppliers.adapters.reloadly_tokens import TOKENS
from suppliers.adapters.values import amount_of, text_of
from suppliers.outcomes import Outcome, OutcomeKind

ACCEPT = "application/com.reloadly.topups-v1+json"


class ReloadlyAdapter(HttpAdapter):
    title = _("Reloadly: airtime")
    usual_url = "https://topups.reloadly.com"
    options = (
        Setting(
            "auth_url",
            _("address that gives tokens"),
            default="https://auth.reloadly.com",
            pattern=r"https?://\S+",
        ),
        CNY_RATE,
        Setting(
            "country",
            _("country of the numbers"),
            _("Two letters, ISO 3166."),
            default="CN",
            pattern="[A-Z]{2}",
        ),
        Setting(
            "query_filter",
            _("filter that finds an order by our number"),
            _("Unconfirmed: ask Reloadly."),
            default="customIdentifier",
            pattern=r"\w+",
        ),
        Setting(
            "webhook_separator",
            _("between body and time in the webhook's signature"),
            _("Unconfirmed: most public handlers use a colon."),
            default=":",
            choices=((":", _("colon")), (".", _("full stop"))),
        ),
        Setting(
            "webhook_type",
            _("type of the webhook"),
            _("Unconfirmed. Empty: any."),
            pattern=r"[\w.]+",
        ),
    )
    secrets = (
        Setting("client_id", _("client ID"), is_required=True),
        Setting("client_secret", _("client secret"), is_required=True),
        Setting(
            "webhook_secret",
            _("webhook secret"),
            _("The dashboard's, not the client's. Empty: webhooks are refused, we only ask."),
        ),
    )

    def _submit(self, request: SubmitRequest) -> Outcome:
        number, phone = request.fulfilment_no, _phone(request)
        operator, at, amount = request.offer_ref.partition("@")
        if at and not re.fullmatch(r"\d{1,8}(\.\d{1,4})?", amount, re.ASCII):
            raise Unsendable("the amount in the offer's product can't be read")
        if at and request.quantity != 1:
            raise Unsendable("the offer's product is one amount, and more than one was ordered")
        if operator and not re.fullmatch(r"\d{1,9}", operator, re.ASCII):
            raise Unsendable("the offer's product isn't an operator's id")
        if not operator:
            found = self._detect(phone)
            if isinstance(found, Outcome):
                return found
            operator = found
        status, values = self._call(
            "POST",
            "/topups-async",
            {
                "operatorId": int(operator),
                "amount": amount if at else f"{request.amount:f}",
                "useLocalAmount": not at,
                "customIdentifier": number,
                "recipientPhone": {"countryCode": self.option("country"), "number": phone},
            },
            is_order=True,
        )
        if 200 <= status < 300:
            their_number = text_of(values, "transactionId")
            if not their_number:
                raise Unclear("unreadable")
            return Outcome(OutcomeKind.ACCEPTED, supplier_order_no=their_number)
        code, message = text_of(values, "errorCode"), text_of(values, "message")
        if status < 500 and status != 429 and code in DEFINITE:
            if code in FOR_STAFF:
                self.tell_staff(code)
            return self._refused(number, code=code, message=message)
        return self._asked(number, code=code or f"http_{status}", message=message)

    def _detect(self, phone: str) -> str | Outcome:
        """The operator of a number; a definite refusal if there is none. Nothing is ordered."""
        country = self.option("country")
        status, values = self._call(
            "GET", f"/operators/auto-detect/phone/{quote(phone)}/countries/{country}"
        )
        code = text_of(values, "errorCode")
        if 400 <= status < 500 and code in DEFINITE:
            return Outcome(OutcomeKind.REJECTED, message=text_of(values, "message"), code=code)
        operator = text_of(values, "operatorId") or text_of(values, "id")
        if status != 200 or not operator.isdigit():
            raise Unclear(code or f"http_{status}", text_of(values, "message"))
        return operator

    def _query(self, fulfilment_no: str) -> Outcome:
        query = urlencode({self.option("query_filter"): fulfilment_no})
        status, values = self._call("GET", f"/topups/reports/transactions?{query}")
        if status != 200:
            raise Unclear(text_of(values, "errorCode") or f"http_{status}")
        rows = values.get("content")
        if not isinstance(rows, list):
            raise Unclear("unreadable")
        own = [row for row in rows if text_of(row, "customIdentifier") == fulfilment_no]
        if not rows:
            return Outcome(OutcomeKind.NOT_FOUND, code="no_transaction")
        if len(own) != 1:  # the filter may not filter: then nothing is said about our number
            raise Unclear("foreign_order" if not own else "several_orders")
        return self._outcome(own[0])

    def _outcome(self, transaction: Mapping[str, object]) -> Outcome:
        status = text_of(transaction, "status")
        kind = FINAL.get(status, OutcomeKind.ACCEPTED)
        charged = amount_of(transaction.get("requestedAmount"))
        if kind is not OutcomeKind.DELIVERED or charged is None:
            cost = None
        else:
            cost = in_cny(self, charged - (amount_of(transaction.get("discount")) or Decimal(0)))
        return Outcome(
            kind, code=status, supplier_order_no=text_of(transaction, "transactionId"), cost=cost
        )

    def parse_callback(self, request: CallbackRequest) -> CallbackResult:
        secret = self.secret("webhook_secret")
        expected = wire.webhook_signature(
            secret,
            request.body,
            request.headers.get("x-reloadly-request-timestamp", ""),
            separator=self.option("webhook_separator"),
        )
        given = request.headers.get("x-reloadly-signature", "")
        if not (secret and wire.is_same(expected, given)):
            raise CallbackRefused("the signature doesn't fit")
        values = request.json()
        if self.option("webhook_type") not in ("", text_of(values, "type")):
            return CallbackResult(fulfilment_no="", outcome=None)
        number = text_of(values, "data", "customIdentifier")
        status = text_of(values, "data", "status")
        if not number:
            raise CallbackRefused("a notice without our number")
        kind = FINAL.get(status)
        if kind is None:
            return CallbackResult(fulfilment_no=number, outcome=None)
        their_number = text_of(values, "data", "transactionId")
        return CallbackResult(
            fulfilment_no=number,
            outcome=Outcome(kind, code=status, supplier_order_no=their_number),
        )

    def _balance(self) -> Decimal:
        status, values = self._call("GET", "/accounts/balance")
        balance = amount_of(values.get("balance"))
        if status != 200 or balance is None:
            code = text_of(values, "errorCode") or (f"http_{status}" if status != 200 else "")
            raise Unclear(code or "no_balance", text_of(values, "message"))
        return in_cny(self, balance)

    def _products(self) -> list[SupplierProduct]:
        """The country's operators, one line for each amount that they suggest."""
        answer = self._authorized("GET", f"/operators/countries/{self.option('country')}", None)
        operators = read_json(answer)
        if answer.status != 200 or not isinstance(operators, list):
            raise Unclear(f"http_{answer.status}" if answer.status != 200 else "unreadable")
        return [
            SupplierProduct(
                ref=f"{line.operator}@{line.amount.normalize():f}",
                name=line.name,
                kind="topup",
                cost=in_cny(self, line.amount),
                face_value=line.face_value,
                max_quantity=1,
            )
            for operator in operators
            for line in read_amounts(operator)
        ]

    def _call(
        self, method: str, path: str, body: object = None, *, is_order: bool = False
    ) -> tuple[int, Mapping[str, object]]:
        """Status and answer of one authorized call; 5xx without a readable body too."""
        answer = self._authorized(method, path, body, is_order=is_order)
        try:
            return answer.status, read_object(answer)
        except Unclear:
            if answer.status == 200:
                raise
            return answer.status, {}

    def _authorized(
        self, method: str, path: str, body: object, *, is_order: bool = False
    ) -> http.Answer:
        """One call with a token, and once more with a new one if it has expired meanwhile."""
        for is_second in (False, True):
            answer = self.call(
                method,
                self.url(path),
                json_body=body,
                headers={"Authorization": f"Bearer {self._token()}", "Accept": ACCEPT},
                is_order=is_order,
            )
            if answer.status != 401 or is_second:
                break
            if text_of(read_object(answer), "errorCode") != TOKEN_EXPIRED:
                break
            TOKENS.forget(self._token_key())
        return answer

    def _token_key(self) -> tuple[str, ...]:
        """Whose token it is: another address, client or secret needs another one."""
        secret = hashlib.sha256(self.secret("client_secret").encode()).hexdigest()
        return (self.option("auth_url"), self.config.base_url, self.secret("client_id"), secret)

    def _token(self) -> str:
        return TOKENS.get(self._token_key(), self._new_token)

    def _new_token(self) -> tuple[str, float]:
        """A new token, and for how many seconds it is good."""
        answer = self.call(
            "POST",
            self.option("auth_url").rstrip("/") + "/oauth/token",
            json_body={
                "client_id": self.secret("client_id"),
                "client_secret": self.secret("client_secret"),
                "grant_type": "client_credentials",
                "audience": self.config.base_url.rstrip("/"),
            },
        )
        if answer.status in (401, 403):
            raise Denied("access_denied", "the client ID or its secret was refused")
        if answer.status != 200:
            raise Unclear(f"http_{answer.status}")
        values = read_object(answer)
        token, lasts = text_of(values, "access_token"), amount_of(values.get("expires_in"))
        if not token or lasts is None:
            raise Unclear("unreadable")
        return token, float(lasts)


def _phone(request: SubmitRequest) -> str:
    """The number to charge; raises Unsendable."""
    if request.kind != "topup":
        raise Unsendable("this supplier tops up one phone at a time")
    phone = request.account.get("phone", "")
    if not re.fullmatch(r"\d{6,15}", phone, re.ASCII):
        raise Unsendable("the order has no phone number")
    return phone
