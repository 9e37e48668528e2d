"""The interface between the fulfilment engine and a supplier's protocol.

One file per protocol beside this one; `settings.SUPPLIER_ADAPTERS` lists them by dotted path. An
adapter translates, and decides nothing: it turns a request into the supplier's wire format and the
answer into an `Outcome`. It never raises for anything the network or the supplier does — that is
`unknown` — and never touches the database, so it can't hold a transaction open over the network.
"""

from __future__ import annotations

import abc
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar, TypeAlias

from catalog.stock import Allocated
from database.prepared import Call, DrawnKey, NextKey
from outbound.limits import NOBODY, Line
from outbound.texts import storable
from suppliers.outcomes import Outcome

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

Text: TypeAlias = "str | _StrPromise"  # a translation is chosen when it is shown


@dataclass(frozen=True, slots=True)
class SupplierConfig:
    """What an adapter needs to know of its supplier row; `secrets` never reach a log.

    `callback_url` is where the supplier calls us, for protocols that are told with each order.
    """

    code: str
    base_url: str
    options: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    connect_timeout_seconds: float = 3.0
    read_timeout_seconds: float = 10.0
    line: Line = NOBODY
    callback_url: str = ""


@dataclass(frozen=True, slots=True)
class Setting:
    """One option or secret of a protocol: a field of the supplier's page in admin.

    `default` holds while the field is empty; `pattern` is what a value must look like.
    """

    name: str
    label: Text
    help: Text = ""
    default: str = ""
    is_required: bool = False
    choices: tuple[tuple[str, Text], ...] = ()
    pattern: str = ""


@dataclass(frozen=True, slots=True)
class ConnectionCheck:
    """What a test of the connection showed: the balance (CNY), or what is in the way.

    `problem` is a code (`timeout`, `http_401`, the supplier's own code …), `message` its words.
    """

    balance: Decimal | None
    problem: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True)
class SubmitRequest:
    """One fulfilment to deliver.

    `fulfilment_no` is our number: alphanumeric, 8–32 characters, stored before the first send and
    the same in every resend. `offer_ref` is the supplier's product id of the offer (empty for phone
    top-up by face value). `account` holds the SKU's account fields, e.g. `{"phone": "138…"}`.
    """

    fulfilment_no: str
    kind: str  # "topup" | "card"
    offer_ref: str
    face_value: Decimal
    quantity: int
    account: Mapping[str, str]

    @property
    def amount(self) -> Decimal:
        """What a top-up by face value comes to: more than one unit is a single charge of them."""
        return self.face_value * self.quantity


@dataclass(frozen=True, slots=True)
class CallbackRequest:
    """A supplier's HTTP call to us, as received."""

    method: str
    query: Mapping[str, str]
    form: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> object:
        """The body as JSON; raises CallbackRefused for anything else."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            raise CallbackRefused("not JSON") from None


class CallbackRefused(Exception):
    """The callback's signature or shape is wrong: answer 400/401 and change nothing."""


@dataclass(frozen=True, slots=True)
class CallbackResult:
    """A verified callback: which fulfilment it is about and what it says.

    `outcome` is None when the protocol doesn't sign the status: then the callback is only a reason
    to query. `reply` is the exact body that the protocol wants back (HTTP 200).
    """

    fulfilment_no: str
    outcome: Outcome | None
    reply: str = "success"

    def __post_init__(self) -> None:
        """A number that can't be ours isn't looked for: raises CallbackRefused."""
        if not re.fullmatch(r"[\w.:-]{0,64}", self.fulfilment_no, re.ASCII):
            raise CallbackRefused("not one of our numbers")


