"""Fulu 福禄开放平台: phone top-up, other direct top-up, and cards.

`base_url` is the gateway's host, with or without its path. A phone top-up by face value (no
`offer_ref`) charges `account["phone"]`; a direct offer charges `account["account"]` or
`account["phone"]`, and may carry `region`, `server` and `role`.

A code 0 means "accepted", never "delivered". What the codes mean isn't public: which refusals are
definite (`definite_codes`) is a reading of what the vendor's clients treat so, and the codes for
"number used already" (`duplicate_code`) and "no such order" (`no_such_order_code`) are unconfirmed:
ask Fulu before the first order, and set the options. Even a definite refusal counts only after one
query. Where callbacks go is set in Fulu's console, not per order (unconfirmed).

The sandbox's twin: all behaviours of the contract.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from suppliers.adapters import fulu_wire as wire
from suppliers.adapters.base import (
    CallbackRefused,
    CallbackRequest,
    CallbackResult,
    Setting,
    SubmitRequest,
    SupplierProduct,
)
from suppliers.adapters.calling import MESSAGE_LENGTH, HttpAdapter, Unclear, Unsendable
from suppliers.adapters.fulu_cards import read_cards
from suppliers.adapters.values import amount_of, exact_json
from suppliers.outcomes import DeliveredCard, Outcome, OutcomeKind

FINAL_STATES = {"success": OutcomeKind.DELIVERED, "failed": OutcomeKind.REJECTED}
CARD_ORDER_TYPE = 3
CARD_GOODS = "卡密"


@dataclass(frozen=True, slots=True)
class _Reply:
    code: str
    message: str
    result: object = field(default=None, repr=False)


class FuluAdapter(HttpAdapter):
    title = _("Fulu 福禄: phone, direct goods, cards")
    usual_url = "https://openapi.fulu.com"
    options = (
        Setting(
            "definite_codes",
            _("codes of definite refusals"),
            _("Separated by commas. Unconfirmed: ask Fulu."),
            default="3001,3002,3003,3004,3005,3008",
            pattern=r"\d+(\s*,\s*\d+)*",
        ),
        Setting(
            "duplicate_code",
            _("code of “number used already”"),
            _("Unconfirmed: ask Fulu."),
            default="3010",
            pattern=r"\d+",
        ),
        Setting(
            "no_such_order_code",
            _("code of “no such order”"),
            _("Unconfirmed: ask Fulu."),
            default="4001",
            pattern=r"\d+",
        ),
    )
    secrets = (
        Setting("app_key", _("app key"), is_required=True),
        Setting(
            "app_secret",
            _("app secret"),
            _("16, 24 or 32 characters: it decrypts cards as well."),
            is_required=True,
            pattern=r".{16}|.{24}|.{32}",
        ),
    )

    def _submit(self, request: SubmitRequest) -> Outcome:
        method, content = _order_content(request)
        number = request.fulfilment_no
        reply = self._call(method, content, is_order=True)
        if reply.code == "0":
            return Outcome(
                OutcomeKind.ACCEPTED,
                message=reply.message,
                code="0",
                supplier_order_no=wire.text(_own_order(reply, number), "order_id"),
            )
        if reply.code in re.split(r"\s*,\s*", self.option("definite_codes")):
            return self._refused(number, code=reply.code, message=reply.message)
        if reply.code == self.option("duplicate_code"):
            return self._asked(number, code=reply.code, message=reply.message)
        raise Unclear(reply.code, reply.message)

    def _query(self, fulfilment_no: str) -> Outcome:
        reply = self._call("fulu.order.info.get", {"customer_order_no": fulfilment_no})
        if reply.code == self.option("no_such_order_code"):
            return Outcome(OutcomeKind.NOT_FOUND, message=reply.message, code=reply.code)
        if reply.code != "0":
            raise Unclear(reply.code, reply.message)
        return self._order_outcome(_own_order(reply, fulfilment_no))

    def parse_callback(self, request: CallbackRequest) -> CallbackResult:
        """Read an order, refund or goods notice: always a reason to query, never the outcome.

        The signature sorts all characters of the notice, so it doesn't bind a value to its field:
        with one captured notice, letters and digits can change places. A goods notice names no
        order (`fulfilment_no` is empty) and only wants its reply.
        """
        fields = dict(request.form or request.query)
        signature, secret = fields.pop("sign", ""), self.secret("app_secret")
        if not (signature and secret and wire.is_signed(wire.compact(fields), secret, signature)):
            raise CallbackRefused("the signature doesn't fit")
        number = fields.get("customer_order_no", "")
        if "order_status" in fields and not number:
            raise CallbackRefused("an order notice without our number")
        return CallbackResult(fulfilment_no=number, outcome=None)

    def _balance(self) -> Decimal:
        result = self._result("fulu.user.info.get")
        balance = amount_of(result.get("balance")) if isinstance(result, Mapping) else None
        if balance is None:
            raise Unclear("no_balance")
        return balance

    def _products(self) -> list[SupplierProduct]:
        """All goods; phone top-up by face value isn't among them, and has no price list."""
        rows = self._result("fulu.goods.list.get")
        if not isinstance(rows, list):
            raise Unclear("unreadable")
        return [_product(row) for row in rows]

    def _result(self, method: str) -> object:
        reply = self._call(method, {})
        if reply.code != "0":
            raise Unclear(reply.code, reply.message)
        return reply.result

    def _call(self, method: str, content: wire.Json, *, is_order: bool = False) -> _Reply:
        """One signed request; raises Unclear unless the answer can be believed."""
        body = {
            "app_key": self.secret("app_key"),
            "method": method,
            "timestamp": wire.beijing(),
            "version": "2.0",
            "format": "json",
            "charset": "utf-8",
            "sign_type": "md5",
            "app_auth_token": "",
            "biz_content": wire.compact(content),
        }
        body["sign"] = wire.sign(wire.compact(body), self.secret("app_secret"))
        url = self.config.base_url.rstrip("/").removesuffix(wire.GATEWAY_PATH) + wire.GATEWAY_PATH
        answer = self.call(
            "POST",
            url,
            content=wire.compact(body).encode(),
            headers={"Content-Type": "application/json"},
            is_order=is_order,
        )
        if answer.status != 200:
            raise Unclear(f"http_{answer.status}")
        return _read_reply(answer.body, self.secret("app_secret"))

    def _order_outcome(self, order: wire.Json) -> Outcome:
        """What a queried order says; a card order is delivered only with all its codes."""
        state = wire.text(order, "order_state")
        kind = FINAL_STATES.get(state, OutcomeKind.ACCEPTED)
        cards: tuple[DeliveredCard, ...] = ()
        if kind is OutcomeKind.DELIVERED and (
            order.get("cards") or wire.whole(order.get("order_type")) == CARD_ORDER_TYPE
        ):
            cards = read_cards(order, self.secret("app_secret"))
            wanted = wire.whole(order.get("buy_num"))
            if wanted is None or len(cards) > wanted or len(set(cards)) != len(cards):
                raise Unclear("card_count")
            if len(cards) < wanted:
                kind, cards = OutcomeKind.ACCEPTED, ()
        return Outcome(
            kind,
            code=state[:MESSAGE_LENGTH],
            supplier_order_no=wire.text(order, "order_id"),
            cost=amount_of(order.get("order_price")) if kind is OutcomeKind.DELIVERED else None,
            cards=cards,
        )


