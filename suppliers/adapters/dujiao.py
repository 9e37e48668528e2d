"""Dujiao-Next's "Site Integration Open API" 1.0: buying from a shop of that kind.

`base_url` is the shop's address, with or without `/api/v1/upstream`. An offer's `offer_ref` is the
number of a SKU there. Card codes come as text, one a line; what stands before four hyphens is the
number. An order's account goes into `manual_form_data`, field by field.

Our number is the `downstream_order_no`. The protocol can't look an order up by it: it knows its own
`order_id`, and a repeat of the order "gives the existing order". So an attempt whose answer was
lost is asked about by repeating it, as long as it is undecided: there is no other question. What
such a repeat refuses says "not found", never "failed": the first one may still be on its way
(docs/decisions/0028). Callbacks are signed over the body and count; codes are fetched.

Unconfirmed: whether a shop sends a callback for each change, and how often; we ask in any case.
The sandbox's twin: all behaviours of the contract.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from decimal import Decimal
from urllib.parse import urlsplit

from django.utils.translation import gettext_lazy as _

from suppliers.adapters import dujiao_wire as wire
from suppliers.adapters.base import (
    CallbackRefused,
    CallbackRequest,
    CallbackResult,
    Setting,
    SubmitRequest,
    SupplierProduct,
)
from suppliers.adapters.calling import MESSAGE_LENGTH, HttpAdapter, Unclear, Unsendable, read_object
from suppliers.adapters.values import amount_of, text_of
from suppliers.outcomes import DeliveredCard, Outcome, OutcomeKind

STATUSES = {
    "delivered": OutcomeKind.DELIVERED,
    "completed": OutcomeKind.DELIVERED,
    "canceled": OutcomeKind.REJECTED,
}
OF_THE_KEY = frozenset(
    {
        "missing_auth_headers", "invalid_timestamp", "timestamp_expired", "invalid_signature",
        "invalid_api_key", "user_disabled",
    }
)  # fmt: skip
SHORT = frozenset({"insufficient_balance", "payment_failed"})
DEFINITE = OF_THE_KEY | SHORT | {
    "bad_request", "invalid_callback_url", "sku_unavailable", "product_unavailable",
    "insufficient_stock", "product_not_found",
}  # fmt: skip
PAGE_SIZE = 100
MOST_PAGES = 200


class _Refused(Exception):
    def __init__(self, code: str, message: str) -> None:
        self.code = code
        self.message = message[:MESSAGE_LENGTH]
        super().__init__(code)


class DujiaoAdapter(HttpAdapter):
    title = _("Dujiao-Next: a shop of that kind")
    can_say_not_found = False
    secrets = (
        Setting("api_key", _("API key"), is_required=True),
        Setting("api_secret", _("API secret"), is_required=True),
    )

    def _submit(self, request: SubmitRequest) -> Outcome:
        try:
            return self._outcome(self._order(self._create(request)))
        except _Refused as no:
            if no.code in OF_THE_KEY | SHORT:
                self.tell_staff(no.code)
            return Outcome(OutcomeKind.REJECTED, code=no.code, message=no.message)

    def ask(
        self, request: SubmitRequest, *, supplier_order_no: str = "", may_send_again: bool = True
    ) -> Outcome:
        try:
            return self.asked(lambda: self._ask(request, supplier_order_no, may_send_again))
        except Unsendable:  # then it was never sent, and can't be asked about
            return Outcome(OutcomeKind.NOT_FOUND, code="unsendable")

    def _ask(self, request: SubmitRequest, order_id: str, may_send_again: bool) -> Outcome:
        if not order_id:
            if not may_send_again:
                raise Unclear("no_order_id")
            try:
                order_id = self._create(request)
            except _Refused as no:
                return Outcome(OutcomeKind.NOT_FOUND, code=no.code, message=no.message)
        return self._outcome(self._order(order_id))

    def _query(self, fulfilment_no: str) -> Outcome:
        """By our number alone this protocol can't be asked."""
        raise Unclear("no_order_id")

    def _create(self, request: SubmitRequest) -> str:
        """Order, or repeat the order; the shop's number of it. Raises _Refused, Unclear."""
        if not re.fullmatch(r"[0-9]{1,18}", request.offer_ref, re.ASCII):
            raise Unsendable("the offer's product isn't the number of a SKU")
        body: dict[str, object] = {
            "sku_id": int(request.offer_ref),
            "quantity": request.quantity,
            "downstream_order_no": request.fulfilment_no,
            "trace_id": request.fulfilment_no,
        }
        if request.account:
            body["manual_form_data"] = dict(request.account)
        if self.config.callback_url:
            body["callback_url"] = self.config.callback_url
        try:
            told = self._call("POST", "/orders", body, is_order=True)
        except _Refused as no:
            if no.code != "invalid_callback_url":
                raise
            body.pop("callback_url")
            told = self._call("POST", "/orders", body, is_order=True)
        order_id = text_of(told, "order_id")
        if not order_id.isdigit():
            raise Unclear("unreadable")
        return order_id

    def _order(self, order_id: str) -> Mapping[str, object]:
        try:
            told = self._call("GET", f"/orders/{order_id}")
        except _Refused as no:
            raise Unclear(no.code, no.message) from None
        if text_of(told, "order_id") != order_id:
            raise Unclear("foreign_order")
        return told

    def _outcome(self, order: Mapping[str, object]) -> Outcome:
        status = text_of(order, "status")
        kind = STATUSES.get(status, OutcomeKind.ACCEPTED)
        cards: tuple[DeliveredCard, ...] = ()
        if kind is OutcomeKind.DELIVERED and text_of(order, "fulfillment", "type") != "manual":
            payload = text_of(order, "fulfillment", "payload")
            cards = tuple(_card(line) for line in payload.splitlines() if line.strip())
            if not cards:
                raise Unclear("unreadable_cards")
        return Outcome(
            kind,
            code=status[:MESSAGE_LENGTH],
            supplier_order_no=text_of(order, "order_id"),
            cost=amount_of(order.get("amount")) if kind is OutcomeKind.DELIVERED else None,
            cards=cards,
        )

    def parse_callback(self, request: CallbackRequest) -> CallbackResult:
        timestamp = request.headers.get(wire.TIMESTAMP_HEADER.lower(), "")
        secret = self.secret("api_secret")
        is_signed = wire.is_signed(
            secret or "no secret",
            request.headers.get(wire.SIGNATURE_HEADER.lower(), ""),
            method=request.method,
            path=urlsplit(self.config.callback_url).path,
            timestamp=timestamp,
            body=request.body,
        )
        if not (secret and is_signed and wire.is_recent(timestamp)):
            raise CallbackRefused("the signature doesn't fit")
        told = request.json()
        number = text_of(told, "downstream_order_no")
        if not number:
            raise CallbackRefused("a notice without our number")
        kind, reply = STATUSES.get(text_of(told, "status")), '{"ok": true, "message": "received"}'
        if kind is None:
            return CallbackResult(number, None, reply)
        outcome = Outcome(
            kind, code=text_of(told, "status"), supplier_order_no=text_of(told, "order_id")
        )
        return CallbackResult(number, outcome, reply)

    def _balance(self) -> Decimal:
        told = self._read_only("POST", "/ping")
        balance = amount_of(told.get("balance"))
        if balance is None or text_of(told, "currency") != "CNY":
            raise Unclear("no_balance", "there is no balance in CNY")
        return balance

    def _products(self) -> list[SupplierProduct]:
        found: list[SupplierProduct] = []
        for page in range(1, MOST_PAGES + 1):
            told = self._read_only("GET", "/products", f"?page={page}&page_size={PAGE_SIZE}")
            items, total = told.get("items"), told.get("total")
            if not isinstance(items, list) or not isinstance(total, int):
                raise Unclear("unreadable")
            for item in items:
                found += _skus(item)
            if page * PAGE_SIZE >= total or not items:
                return found
        raise Unclear("too_many_pages")

    def _read_only(self, method: str, path: str, query: str = "") -> Mapping[str, object]:
        try:
            return self._call(method, path, query=query)
        except _Refused as no:
            raise Unclear(no.code, no.message) from None

    def _call(
        self,
        method: str,
        path: str,
        body: Mapping[str, object] | None = None,
        *,
        query: str = "",
        is_order: bool = False,
    ) -> Mapping[str, object]:
        """One signed call. Raises _Refused for a definite no, Unclear for anything else."""
        content = b"" if body is None else json.dumps(body, ensure_ascii=False).encode()
        url = self.config.base_url.rstrip("/").removesuffix(wire.BASE) + wire.BASE + path
        headers = wire.signed_headers(
            key=self.secret("api_key"),
            secret=self.secret("api_secret"),
            method=method,
            path=urlsplit(url).path,
            body=content,
        )
        answer = self.call(
            method,
            url + query,
            content=content,
            headers={**headers, "Content-Type": "application/json"},
            is_order=is_order,
        )
        if answer.status >= 500 or 300 <= answer.status < 400:
            raise Unclear(f"http_{answer.status}")
        told = read_object(answer)
        if answer.status == 200 and told.get("ok") is True:
            return told
        code = text_of(told, "error_code")
        if told.get("ok") is False and code in DEFINITE:
            raise _Refused(code, text_of(told, "error_message"))
        raise Unclear(code or f"http_{answer.status}", text_of(told, "error_message"))


