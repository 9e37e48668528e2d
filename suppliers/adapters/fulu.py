"""Fulu 福禄开放平台: phone top-up, other direct top-up, and cards.

Secrets: `app_key`, `app_secret`. `base_url` is the gateway's host, with or without its path. A
phone top-up by face value (no `offer_ref`) charges `account["phone"]`; a direct offer charges
`account["account"]` or `account["phone"]`, and may carry `region`, `server` and `role`.

A code 0 means "accepted", never "delivered". Which refusals are definite is a reading of the codes
that the vendor's clients treat so; even then one query makes sure that no earlier send of the same
number has arrived.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from outbound import http
from suppliers.adapters import fulu_wire as wire
from suppliers.adapters.base import (
    Adapter,
    CallbackRefused,
    CallbackRequest,
    CallbackResult,
    SubmitRequest,
)
from suppliers.outcomes import DeliveredCard, Outcome, OutcomeKind

DEFINITE_CODES = frozenset({3001, 3002, 3003, 3004, 3005, 3008})
DUPLICATE_CODE = 3010
NO_SUCH_ORDER_CODE = 4001

FINAL_STATES = {"success": OutcomeKind.DELIVERED, "failed": OutcomeKind.REJECTED}
CARD_ORDER_TYPE = 3
MESSAGE_LENGTH = 200


class _Unclear(Exception):
    """No answer that could be believed; `code` says what was wrong with it, without quoting it."""

    def __init__(self, code: str, message: str = "") -> None:
        self.code = code
        self.message = message
        super().__init__(code)


class _Unsendable(Exception):
    """The protocol can't express this request: nothing was sent."""


@dataclass(frozen=True, slots=True)
class _Reply:
    code: int
    message: str
    result: object = field(default=None, repr=False)


class FuluAdapter(Adapter):
    def submit(self, request: SubmitRequest) -> Outcome:
        try:
            method, content = _order_content(request)
        except _Unsendable as problem:
            return Outcome(OutcomeKind.REJECTED, message=str(problem), code="unsendable")
        number = request.fulfilment_no
        try:
            reply = self._call(method, content)
            if reply.code == 0:
                order = _own_order(reply, number)
                return Outcome(
                    OutcomeKind.ACCEPTED,
                    message=reply.message,
                    code="0",
                    supplier_order_no=wire.text(order, "order_id"),
                )
        except _Unclear as problem:
            return Outcome(OutcomeKind.UNKNOWN, message=problem.message, code=problem.code)
        if reply.code not in DEFINITE_CODES and reply.code != DUPLICATE_CODE:
            return Outcome(OutcomeKind.UNKNOWN, message=reply.message, code=str(reply.code))
        found = self.query(number)
        if found.kind is not OutcomeKind.NOT_FOUND:
            return found
        is_definite = reply.code in DEFINITE_CODES
        kind = OutcomeKind.REJECTED if is_definite else OutcomeKind.UNKNOWN
        return Outcome(kind, message=reply.message, code=str(reply.code))

    def query(self, fulfilment_no: str) -> Outcome:
        try:
            reply = self._call("fulu.order.info.get", {"customer_order_no": fulfilment_no})
            if reply.code == NO_SUCH_ORDER_CODE:
                return Outcome(
                    OutcomeKind.NOT_FOUND, message=reply.message, code=str(NO_SUCH_ORDER_CODE)
                )
            if reply.code != 0:
                raise _Unclear(str(reply.code), reply.message)
            return self._order_outcome(_own_order(reply, fulfilment_no))
        except _Unclear as problem:
            return Outcome(OutcomeKind.UNKNOWN, message=problem.message, code=problem.code)

    def parse_callback(self, request: CallbackRequest) -> CallbackResult:
        """Read an order, refund or goods notice: always a reason to query, never the outcome.

        The signature sorts all characters of the notice, so it doesn't bind a value to its field:
        with one captured notice, letters and digits can change places. A goods notice names no
        order (`fulfilment_no` is empty) and only wants its reply.
        """
        fields = dict(request.form or request.query)
        signature, secret = fields.pop("sign", ""), self._secret("app_secret")
        if not (signature and secret and wire.is_signed(wire.compact(fields), secret, signature)):
            raise CallbackRefused("the signature doesn't fit")
        number = fields.get("customer_order_no", "")
        if "order_status" in fields and not number:
            raise CallbackRefused("an order notice without our number")
        return CallbackResult(fulfilment_no=number, outcome=None)

    def balance(self) -> Decimal | None:
        try:
            reply = self._call("fulu.user.info.get", {})
        except _Unclear:
            return None
        if reply.code != 0 or not isinstance(reply.result, Mapping):
            return None
        return wire.amount(reply.result.get("balance"))

    def _secret(self, name: str) -> str:
        return self.config.secrets.get(name, "")

    def _call(self, method: str, content: wire.Json) -> _Reply:
        """One signed request; raises _Unclear unless the answer can be believed."""
        body = {
            "app_key": self._secret("app_key"),
            "method": method,
            "timestamp": wire.beijing(),
            "version": "2.0",
            "format": "json",
            "charset": "utf-8",
            "sign_type": "md5",
            "app_auth_token": "",
            "biz_content": wire.compact(content),
        }
        body["sign"] = wire.sign(wire.compact(body), self._secret("app_secret"))
        url = self.config.base_url.rstrip("/").removesuffix(wire.GATEWAY_PATH) + wire.GATEWAY_PATH
        try:
            answer = http.call(
                "POST",
                url,
                content=wire.compact(body).encode(),
                headers={"Content-Type": "application/json"},
                connect_timeout_seconds=self.config.connect_timeout_seconds,
                read_timeout_seconds=self.config.read_timeout_seconds,
            )
        except http.NoAnswer as problem:
            raise _Unclear(problem.code) from None
        if answer.status != 200:
            raise _Unclear(f"http_{answer.status}")
        return _read_reply(answer.body, self._secret("app_secret"))

    def _order_outcome(self, order: wire.Json) -> Outcome:
        """What a queried order says; a card order is delivered only with all its codes."""
        state = wire.text(order, "order_state")
        kind = FINAL_STATES.get(state, OutcomeKind.ACCEPTED)
        cards: tuple[DeliveredCard, ...] = ()
        if kind is OutcomeKind.DELIVERED and (
            order.get("cards") or wire.whole(order.get("order_type")) == CARD_ORDER_TYPE
        ):
            cards = _read_cards(order, self._secret("app_secret"))
            wanted = wire.whole(order.get("buy_num"))
            if wanted is None or len(cards) > wanted or len(set(cards)) != len(cards):
                raise _Unclear("card_count")
            if len(cards) < wanted:
                kind, cards = OutcomeKind.ACCEPTED, ()
        return Outcome(
            kind,
            code=state[:MESSAGE_LENGTH],
            supplier_order_no=wire.text(order, "order_id"),
            cost=wire.amount(order.get("order_price")) if kind is OutcomeKind.DELIVERED else None,
            cards=cards,
        )


