"""Our own open API, spoken to another shop of ours (or of anybody who serves it).

The wire is the business of the client that agents use, `clients/python`; it sends on the
supplier's line and repeats nothing by itself: that is the engine's decision. `base_url` is the
shop's address. An offer's `offer_ref` is the code of a SKU there; its `account_fields` must be
those of ours.

Our number is the `client_ref`, so a repeat never buys twice and a query finds every order. What the
shop refuses in a problem document is definite: nothing was charged. "Too many calls" is deferred,
since the call did nothing. A reference that is used already (`idempotency_conflict`) is an order of
ours, so it is asked about. Callbacks are signed with the key's secret over all of the order, and so
they count; codes are always fetched, never told. A shop that may not call our address gets the
order without one, and is asked.

The sandbox's twin: all behaviours of the contract.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import TypeVar
from urllib.parse import urlsplit

from django.utils.translation import gettext_lazy as _

import kameng_client as client
from suppliers.adapters.base import (
    CallbackRefused,
    CallbackRequest,
    CallbackResult,
    Setting,
    SubmitRequest,
    SupplierProduct,
)
from suppliers.adapters.calling import MESSAGE_LENGTH, HttpAdapter, Unclear, Unsendable
from suppliers.outcomes import DeliveredCard, Outcome, OutcomeKind

T = TypeVar("T")

STATUSES = {
    "completed": OutcomeKind.DELIVERED,
    "partially_completed": OutcomeKind.DELIVERED,
    "failed": OutcomeKind.REJECTED,
    "cancelled": OutcomeKind.REJECTED,
}
# Refusals that only our staff can mend, and that a query would meet as well.
OF_THE_KEY = frozenset({"ip_not_allowed", "agent_suspended"})
FOR_STAFF = OF_THE_KEY | {"insufficient_balance", "buying_not_allowed", "limit_exceeded"}


class _OnLine:
    """The client's requests go out as all calls to suppliers do; its answers come back whole."""

    def __init__(self, adapter: HttpAdapter) -> None:
        self._adapter = adapter

    def send(self, request: client.Request) -> client.Response:
        answer = self._adapter.call(
            request.method,
            request.url,
            content=request.body,
            headers=request.headers,
            is_order=request.may_order,
        )
        return client.Response(answer.status, answer.headers, answer.body)

    def close(self) -> None:
        """The connection is the process's."""