def _order_content(request: SubmitRequest) -> tuple[str, dict[str, object]]:
    """The method and content of one order; raises Unsendable."""
    number = request.fulfilment_no
    if request.kind == "card":
        return "fulu.order.card.add", {
            "product_id": _product_id(request),
            "buy_num": request.quantity,
            "customer_order_no": number,
        }
    if not request.offer_ref:
        if request.amount != request.amount.to_integral_value():
            raise Unsendable("a phone is topped up once per order, by whole yuan")
        return "fulu.order.mobile.add", {
            "charge_phone": _account_field(request, "phone"),
            "charge_value": int(request.amount),
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
        raise Unsendable("the offer's product id isn't a number")
    return int(request.offer_ref)


def _account_field(request: SubmitRequest, *names: str) -> str:
    value = next((request.account[name] for name in names if request.account.get(name)), "")
    if not value:
        raise Unsendable(f"the order has no {names[0]}")
    if wire.UNSIGNABLE.intersection(value):
        raise Unsendable(f"the {names[0]} has a character that this supplier can't take")
    return value


def _read_reply(body: bytes, secret: str) -> _Reply:
    try:
        outer = exact_json(body)
    except ValueError:
        raise Unclear("unreadable") from None
    if not isinstance(outer, dict):
        raise Unclear("unreadable")
    code = wire.whole(outer.get("code"))
    message = outer.get("message")
    message = message[:MESSAGE_LENGTH] if isinstance(message, str) else ""
    if code is None:
        raise Unclear("unreadable")
    if code != 0:
        return _Reply(str(code), message)
    text = outer.get("result")
    signature = outer.get("sign") or ""  # documented: may be empty
    if not isinstance(text, str) or not isinstance(signature, str):
        raise Unclear("unreadable")
    if signature and not wire.is_signed(text, secret, signature):
        raise Unclear("bad_signature")
    try:
        return _Reply(str(code), message, exact_json(text))
    except ValueError:
        raise Unclear("unreadable") from None


def _own_order(reply: _Reply, fulfilment_no: str) -> wire.Json:
    """The order in an answer, if it really is the one that was asked about."""
    if not isinstance(reply.result, Mapping):
        raise Unclear("unreadable")
    if reply.result.get("customer_order_no") != fulfilment_no:
        raise Unclear("foreign_order")
    return reply.result


def _product(row: object) -> SupplierProduct:
    """One of the goods; what isn't clearly for sale is not available."""
    if not isinstance(row, Mapping):
        raise Unclear("unreadable")
    product_id, cost = wire.whole(row.get("product_id")), amount_of(row.get("purchase_price"))
    if product_id is None or cost is None:
        raise Unclear("unreadable")
    return SupplierProduct(
        ref=str(product_id),
        name=wire.text(row, "product_name"),
        kind="card" if row.get("product_type") == CARD_GOODS else "topup",
        cost=cost,
        face_value=amount_of(row.get("face_value")),
        is_available=row.get("sales_status") == "上架" and row.get("stock_status") != "断货",
    )
