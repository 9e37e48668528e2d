"""What every protocol that is served here has in common: taking an order as its account says.

A protocol reads and writes its own wire format; whether an order is taken, refused, answered with
silence, an error or garbage, and what happens to it later, is decided here and in `behaviours.py`.
"""

from __future__ import annotations

import abc
import enum
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar

import httpx
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute

from sandboxes.server import hang
from suppliers.sandbox.accounts import SandboxAccount, accounts_of
from suppliers.sandbox.behaviours import NORMAL, Answer, behaviour_for
from suppliers.sandbox.orders import NewOrder, Orders


class Why(enum.Enum):
    """Why an order isn't taken, whatever the protocol calls it."""

    REFUSED = "refused"
    DUPLICATE = "duplicate"
    CLOSED = "closed"
    SHORT = "short"


class Refusal(Exception):
    """A call that isn't done, with the protocol's own code."""

    def __init__(self, code: int | str, status: int = 200) -> None:
        self.code = code
        self.status = status
        super().__init__(code)


@dataclass(frozen=True, slots=True)
class Notice:
    """One callback to send: `path` comes after the address that callbacks go to."""

    path: str
    content: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


class Twin(abc.ABC):
    """One protocol, served. `codes` are its words for what everybody refuses."""

    protocol: ClassVar[str]
    codes: ClassVar[Mapping[Why, int | str]]
    callback_sends: ClassVar[int]
    callback_retry_seconds: ClassVar[float]

    def __init__(self, orders: Orders) -> None:
        self.orders = orders

    @property
    def accounts(self) -> list[SandboxAccount]:
        return accounts_of(self.protocol)

    @abc.abstractmethod
    def routes(self) -> list[BaseRoute]: ...

    @abc.abstractmethod
    def notice(self, account: SandboxAccount, order: sqlite3.Row, state: str) -> Notice | None:
        """The callback about a new state; None where the protocol sends none."""

    @abc.abstractmethod
    def is_taken(self, response: httpx.Response) -> bool:
        """Whether this answer to a callback ends its repetition."""

    def refusal(self, why: Why) -> Refusal:
        return Refusal(self.codes[why])

    async def submit(
        self,
        request: Request,
        account: SandboxAccount,
        number: str,
        *,
        read: Callable[[], NewOrder],
        answer: Callable[[sqlite3.Row], Response],
    ) -> Response:
        """Take an order, or raise the protocol's Refusal; answer as the account's number says."""
        self.orders.note(number, "submit", account.code)
        try:
            if self.orders.find(account.code, number) is not None:
                raise self.refusal(Why.DUPLICATE)
            if self.orders.is_closed(account.code):
                raise self.refusal(Why.CLOSED)
            order = read()
            behaviour = behaviour_for(order.account, account.code) if order.account else NORMAL
            if behaviour.answer is Answer.REFUSE:
                raise self.refusal(Why.REFUSED)
            if self.orders.balance(account.code) < order.price:
                raise self.refusal(Why.SHORT)
        except Refusal as refusal:
            self.orders.note(number, "refused", f"{account.code} {refusal.code}")
            raise
        placed = self.orders.place(order, behaviour) if behaviour.is_ordered else None
        match behaviour.answer:
            case Answer.HANG:
                await hang(request)
                return PlainTextResponse("gateway timeout", 504)
            case Answer.ERROR_500:
                return PlainTextResponse("Internal Server Error", 500)
            case Answer.GARBAGE:
                return Response(b'<html>\xff\xfe 502 {"code":0', media_type="text/html")
        assert placed is not None
        return answer(placed)
