"""Which column of a party's statement is what, and which words say what a line is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields

# What columns are called in the wild, most telling first. Compared without spaces and case.
KNOWN_NAMES: Mapping[str, Sequence[str]] = {
    "our_ref": (
        "商户订单号", "商户单号", "商家订单号", "客户订单号", "外部订单号", "下游订单号",
        "customer_order_no", "out_trade_no", "external_id", "customidentifier", "our number",
        "our_ref", "merchant order",
    ),
    "refund_ref": (
        "商户退款单号", "商户退款号", "退款批次号/请求号", "退款单号", "out_refund_no",
        "out_request_no", "refund_no",
    ),
    "their_ref": (
        "平台订单号", "平台单号", "供应商订单号", "微信订单号", "支付宝交易号", "交易号", "流水号",
        "订单号", "order_id", "transaction_id", "transactionid", "trade_no", "sporder_id",
        "their number", "their_ref",
    ),
    "amount": (
        "结算金额", "扣款金额", "交易金额", "订单金额", "商家实收", "实收金额", "发生金额", "金额",
        "order_price", "amount", "price",
    ),
    "fee": ("手续费", "服务费", "服务费(元)", "fee", "service fee"),
    "kind": (
        "类型", "交易类型", "业务类型", "账务类型", "交易状态", "状态", "type", "status", "kind",
    ),
    "at": (
        "时间", "完成时间", "交易时间", "入账时间", "发生时间", "创建时间", "日期", "finish_time",
        "create_time", "time", "date", "at",
    ),
    "balance": ("余额", "账户余额", "账户余额(元)", "balance", "balance after"),
}  # fmt: skip
REQUIRED = ("amount", "at")


@dataclass(frozen=True, slots=True)
class Columns:
    """The names of a file's columns; empty for one that it doesn't have."""

    our_ref: str = ""
    refund_ref: str = ""
    their_ref: str = ""
    amount: str = ""
    fee: str = ""
    kind: str = ""
    at: str = ""
    balance: str = ""

    def named(self) -> dict[str, str]:
        """What each named column is, by what it is."""
        everything = {field.name: getattr(self, field.name) for field in fields(self)}
        return {what: name for what, name in everything.items() if name}


def same(name: str) -> str:
    """A column's name as it is compared: without case, spaces and the brackets of a unit."""
    return "".join(name.split()).lower().replace("（", "(").replace("）", ")")


def find(header: Sequence[str], columns: Columns) -> dict[str, int] | None:
    """Where each column stands in this header; None when one of them is missing."""
    places = {same(name): place for place, name in reversed(list(enumerate(header))) if name}
    found = {what: places.get(same(name)) for what, name in columns.named().items()}
    missing = [what for what, place in found.items() if place is None]
    return None if missing else {what: place for what, place in found.items() if place is not None}


def guess(header: Sequence[str]) -> Columns | None:
    """The columns of a header in words that are usual; None when it can't be a header."""
    places = {same(name): name for name in reversed(header) if name}
    taken: set[str] = set()
    guessed: dict[str, str] = {}
    for what, names in KNOWN_NAMES.items():
        for known in names:
            name = places.get(same(known))
            if name is not None and name not in taken:
                guessed[what] = name
                taken.add(name)
                break
    if not all(what in guessed for what in REQUIRED):
        return None
    if not {"our_ref", "their_ref"} & guessed.keys():
        return None
    return Columns(**guessed)


@dataclass(frozen=True, slots=True)
class Words:
    """What a cell of the kind column says, by what it means. Compared without spaces and case."""

    charge: frozenset[str]
    returned: frozenset[str]
    funding: frozenset[str]
    fee: frozenset[str]
    ignored: frozenset[str]

    @classmethod
    def of(cls, *, charge: str, returned: str, funding: str, fee: str, ignored: str) -> Words:
        """From what a person typed: words apart by commas or new lines."""
        return cls(_split(charge), _split(returned), _split(funding), _split(fee), _split(ignored))

    def ambiguous(self) -> set[str]:
        """Words that are said to mean two things."""
        seen: set[str] = set()
        twice: set[str] = set()
        for group in self._groups():
            twice |= seen & group
            seen |= group
        return twice

    def meaning(self, said: str) -> str | None:
        """charge, return, funding, fee or ignored; None for a word that nobody explained."""
        word = same(said)
        names = ("charge", "return", "funding", "fee", "ignored")
        for name, group in zip(names, self._groups(), strict=True):
            if word in group:
                return name
        return None

    def _groups(self) -> Iterable[frozenset[str]]:
        return (self.charge, self.returned, self.funding, self.fee, self.ignored)


def _split(typed: str) -> frozenset[str]:
    parts = typed.replace("，", ",").replace("\n", ",").replace("、", ",").split(",")
    return frozenset(same(part) for part in parts if part.strip())
