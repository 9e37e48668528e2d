"""The calls. Everything is signed; everything may be repeated without buying twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from types import TracebackType
from typing import TypeVar
from urllib.parse import quote, urlencode, urlsplit

from kameng_client.errors import BY_CODE, BadAnswer, Refused, ServerFailed
from kameng_client.models import (
    Account,
    Batch,
    Card,
    Changes,
    Order,
    Page,
    Product,
    StatementLine,
)
from kameng_client.reading import Document
from kameng_client.requests import OrderRequest, encoded
from kameng_client.retrying import Retries
from kameng_client.signing import signed_headers
from kameng_client.transport import HttpxTransport, Request, Response, Transport

API = "/api/v1"
T = TypeVar("T")


class Client:
    """One key of one agent at one shop. Use it from several threads, and close it at the end.

    Raises `Refused` (or a class below it) when the shop says no, `NoAnswer` when it can't be known
    what became of the call: see `kameng_client.errors`.
    """

    def __init__(
        self,
        base_url: str,
        *,
        key_id: str,
        secret: str,
        transport: Transport | None = None,
        retries: Retries | None = None,
        language: str = "zh-hans",
    ) -> None:
        parts = urlsplit(base_url)
        if parts.scheme not in ("http", "https") or not parts.netloc:
            raise ValueError(f"not the address of a shop: {base_url!r}")
        self._origin = f"{parts.scheme}://{parts.netloc}"
        self._prefix = parts.path.rstrip("/").removesuffix(API)
        self._key_id = key_id
        self._secret = secret
        self._transport = transport or HttpxTransport()
        self._retries = retries or Retries()
        self._language = language

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        self._transport.close()

    def account(self) -> Account:
        return self._get("/account", Account.read)

    def products_page(
        self, *, kind: str = "", category: str = "", q: str = "", cursor: str = "", limit: int = 200
    ) -> Page[Product]:
        return self._get(
            "/products",
            _page_of(Product.read),
            {"kind": kind, "category": category, "q": q, "cursor": cursor, "limit": str(limit)},
        )

    def products(self, *, kind: str = "", category: str = "", q: str = "") -> Iterator[Product]:
        """All of them, page by page."""
        cursor: str | None = ""
        while cursor is not None:
            page = self.products_page(kind=kind, category=category, q=q, cursor=cursor)
            yield from page.results
            cursor = page.next

    def product(self, code: str) -> Product:
        """Raises UnknownSKU."""
        return self._get(f"/products/{quote(code, safe='')}", Product.read)

    def changes(self, cursor: str = "", *, limit: int = 200) -> Changes:
        """What changed since a cursor; without one, everything. Raises ReadAllAgain."""
        return self._get("/changes", Changes.read, {"cursor": cursor, "limit": str(limit)})

    def place_order(
        self,
        *,
        sku: str,
        client_ref: str,
        quantity: int = 1,
        account: Mapping[str, str] | None = None,
        max_unit_price: Decimal | None = None,
        callback_url: str = "",
    ) -> Order:
        """Buy. The same `client_ref` with the same content gives the same order back."""
        request = OrderRequest(
            sku=sku,
            quantity=quantity,
            client_ref=client_ref,
            account=account or {},
            max_unit_price=max_unit_price,
            callback_url=callback_url,
        )
        return self._post("/orders", Order.read, request.document())

    def order(self, order_no: str) -> Order:
        """Raises UnknownOrder."""
        return self._get(f"/orders/{quote(order_no, safe='')}", Order.read)

    def order_of_reference(self, client_ref: str) -> Order | None:
        """The order with your own number; None when the shop has none."""
        orders = self._get("/orders", _page_of(Order.read), {"client_ref": client_ref}).results
        if any(one.client_ref != client_ref for one in orders) or len(orders) > 1:
            raise BadAnswer("foreign_order")
        return orders[0] if orders else None

    def orders_page(self, *, status: str = "", cursor: str = "", limit: int = 200) -> Page[Order]:
        """Newest first."""
        return self._get(
            "/orders",
            _page_of(Order.read),
            {"status": status, "cursor": cursor, "limit": str(limit)},
        )

    def cards(self, order_no: str) -> Sequence[Card]:
        """The codes of a delivered order. Raises UnknownOrder, or Refused (`not_delivered`)."""
        return self._get(f"/orders/{quote(order_no, safe='')}/cards", _cards)

    def place_batch(self, *, batch_ref: str, orders: Sequence[OrderRequest]) -> Batch:
        """Up to 1,000 orders in one call: each is its own, with its own `client_ref`.

        A large batch comes back unfinished: ask for it by `batch_no` until `is_finished`.
        """
        document = {"batch_ref": batch_ref, "orders": [one.document() for one in orders]}
        return self._post("/batches", Batch.read, document)

    def batch(self, batch_no: str) -> Batch:
        return self._get(f"/batches/{quote(batch_no, safe='')}", Batch.read)

    def statement_page(
        self,
        *,
        since: datetime | date | None = None,
        until: datetime | date | None = None,
        cursor: str = "",
        limit: int = 200,
    ) -> Page[StatementLine]:
        """Movements of the wallet, oldest first."""
        return self._get(
            "/statement",
            _page_of(StatementLine.read),
            {
                "from": since.isoformat() if since else "",
                "to": until.isoformat() if until else "",
                "cursor": cursor,
                "limit": str(limit),
            },
        )

    def _get(
        self, path: str, read: Callable[[Document], T], query: Mapping[str, str] | None = None
    ) -> T:
        given = {name: value for name, value in (query or {}).items() if value}
        return self._call("GET", path + (f"?{urlencode(given)}" if given else ""), b"", read)

    def _post(self, path: str, read: Callable[[Document], T], document: Mapping[str, object]) -> T:
        return self._call("POST", path, encoded(document), read)

    def _call(self, method: str, path: str, body: bytes, read: Callable[[Document], T]) -> T:
        """An answer that can't be read is no answer: reading it belongs to the attempt."""
        path = f"{self._prefix}{API}{path}"
        return self._retries.run(lambda: read(self._once(method, path, body)))

    def _once(self, method: str, path: str, body: bytes) -> Document:
        headers = signed_headers(
            key_id=self._key_id,
            secret=self._secret,
            method=method,
            path_and_query=path,
            body=body,
        ) | {"Accept": "application/json", "Accept-Language": self._language}
        if body:
            headers["Content-Type"] = "application/json"
        request = Request(method, self._origin + path, headers, body, may_order=method == "POST")
        return _document(self._transport.send(request))