def _order_content(request: SubmitRequest) -> tuple[str, dict[str, object]]:
    """The method and content of one order; raises _Unsendable."""
    number = request.fulfilment_no
    if request.kind == "card":
        return "fulu.order.card.add", {
            "product_id": _product_id(request),
            "buy_num": request.quantity,
            "customer_order_no": number,
        }
    if not request.offer_ref:
        if request.quantity != 1 or request.face_value != request.face_value.to_integral_value():
            raise _Unsendable("a phone is topped up once per order, by whole yuan")
        return "fulu.order.mobile.add", {
            "charge_phone": _account_field(request, "phone"),
            "charge_value": int(request.face_value),
            "customer_order_no": number,
        }
    content: dict[str, object] = {
        "product_id": _product_id(request),
        "customer_order_no": number,
        "charge_account": _account_field(request, "account", "phone"),
        "buy_num": request.quantity,
    }
    for ours, theirs in (("region", "region"), ("server", "srv"), ("role", "role")):
        if request.account.get(ours):
            content[f"charge_game_{theirs}"] = _account_field(request, ours)
    return "fulu.order.direct.add", content


def _product_id(request: SubmitRequest) -> int:
    if not re.fullmatch(r"[0-9]{1,18}", request.offer_ref):
        raise _Unsendable("the offer's product id isn't a number")
    return int(request.offer_ref)


def _account_field(request: SubmitRequest, *names: str) -> str:
    value = next((request.account[name] for name in names if request.account.get(name)), "")
    if not value:
        raise _Unsendable(f"the order has no {names[0]}")
    if wire.UNSIGNABLE.intersection(value):
        raise _Unsendable(f"the {names[0]} has a character that this supplier can't take")
    return value


def _read_reply(body: bytes, secret: str) -> _Reply:
    try:
        outer = wire.parse(body)
    except ValueError:
        raise _Unclear("unreadable") from None
    if not isinstance(outer, dict):
        raise _Unclear("unreadable")
    code = wire.whole(outer.get("code"))
    message = outer.get("message")
    message = message[:MESSAGE_LENGTH] if isinstance(message, str) else ""
    if code is None:
        raise _Unclear("unreadable")
    if code != 0:
        return _Reply(code, message)
    text = outer.get("result")
    signature = outer.get("sign") or ""  # documented: may be empty
    if not isinstance(text, str) or not isinstance(signature, str):
        raise _Unclear("unreadable")
    if signature and not wire.is_signed(text, secret, signature):
        raise _Unclear("bad_signature")
    try:
        return _Reply(code, message, wire.parse(text))
    except ValueError:
        raise _Unclear("unreadable") from None


def _own_order(reply: _Reply, fulfilment_no: str) -> wire.Json:
    """The order in an answer, if it really is the one that was asked about."""
    if not isinstance(reply.result, Mapping):
        raise _Unclear("unreadable")
    if reply.result.get("customer_order_no") != fulfilment_no:
        raise _Unclear("foreign_order")
    return reply.result


def _read_cards(order: wire.Json, secret: str) -> tuple[DeliveredCard, ...]:
    rows = order.get("cards") or []
    if not isinstance(rows, list):
        raise _Unclear("unreadable_cards")
    try:
        return tuple(_read_card(row, secret) for row in rows)
    except ValueError:
        raise _Unclear("unreadable_cards") from None


def _read_card(row: object, secret: str) -> DeliveredCard:
    if not isinstance(row, Mapping):
        raise ValueError("a card isn't an object")
    number, password = (
        wire.decrypt(wire.text(row, name), secret) if row.get(name) else ""
        for name in ("card_number", "card_pwd")
    )
    if not password:
        # Some goods have one code only, and it comes as the number: that is the secret.
        number, password = "", number
    if not password:
        raise ValueError("a card without a code")
    deadline = re.match(r"\d{4}-\d{2}-\d{2}", wire.text(row, "card_deadline"))
    return DeliveredCard(number, password, deadline.group() if deadline else None)
