"""What the shop answers: amounts are Decimal (CNY), times aware datetimes.

Members that this version doesn't know are left out; a member that is missing or of another type
raises BadAnswer: nothing is guessed about money.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Generic, TypeVar

from kameng_client.reading import Document

T = TypeVar("T")

FINAL = frozenset({"completed", "partially_completed", "failed", "cancelled"})


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """`next` is the cursor of the following page, None on the last one."""

    results: Sequence[T]
    next: str | None


@dataclass(frozen=True, slots=True)
class Account:
    username: str
    tier: str
    status: str
    balance: Decimal
    currency: str
    credit_line: Decimal

    @classmethod
    def read(cls, told: Document) -> Account:
        return cls(
            username=told.text("username"),
            tier=told.text("tier"),
            status=told.text("status"),
            balance=told.amount("balance"),
            currency=told.text("currency"),
            credit_line=told.part("limits").amount("credit_line"),
        )


@dataclass(frozen=True, slots=True)
class AccountField:
    name: str
    label: str
    kind: str
    min_length: int
    max_length: int

    @classmethod
    def read(cls, told: Document) -> AccountField:
        return cls(
            name=told.text("name"),
            label=told.text("label"),
            kind=told.text("kind"),
            min_length=told.whole("min_length"),
            max_length=told.whole("max_length"),
        )


@dataclass(frozen=True, slots=True)
class Product:
    """A SKU with your price. `stock` is None for what isn't kept in stock."""

    code: str
    name: str
    kind: str
    face_value: Decimal
    price: Decimal
    stock: int | None
    min_quantity: int
    max_quantity: int
    account_fields: Sequence[AccountField] = ()

    @classmethod
    def read(cls, told: Document) -> Product:
        return cls(
            code=told.text("code"),
            name=told.text("name"),
            kind=told.text("kind"),
            face_value=told.amount("face_value"),
            price=told.amount("price"),
            stock=told.whole_or_none("stock"),
            min_quantity=told.whole("min_quantity"),
            max_quantity=told.whole("max_quantity"),
            account_fields=tuple(AccountField.read(one) for one in told.parts("account_fields")),
        )


@dataclass(frozen=True, slots=True)
class TimelineRow:
    at: datetime
    status: str
    code: str
    text: str

    @classmethod
    def read(cls, told: Document) -> TimelineRow:
        return cls(told.moment("at"), told.text("status"), told.text("code"), told.text("text"))


@dataclass(frozen=True, slots=True)
class Order:
    order_no: str
    client_ref: str
    sku: str
    quantity: int
    unit_price: Decimal
    total: Decimal
    status: str
    delivered: int
    refunded: Decimal
    account: Mapping[str, str]
    created_at: datetime
    finished_at: datetime | None
    timeline: Sequence[TimelineRow] = field(repr=False)

    @property
    def is_final(self) -> bool:
        """Nothing will happen to it any more, but for a refund after the sale."""
        return self.status in FINAL

    @classmethod
    def read(cls, told: Document) -> Order:
        return cls(
            order_no=told.text("order_no"),
            client_ref=told.text("client_ref"),
            sku=told.text("sku"),
            quantity=told.whole("quantity"),
            unit_price=told.amount("unit_price"),
            total=told.amount("total"),
            status=told.text("status"),
            delivered=told.whole("delivered"),
            refunded=told.amount("refunded"),
            account=told.texts("account"),
            created_at=told.moment("created_at"),
            finished_at=told.moment_or_none("finished_at"),
            timeline=tuple(TimelineRow.read(one) for one in told.parts("timeline")),
        )


@dataclass(frozen=True, slots=True)
class Card:
    """One code; its repr hides the secret."""

    number: str
    secret: str = field(repr=False)
    expires: date | None

    @classmethod
    def read(cls, told: Document) -> Card:
        return cls(told.text("number"), told.text("secret"), told.day_or_none("expires"))


@dataclass(frozen=True, slots=True)
class StatementLine:
    at: datetime
    kind: str
    amount: Decimal
    balance: Decimal
    reference: str
    memo: str

    @classmethod
    def read(cls, told: Document) -> StatementLine:
        return cls(
            at=told.moment("at"),
            kind=told.text("kind"),
            amount=told.amount("amount"),
            balance=told.amount("balance"),
            reference=told.text("reference"),
            memo=told.text("memo"),
        )


@dataclass(frozen=True, slots=True)
class BatchLine:
    """`state` is `waiting`, `placed` (then `order_no` is known) or `refused` (then `code` says
    why; nothing was charged for it)."""

    line: int
    client_ref: str
    state: str
    order_no: str | None
    order_status: str | None
    total: Decimal | None
    code: str | None
    detail: str | None

    @classmethod
    def read(cls, told: Document) -> BatchLine:
        problem = told.part_or_none("problem")
        return cls(
            line=told.whole("line"),
            client_ref=told.text("client_ref"),
            state=told.text("state"),
            order_no=told.text_or_none("order_no"),
            order_status=told.text_or_none("order_status"),
            total=told.amount_or_none("total"),
            code=problem.text("code") if problem else None,
            detail=problem.text("detail") if problem else None,
        )


@dataclass(frozen=True, slots=True)
class Batch:
    batch_no: str
    batch_ref: str
    status: str
    waiting: int
    placed: int
    refused: int
    created_at: datetime
    finished_at: datetime | None
    lines: Sequence[BatchLine]

    @property
    def is_finished(self) -> bool:
        """Every line was placed or refused; orders may still be under way."""
        return self.status == "finished"

    @classmethod
    def read(cls, told: Document) -> Batch:
        return cls(
            batch_no=told.text("batch_no"),
            batch_ref=told.text("batch_ref"),
            status=told.text("status"),
            waiting=told.whole("waiting"),
            placed=told.whole("placed"),
            refused=told.whole("refused"),
            created_at=told.moment("created_at"),
            finished_at=told.moment_or_none("finished_at"),
            lines=tuple(BatchLine.read(one) for one in told.parts("lines")),
        )


@dataclass(frozen=True, slots=True)
class Change:
    """A SKU as it is now; `product` is None when it isn't on sale any more."""

    code: str
    on_sale: bool
    product: Product | None

    @classmethod
    def read(cls, told: Document) -> Change:
        product = told.part_or_none("product")
        return cls(
            told.text("code"), told.truth("on_sale"), Product.read(product) if product else None
        )


@dataclass(frozen=True, slots=True)
class Changes:
    """Keep `next` and ask with it; at once while `has_more`, else after a pause."""

    results: Sequence[Change]
    next: str
    has_more: bool

    @classmethod
    def read(cls, told: Document) -> Changes:
        return cls(
            tuple(Change.read(one) for one in told.parts("results")),
            told.text("next"),
            told.truth("has_more"),
        )
