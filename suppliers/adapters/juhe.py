"""Juhe 聚合数据: mobile phone top-up (API 85), by whole yuan.

`base_url` includes the path (`http://op.juhe.cn/ofpay/mobile/`). An offer's `offer_ref` is empty or
the amount itself: the face value says what is charged.

- A callback signs the two numbers and not the status: it is only a reason to query.
- The protocol can't say "no such order" for certain: 208509 ("wrong number") in a query is unknown,
  and stays so until a person decides. Only right after a definite refusal does it confirm that no
  earlier send of the number has arrived. So of the sandbox's numbers 0004 (500, not delivered) ends
  with a person instead of a refund; all others are as in the contract.
- Unconfirmed: in which field `yue` tells the balance (`balance_field`), and which amounts are for
  sale (`amounts`; older texts name 1, 2 and 5 as well). `http` and `https` were both seen.

There is no price list; one is made by asking for each amount with each of `sample_phones`, one per
carrier: the dearest of them is the cost.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from suppliers.adapters import juhe_wire as wire
from suppliers.adapters.base import (
    CallbackRefused,
    CallbackRequest,
    CallbackResult,
    Setting,
    SubmitRequest,
    SupplierProduct,
)
from suppliers.adapters.calling import HttpAdapter, Unclear, Unsendable, read_object
from suppliers.adapters.values import amount_of, text_of
from suppliers.outcomes import Outcome, OutcomeKind

FOR_STAFF = frozenset({"208515", "208517"})  # bad signature, balance short
DEFINITE = frozenset({"208501", "208503", "208505", "208506", "208514"}) | FOR_STAFF
TO_QUERY = frozenset({"208502", "208504", "208507", "208508", "208516"})
WRONG_NUMBER = "208509"
NOT_FOR_SALE = frozenset({"208501", "208503"})
STATES = {
    "0": OutcomeKind.ACCEPTED,
    "1": OutcomeKind.DELIVERED,
    "9": OutcomeKind.REJECTED,
}


class JuheAdapter(HttpAdapter):
    title = _("Juhe 聚合数据: phone top-up")
    usual_url = "http://op.juhe.cn/ofpay/mobile/"
    can_say_not_found = False
    options = (
        Setting(
            "amounts",
            _("amounts for sale (yuan)"),
            _("Separated by commas. Unconfirmed: older texts name 1, 2 and 5 as well."),
            default="10,20,30,50,100,300",
            pattern=r"\d+(\s*,\s*\d+)*",
        ),
        Setting(
            "balance_field",
            _("field of the balance"),
            _("Unconfirmed: where the call “yue” tells the balance."),
            default="money",
            pattern=r"\w+",
        ),
        Setting(
            "sample_phones",
            _("phone numbers to ask prices with"),
            _("One per carrier, separated by commas; nothing is charged. Empty: no price list."),
            pattern=r"1\d{10}(\s*,\s*1\d{10})*",
        ),
    )
    secrets = (
        Setting("key", _("app key"), is_required=True),
        Setting("openid", "OpenID", is_required=True),
    )

    def _submit(self, request: SubmitRequest) -> Outcome:
        phone, amount = self._checked(request)
        number = request.fulfilment_no
        signature = wire.order_signature(
            openid=self.secret("openid"),
            key=self.secret("key"),
            phone=phone,
            amount=amount,
            number=number,
        )
        code, message, result = self._call(
            "onlineorder",
            {"phoneno": phone, "cardnum": amount, "orderid": number, "sign": signature},
            is_order=True,
        )
        if code == "0":
            if text_of(result, "uorderid") != number:
                raise Unclear("foreign_order")
            # A fresh order is being worked on, whatever its state says: only a query decides.
            return Outcome(
                OutcomeKind.ACCEPTED,
                message=message,
                code=code,
                supplier_order_no=text_of(result, "sporder_id"),
            )
        if code in FOR_STAFF:
            self.tell_staff(code)
        if code in DEFINITE:
            return self._refused(number, code=code, message=message)
        if code in TO_QUERY:
            return self._asked(number, code=code, message=message)
        raise Unclear(code, message)

    def _query(self, fulfilment_no: str) -> Outcome:
        code, message, result = self._call("ordersta", {"orderid": fulfilment_no})
        if code != "0":  # 208509, 208510 and 208513 included: a failure only by hand
            raise Unclear(code, message)
        if text_of(result, "uorderid") not in ("", fulfilment_no):
            raise Unclear("foreign_order")
        state = text_of(result, "game_state")
        kind = STATES.get(state, OutcomeKind.ACCEPTED)
        cost = amount_of(result.get("uordercash"))
        return Outcome(
            kind,
            code=state,
            supplier_order_no=text_of(result, "sporder_id"),
            cost=cost if kind is OutcomeKind.DELIVERED else None,
        )

    def _refused(self, fulfilment_no: str, *, code: str, message: str) -> Outcome:
        """A definite refusal; "wrong number" right after it says that nothing came before it."""
        try:
            return self._query(fulfilment_no)
        except Unclear as problem:
            if problem.code != WRONG_NUMBER:
                raise
        return Outcome(OutcomeKind.REJECTED, message=message, code=code)

    def parse_callback(self, request: CallbackRequest) -> CallbackResult:
        number = request.form.get("orderid", "")
        expected = wire.callback_signature(
            key=self.secret("key"),
            their_number=request.form.get("sporder_id", ""),
            number=number,
        )
        is_signed = wire.is_same(expected, request.form.get("sign", ""))
        if not (self.secret("key") and number and is_signed):
            raise CallbackRefused("the signature doesn't fit")
        return CallbackResult(fulfilment_no=number, outcome=None)

    def _balance(self) -> Decimal:
        timestamp = str(int(time.time()))
        signature = wire.balance_signature(
            openid=self.secret("openid"), key=self.secret("key"), timestamp=timestamp
        )
        code, message, result = self._call("yue", {"timestamp": timestamp, "sign": signature})
        if code != "0":
            raise Unclear(code, message)
        balance = amount_of(result.get(self.option("balance_field")))
        if balance is None:
            raise Unclear("no_balance")
        return balance

    def _products(self) -> list[SupplierProduct] | None:
        phones = _list(self.option("sample_phones"))
        if not phones:
            return None
        return [
            self._product(amount, phones)
            for amount in sorted(_list(self.option("amounts")), key=int)
        ]

    def _product(self, amount: str, phones: list[str]) -> SupplierProduct:
        found = [price for phone in phones if (price := self._price(phone, amount))]
        return SupplierProduct(
            ref=amount,
            name=found[0][1] if len(found) == 1 else f"话费 {amount} 元",
            kind="topup",
            cost=max((cost for cost, _ in found), default=Decimal(amount)),
            face_value=Decimal(amount),
            is_available=len(found) == len(phones),
            max_quantity=1,
        )

    def _price(self, phone: str, amount: str) -> tuple[Decimal, str] | None:
        """What charging a phone costs, and its name; None when it isn't for sale."""
        code, message, result = self._call("telquery", {"phoneno": phone, "cardnum": amount})
        if code in NOT_FOR_SALE:
            return None
        cost = amount_of(result.get("inprice"))
        if code != "0" or cost is None:
            raise Unclear(code if code != "0" else "unreadable", message)
        return cost, text_of(result, "cardname")

    def _checked(self, request: SubmitRequest) -> tuple[str, str]:
        """Phone and amount; raises Unsendable."""
        if request.kind != "topup":
            raise Unsendable("this supplier tops up one phone at a time")
        if request.amount != request.amount.to_integral_value():
            raise Unsendable("this supplier charges whole yuan only")
        amount = str(int(request.amount))
        if request.offer_ref not in ("", amount):
            raise Unsendable("the offer's product is another amount than the goods")
        if amount not in _list(self.option("amounts")):
            raise Unsendable(f"this supplier doesn't sell ¥{amount}")
        phone = request.account.get("phone", "")
        if not re.fullmatch(r"1\d{10}", phone, re.ASCII):
            raise Unsendable("the order has no mobile number")
        return phone, amount

    def _call(
        self, path: str, fields: Mapping[str, str], *, is_order: bool = False
    ) -> tuple[str, str, Mapping[str, object]]:
        """Code, words and result of one call, always a POST: a key in an address gets logged."""
        answer = self.call(
            "POST",
            self.url(f"/{path}"),
            form={**fields, "key": self.secret("key")},
            is_order=is_order,
        )
        if answer.status != 200:
            raise Unclear(f"http_{answer.status}")
        values = read_object(answer)
        code = text_of(values, "error_code")
        if not re.fullmatch(r"\d{1,9}", code, re.ASCII):
            raise Unclear("unreadable")
        result = values.get("result")
        if code == "0" and not isinstance(result, Mapping):
            raise Unclear("unreadable")
        return code, text_of(values, "reason"), result if isinstance(result, Mapping) else {}


def _list(text: str) -> list[str]:
    return [part for part in re.split(r"\s*,\s*", text.strip()) if part]