def _card(line: str) -> DeliveredCard:
    number, hyphens, secret = line.strip().partition("----")
    return DeliveredCard(number, secret) if hyphens and secret else DeliveredCard("", line.strip())


def _skus(item: object) -> list[SupplierProduct]:
    if not isinstance(item, Mapping) or not isinstance(item.get("skus"), list):
        raise Unclear("unreadable")
    kind = "card" if item.get("fulfillment_type") == "auto" else "topup"
    title = text_of(item, "title", "zh-CN") or text_of(item, "title", "en")
    found = []
    for sku in item["skus"]:
        ref, cost = text_of(sku, "id"), amount_of(sku.get("price_amount"))
        if not ref.isdigit() or cost is None:
            raise Unclear("unreadable")
        specs = sku.get("spec_values")
        words = [str(one) for one in specs.values()] if isinstance(specs, Mapping) else []
        stock = sku.get("stock_quantity")
        found.append(
            SupplierProduct(
                ref=ref,
                name=" ".join([title, *words]),
                kind=kind,
                cost=cost,
                is_available=bool(sku.get("is_active"))
                and sku.get("stock_status") != "out_of_stock",
                stock=stock if isinstance(stock, int) and stock >= 0 else None,
                max_quantity=1 if kind == "topup" else None,
            )
        )
    return found
