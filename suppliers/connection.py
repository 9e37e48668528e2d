"""Trying a supplier's connection for staff: the balance, or the exact problem in plain words."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, replace
from decimal import Decimal
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from outbound.limits import NOBODY, circuit_of, close_circuit
from suppliers.adapters.base import ConnectionCheck
from suppliers.models import Supplier
from suppliers.registry import config_of, line_of, protocol_of


@dataclass(frozen=True, slots=True)
class ConnectionReport:
    """`problem` is a sentence, empty when all is well; `words` are the supplier's own."""

    balance: Decimal | None
    took_ms: int
    problem: str
    words: str


def try_connection(supplier: Supplier) -> ConnectionReport:
    """Ask a supplier for the balance. Nothing is ordered and nothing is stored.

    Goes out whatever the circuit breaker says, because a person wants to know; an answer closes it.
    """
    adapter = protocol_of(supplier.adapter)(replace(config_of(supplier), line=NOBODY))
    started = time.monotonic()
    check = adapter.check()
    took_ms = round((time.monotonic() - started) * 1000)
    if not check.problem:
        close_circuit(line_of(supplier))
    return ConnectionReport(check.balance, took_ms, _problem(supplier, check), check.message)


def circuit_words(supplier: Supplier) -> str:
    """How the circuit breaker stands, for staff."""
    if not supplier.breaker_after:
        return _("switched off")
    circuit = circuit_of(line_of(supplier))
    if circuit is None:
        return _("can't be told now: Redis doesn't answer")
    if circuit.state == "open":
        return _("open: nothing is sent; the next try is in %(seconds)d s") % {
            "seconds": max(round(circuit.opens_again_in_seconds), 1)
        }
    if circuit.state == "half_open":
        return _("half-open: the next question that is answered closes it")
    return _("closed; calls without an answer in a row: %(count)d") % {"count": circuit.failures}


def _problem(supplier: Supplier, check: ConnectionCheck) -> str:
    """What is in the way, and what to look at."""
    code = check.problem
    if not code:
        return ""
    facts = {
        "host": urlsplit(supplier.base_url).netloc or supplier.base_url,
        "connect": f"{supplier.connect_timeout_seconds:g}",
        "read": f"{supplier.read_timeout_seconds:g}",
        "code": code,
    }
    if status := re.fullmatch(r"http_(\d{3})", code):
        facts["status"] = status.group(1)
        return (
            _("%(host)s answered with HTTP %(status)s: check the address and the secrets.") % facts
        )
    sentences = {
        "unreachable": _(
            "No connection to %(host)s within %(connect)s s: check the address, and whether their"
            " firewall lets this server in."
        ),
        "timeout": _("%(host)s took the question and gave no answer within %(read)s s."),
        "broken": _("%(host)s broke off in the middle of its answer."),
        "too_large": _("%(host)s answered with more than can be read."),
        "unreadable": _("%(host)s answered something that isn't this protocol: check the address."),
        "bad_signature": _("The answer's signature doesn't fit: check the secrets."),
        "access_denied": _("The supplier refused the credentials: check the secrets."),
        "no_balance": _(
            "The supplier answered without a balance that can be read: check the options."
        ),
        "no_cny_rate": _("The CNY rate of the account's currency isn't set."),
    }
    if code in sentences:
        return sentences[code] % facts
    return _("The supplier refused with its code %(code)s.") % facts
