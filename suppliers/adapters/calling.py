"""What the protocols over HTTP have in common: how a call is made, kept and judged.

A protocol's adapter writes `_submit`, `_query`, `_balance` and `_products` as if every answer were
good, and raises when one isn't. Here stands, once for all of them, what that means:

- nothing that could order was sent in this call: `deferred`, whatever went wrong;
- something was sent: `unknown`, whatever went wrong, also when the adapter itself breaks;
- a refusal that the protocol calls definite counts only if the supplier's own query doesn't know
  our number: an earlier send of it may have arrived (`_refused`).
"""

from __future__ import annotations

import abc
import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TypeVar
from urllib.parse import urlencode

import structlog

from outbound import http
from outbound.limits import PROBE_FIRST, NotSent
from outbound.redaction import HIDDEN
from suppliers.adapters.base import (
    Adapter,
    ConnectionCheck,
    SubmitRequest,
    SupplierConfig,
    SupplierProduct,
)
from suppliers.adapters.values import exact_json
from suppliers.outcomes import Outcome, OutcomeKind

log = structlog.get_logger(__name__)
T = TypeVar("T")

MESSAGE_LENGTH = 200
SHORTEST_SECRET = 6  # shorter ones stand in ordinary words


class Unclear(Exception):
    """No answer that could be believed; `code` says what was wrong with it, without quoting it."""

    def __init__(self, code: str, message: str = "") -> None:
        self.code = code
        self.message = message[:MESSAGE_LENGTH]
        super().__init__(code)


class Denied(Unclear):
    """Our own credentials are refused: nothing can be ordered before staff mend them."""


class Unsendable(Exception):
    """The protocol can't express this request: nothing was sent."""


@dataclass(frozen=True, slots=True)
class _Failed:
    """What was in the way of a call."""

    code: str
    message: str = ""
    was_held_back: bool = False
    was_denied: bool = False
    is_unsendable: bool = False
    retry_after_seconds: float = 5.0


class _Here(threading.local):
    """What the call of this thread did so far: whether anything was sent that could order.

    Each thread has its own, so that a shared adapter can't call "not sent" what another one sent.
    """

    has_ordered = False