class KamengAdapter(HttpAdapter):
    title = _("Kameng open API: another shop of this kind")
    secrets = (
        Setting("key_id", _("API key"), _("A key that may buy."), is_required=True),
        Setting("secret", _("secret of the key"), is_required=True),
        Setting(
            "former_key_id",
            _("former API key"),
            _("After changing the key: callbacks of orders under way may still be signed with it."),
        ),
        Setting("former_secret", _("secret of the former key")),
    )

    def _submit(self, request: SubmitRequest) -> Outcome:
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,60}", request.offer_ref):
            raise Unsendable("the offer's product isn't the code of a SKU")
        number = request.fulfilment_no
        try:
            order = self._place(request)
        except client.RateLimited as busy:
            return Outcome(
                OutcomeKind.DEFERRED,
                code="rate_limit",
                message=_shown(busy),
                retry_after_seconds=busy.retry_after_seconds or 5.0,
            )
        except client.IdempotencyConflict as conflict:
            return self._asked(number, code=conflict.code, message=conflict.detail)
        except client.Refused as no:
            return self._definitely(no, number)
        if (order.client_ref, order.sku, order.quantity) != (
            number,
            request.offer_ref,
            request.quantity,
        ):
            raise Unclear("foreign_order")
        return self._outcome(order)

    def _place(self, request: SubmitRequest) -> client.Order:
        """Buy; a shop that doesn't want to call our address is not asked to."""

        def place(callback_url: str) -> client.Order:
            return self._tell(
                lambda shop: shop.place_order(
                    sku=request.offer_ref,
                    quantity=request.quantity,
                    client_ref=request.fulfilment_no,
                    account=dict(request.account),
                    callback_url=callback_url,
                )
            )

        try:
            return place(self.config.callback_url)
        except client.Invalid as no:
            if "callback_url" not in no.errors:
                raise
            return place("")

    def _definitely(self, no: client.Refused, number: str) -> Outcome:
        if no.code in FOR_STAFF or isinstance(no, client.NotAuthenticated):
            self.tell_staff(no.code)
        if no.code in OF_THE_KEY or isinstance(no, client.NotAuthenticated):
            # The shop looked at the key only. A query would get the same answer.
            return Outcome(OutcomeKind.REJECTED, message=_shown(no), code=no.code)
        return self._refused(number, code=no.code, message=_shown(no))

    def _query(self, fulfilment_no: str) -> Outcome:
        order = self._ask(lambda shop: shop.order_of_reference(fulfilment_no))
        if order is None:
            return Outcome(OutcomeKind.NOT_FOUND, code="unknown_order")
        return self._outcome(order)

    def _outcome(self, order: client.Order) -> Outcome:
        """What an order says; its codes are fetched as soon as there are any."""
        kind = STATUSES.get(order.status, OutcomeKind.ACCEPTED)
        cards: Sequence[client.Card] = ()
        if kind is OutcomeKind.DELIVERED and not order.account:  # nothing was charged: codes
            cards = self._ask(lambda shop: shop.cards(order.order_no))
            if cards and len(cards) != order.delivered:
                raise Unclear("card_count")
        return Outcome(
            kind,
            code=order.status[:MESSAGE_LENGTH],
            message=order.timeline[-1].text[:MESSAGE_LENGTH] if order.timeline else "",
            supplier_order_no=order.order_no,
            cost=order.total - order.refunded if kind is OutcomeKind.DELIVERED else None,
            cards=tuple(
                DeliveredCard(
                    card.number, card.secret, card.expires.isoformat() if card.expires else None
                )
                for card in cards
            ),
        )

    def parse_callback(self, request: CallbackRequest) -> CallbackResult:
        secrets = {
            self.secret(f"{which}key_id"): self.secret(f"{which}secret")
            for which in ("former_", "")
            if self.secret(f"{which}key_id") and self.secret(f"{which}secret")
        }
        try:
            order = client.verify_callback(
                secrets=secrets,
                method=request.method,
                path_and_query=urlsplit(self.config.callback_url).path,
                headers=request.headers,
                body=request.body,
            )
        except client.CallbackRefused as refusal:
            raise CallbackRefused(str(refusal)) from None
        kind = STATUSES.get(order.status)
        if kind is None or order.status == "partially_completed":
            return CallbackResult(order.client_ref, None)
        cost = order.total - order.refunded if kind is OutcomeKind.DELIVERED else None
        outcome = Outcome(kind, code=order.status, supplier_order_no=order.order_no, cost=cost)
        return CallbackResult(order.client_ref, outcome)

    def _balance(self) -> Decimal:
        account = self._ask(lambda shop: shop.account())
        if account.currency != "CNY":
            raise Unclear("no_balance", "the account isn't kept in CNY")
        return account.balance

    def _products(self) -> list[SupplierProduct]:
        return [
            SupplierProduct(
                ref=product.code,
                name=product.name,
                kind=product.kind,
                cost=product.price,
                face_value=product.face_value,
                is_available=product.stock != 0,
                stock=product.stock,
                min_quantity=product.min_quantity,
                max_quantity=product.max_quantity,
            )
            for product in self._ask(lambda shop: list(shop.products()))
        ]

    def _ask(self, call: Callable[[client.Client], T]) -> T:
        """A call that only reads: whatever is refused, it says nothing of the order."""
        try:
            return self._tell(call)
        except client.Refused as no:
            if no.code in OF_THE_KEY or isinstance(no, client.NotAuthenticated):
                self.tell_staff(no.code)
            raise Unclear(no.code, _shown(no)) from None

    def _tell(self, call: Callable[[client.Client], T]) -> T:
        try:
            shop = client.Client(
                self.config.base_url,
                key_id=self.secret("key_id"),
                secret=self.secret("secret"),
                transport=_OnLine(self),
                retries=client.NEVER,
            )
        except ValueError:
            raise Unsendable("the supplier's address isn't that of a shop") from None
        try:
            return call(shop)
        except client.NoAnswer as nothing:
            raise Unclear(nothing.code) from None


def _shown(no: client.Refused) -> str:
    """The shop's words, with those about single fields."""
    words = [no.detail, *(f"{name}: {' '.join(texts)}" for name, texts in no.errors.items())]
    return " ".join(words)[:MESSAGE_LENGTH]