@dataclass(frozen=True, slots=True)
class SupplierProduct:
    """One line of a supplier's price list. `ref` is what an offer's `supplier_ref` holds.

    `cost` is CNY for one; `face_value` CNY where the supplier names one. `stock` is None when the
    supplier doesn't say, `max_quantity` None when it names no limit. `is_rate`: any amount can be
    charged, and `cost` is for each yuan of face value.
    """

    ref: str
    name: str
    kind: str  # "topup" | "card"
    cost: Decimal
    face_value: Decimal | None = None
    is_available: bool = True
    stock: int | None = None
    min_quantity: int = 1
    max_quantity: int | None = None
    is_rate: bool = False

    def __post_init__(self) -> None:
        for name in ("ref", "name"):
            object.__setattr__(self, name, storable(getattr(self, name)))


class Adapter(abc.ABC):
    """One supplier protocol. An instance serves one call: make a new one for the next.

    Protocols over HTTP build on `suppliers.adapters.calling.HttpAdapter`, which brings limits,
    circuit breaker, and the rule of what a missing answer means.
    """

    title: ClassVar[Text] = ""
    usual_url: ClassVar[str] = ""  # where the protocol's owner serves it
    # Whether a query can say for certain that there is no such order.
    can_say_not_found: ClassVar[bool] = True
    options: ClassVar[tuple[Setting, ...]] = ()
    secrets: ClassVar[tuple[Setting, ...]] = ()

    def __init__(self, config: SupplierConfig) -> None:
        self.config = config

    def option(self, name: str) -> str:
        """An option of the supplier, or its default."""
        given = self.config.options.get(name, "")
        return given or next((one.default for one in self.options if one.name == name), "")

    def secret(self, name: str) -> str:
        return self.config.secrets.get(name, "")

    @abc.abstractmethod
    def submit(self, request: SubmitRequest) -> Outcome:
        """Send one fulfilment. Safe to repeat with the same number. Never raises for I/O."""

    @abc.abstractmethod
    def query(self, fulfilment_no: str) -> Outcome:
        """Ask what became of a fulfilment, by our number. Never raises for I/O."""

    def ask(
        self, request: SubmitRequest, *, supplier_order_no: str = "", may_send_again: bool = True
    ) -> Outcome:
        """Ask with all that we know of a fulfilment that was sent; the usual way needs the number.

        `may_send_again`: it is undecided, so a protocol that knows no other question may repeat the
        order under the same number.
        """
        return self.query(request.fulfilment_no)

    @abc.abstractmethod
    def parse_callback(self, request: CallbackRequest) -> CallbackResult:
        """Verify and read a callback; raises CallbackRefused. Does no I/O."""

    @abc.abstractmethod
    def balance(self) -> Decimal | None:
        """The prepaid balance with the supplier (CNY); None when it can't be told now."""

    def check(self) -> ConnectionCheck:
        """Try the connection: the balance, or what exactly is in the way. Never raises for I/O."""
        balance = self.balance()
        return ConnectionCheck(balance, problem="" if balance is not None else "no_balance")

    def products(self) -> list[SupplierProduct] | None:
        """The supplier's whole price list; None when it can't be told now or the protocol has none.

        Never raises for I/O, and never gives part of a list for the whole.
        """
        return None


class LocalAdapter(abc.ABC):
    """A source that is in our own database: it delivers inside the order's transaction."""

    @abc.abstractmethod
    def deliver(
        self,
        *,
        order_id: int | NextKey,
        sku_id: int,
        quantity: int,
        most_unit_cost: Decimal | None,
        after: Sequence[Call] = (),
    ) -> Allocated:
        """Hand over `quantity` units, all or none; raises catalog.stock.StockShort.

        None of them cost us more than `most_unit_cost` (CNY), unless it is None. An order that
        isn't stored yet has its key drawn. `after` are calls to be run before, whatever comes of
        it.
        """

    @abc.abstractmethod
    def delivering(
        self, *, order_id: int | NextKey | DrawnKey, sku_id: int, quantity: int, unit_cost: Decimal
    ) -> Call:
        """The call that hands over `quantity` units at a cost (CNY) that was seen, all or none.

        It waits for nobody: where the units are gone, it fails as `catalog.stock.seen_cards` says.
        """