def _page_of(read: Callable[[Document], T]) -> Callable[[Document], Page[T]]:
    return lambda told: Page(
        tuple(read(one) for one in told.parts("results")), told.text_or_none("next")
    )


def _cards(told: Document) -> Sequence[Card]:
    return tuple(Card.read(one) for one in told.parts("cards"))


def _document(response: Response) -> Document:
    """The answer, or what was wrong."""
    if 200 <= response.status < 300:
        return Document.parse(response.body)
    retry_after = _seconds(response.headers.get("retry-after", ""))
    if response.status >= 500:
        raise ServerFailed(f"http_{response.status}", retry_after)
    if not response.headers.get("content-type", "").startswith("application/problem+json"):
        raise BadAnswer(f"http_{response.status}")  # not the shop's own words
    told = Document.parse(response.body)
    if told.whole("status") != response.status:
        raise BadAnswer("unreadable")
    code = told.text("code")
    raise BY_CODE.get(code, Refused)(
        code=code,
        status=response.status,
        detail=told.text("detail"),
        errors=_errors(told),
        retry_after_seconds=retry_after,
    )


def _errors(told: Document) -> Mapping[str, Sequence[str]]:
    found = told.part_or_none("errors")
    return found.lists() if found else {}


def _seconds(text: str) -> float | None:
    return float(text) if text.isascii() and text.isdigit() and len(text) < 7 else None