class HttpAdapter(Adapter):
    """A protocol over HTTP."""

    def __init__(self, config: SupplierConfig) -> None:
        super().__init__(config)
        self._here = _Here()

    @abc.abstractmethod
    def _submit(self, request: SubmitRequest) -> Outcome: ...

    @abc.abstractmethod
    def _query(self, fulfilment_no: str) -> Outcome: ...

    @abc.abstractmethod
    def _balance(self) -> Decimal: ...

    def _products(self) -> list[SupplierProduct] | None:
        return None

    def submit(self, request: SubmitRequest) -> Outcome:
        self._begin()
        outcome, failed = self._read(lambda: self._after_a_probe(lambda: self._submit(request)))
        if failed is not None and failed.is_unsendable and not self._here.has_ordered:
            return Outcome(OutcomeKind.REJECTED, message=failed.message, code=failed.code)
        if failed is not None and failed.was_denied and not self._here.has_ordered:
            self.tell_staff(failed.code)
            return self._told(
                Outcome(OutcomeKind.REJECTED, message=failed.message, code=failed.code)
            )
        return self._told(outcome or _no_answer(failed, is_unsent=not self._here.has_ordered))

    def query(self, fulfilment_no: str) -> Outcome:
        return self.asked(lambda: self._query(fulfilment_no))

    def asked(self, ask: Callable[[], Outcome]) -> Outcome:
        """The answer to a question, or what its absence means."""
        self._begin()
        outcome, failed = self._read(ask)
        is_unsent = failed is not None and failed.was_held_back
        return self._told(outcome or _no_answer(failed, is_unsent=is_unsent))

    def balance(self) -> Decimal | None:
        return self.check().balance

    def check(self) -> ConnectionCheck:
        self._begin()
        balance, failed = self._read(self._balance)
        if failed is not None:
            return ConnectionCheck(None, failed.code, self._without_secrets(failed.message))
        return ConnectionCheck(balance)

    def products(self) -> list[SupplierProduct] | None:
        self._begin()
        found, failed = self._read(self._products)
        if failed is not None:
            log.warning("no_price_list", supplier=self.config.code, why=failed.code)
        return found

    def call(
        self,
        method: str,
        url: str,
        *,
        json_body: object = None,
        form: Mapping[str, str] | None = None,
        content: bytes = b"",
        headers: Mapping[str, str] | None = None,
        is_order: bool = False,
    ) -> http.Answer:
        """One request on the supplier's line; raises Unclear or NotSent.

        `is_order`: with this one the supplier may begin to deliver.
        """
        sent = dict(headers or {})
        if json_body is not None:
            content = json.dumps(json_body, ensure_ascii=False, separators=(",", ":")).encode()
            sent["Content-Type"] = "application/json"
        elif form is not None:
            content = urlencode(form).encode()
            sent["Content-Type"] = "application/x-www-form-urlencoded"
        had_ordered = self._here.has_ordered
        self._here.has_ordered = had_ordered or is_order
        try:
            return http.call(
                method,
                url,
                content=content,
                headers=sent,
                connect_timeout_seconds=self.config.connect_timeout_seconds,
                read_timeout_seconds=self.config.read_timeout_seconds,
                line=self.config.line,
                is_order=is_order,
            )
        except NotSent:
            self._here.has_ordered = had_ordered
            raise
        except http.NoAnswer as nothing:
            raise Unclear(nothing.code) from None

    def tell_staff(self, code: str) -> None:
        """The supplier refuses for a reason that only our staff can mend."""
        log.error("supplier_needs_staff", supplier=self.config.code, code=code)

    def url(self, path: str) -> str:
        return self.config.base_url.rstrip("/") + path

    def _refused(self, fulfilment_no: str, *, code: str, message: str) -> Outcome:
        """A definite refusal, unless the supplier has an order of this number after all."""
        found = self._query(fulfilment_no)
        if found.kind is not OutcomeKind.NOT_FOUND:
            return found
        return Outcome(OutcomeKind.REJECTED, message=message[:MESSAGE_LENGTH], code=code)

    def _asked(self, fulfilment_no: str, *, code: str, message: str) -> Outcome:
        """After an answer that says nothing: what the query says; not found is no failure here."""
        found = self._query(fulfilment_no)
        if found.kind is not OutcomeKind.NOT_FOUND:
            return found
        return Outcome(OutcomeKind.UNKNOWN, message=message[:MESSAGE_LENGTH], code=code)

    def _told(self, outcome: Outcome) -> Outcome:
        """The outcome, in case that the supplier's words repeat a secret."""
        return replace(outcome, message=self._without_secrets(outcome.message))

    def _without_secrets(self, text: str) -> str:
        for secret in self.config.secrets.values():
            if len(secret) >= SHORTEST_SECRET:
                text = text.replace(secret, HIDDEN)
        return text

    def _begin(self) -> None:
        self._here.has_ordered = False

    def _after_a_probe(self, send: Callable[[], Outcome]) -> Outcome:
        """Send; a circuit that is half-open is tried first with a question, never with an order."""
        try:
            return send()
        except NotSent as held:
            if held.code != PROBE_FIRST:
                raise
        self._read(self._balance)
        return send()

    def _read(self, ask: Callable[[], T]) -> tuple[T | None, _Failed | None]:
        """The answer, or what was in the way."""
        try:
            return ask(), None
        except Unsendable as problem:
            return None, _Failed("unsendable", str(problem), is_unsendable=True)
        except NotSent as held:
            code = "circuit_open" if held.code == PROBE_FIRST else held.code
            return None, _Failed(
                code, was_held_back=True, retry_after_seconds=held.retry_after_seconds
            )
        except Unclear as problem:
            was_denied = isinstance(problem, Denied)
            return None, _Failed(problem.code, problem.message, was_denied=was_denied)
        except Exception as error:  # an answer that nobody thought of must not end as "not sent"
            where = error.__traceback__
            while where is not None and where.tb_next is not None:
                where = where.tb_next
            log.error(  # without the error's text, which may quote the answer
                "adapter_broken",
                supplier=self.config.code,
                error=type(error).__name__,
                line=where.tb_lineno if where else 0,
                file=where.tb_frame.f_code.co_filename.rpartition("/")[2] if where else "",
            )
            return None, _Failed("broken_adapter")


def _no_answer(failed: _Failed | None, *, is_unsent: bool) -> Outcome:
    assert failed is not None
    return Outcome(
        OutcomeKind.DEFERRED if is_unsent else OutcomeKind.UNKNOWN,
        message=failed.message,
        code=failed.code,
        retry_after_seconds=failed.retry_after_seconds,
    )


def read_json(answer: http.Answer) -> object:
    """The body as JSON with exact decimals; raises Unclear for anything else."""
    try:
        return exact_json(answer.body)
    except ValueError:
        raise Unclear("unreadable") from None


def read_object(answer: http.Answer) -> Mapping[str, object]:
    value = read_json(answer)
    if not isinstance(value, dict):
        raise Unclear("unreadable")
    return value
