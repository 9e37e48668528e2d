"""A bookkeeper's desk: supplier orders in every end, and statements as files."""

from __future__ import annotations

import itertools
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone

from ledger import accounts
from ledger.services import balance
from orders.models import Fulfilment
from orders.services import apply_outcome, place_order
from reconciliation.models import Difference, Party, PartyKind, Resolution, ResolutionKind
from reconciliation.services import ImportReport, import_statement, party_of, resolve
from suppliers.models import Supplier
from suppliers.outcomes import DeliveredCard, Outcome, OutcomeKind
from tests import world

HEADING = "时间,类型,商户订单号,平台订单号,金额,余额\n"
_numbers = itertools.count(1)


class Desk:
    """One supplier, an agent with money, and what its statement of today says."""

    def __init__(self) -> None:
        self.supplier = Supplier.objects.create(
            code="remote", name="远方供应商", adapter="fulu", settling_seconds=0
        )
        self.agent = world.make_agent(balance="10000")
        self.sku = world.make_sku("topup", list_price="50")
        world.make_offer(self.sku, self.supplier, cost="45")
        self.cards = world.make_sku("card", list_price="20")
        world.make_offer(self.cards, self.supplier, cost="15")
        self.party = party_of(PartyKind.SUPPLIER, "remote")
        self.lines: list[str] = []

    def attempt(
        self, outcome: OutcomeKind | None = OutcomeKind.DELIVERED, *, cost: str | None = None
    ) -> Fulfilment:
        """A top-up sent to the supplier, and its answer; None: no answer."""
        order = place_order(
            channel="wholesale",
            buyer=self.agent.user,
            sku=self.sku,
            quantity=1,
            client_ref=f"r{next(_numbers)}",
            account={"phone": "13800000000"},
        ).order
        fulfilment = world.begin(order)
        assert fulfilment is not None
        if outcome is not None:
            answer = Outcome(
                outcome,
                cost=Decimal(cost) if cost else None,
                supplier_order_no=f"S{fulfilment.fulfilment_no}",
            )
            apply_outcome(fulfilment_id=fulfilment.pk, outcome=answer, source="query")
        fulfilment.refresh_from_db()
        return fulfilment

    def card_attempt(self) -> Fulfilment:
        """Cards that were asked for, without an answer."""
        order = place_order(
            channel="wholesale",
            buyer=self.agent.user,
            sku=self.cards,
            quantity=1,
            client_ref=f"k{next(_numbers)}",
        ).order
        fulfilment = world.begin(order)
        assert fulfilment is not None
        return fulfilment

    def says(
        self,
        kind: str,
        what: Fulfilment | str,
        amount: str,
        *,
        their_ref: str = "",
        day: date | None = None,
        balance: str = "",
    ) -> None:
        """Add a line to the supplier's statement."""
        number = what if isinstance(what, str) else what.fulfilment_no
        at = datetime.combine(day or today(), datetime.min.time()).replace(hour=12)
        their_ref = their_ref or f"T{next(_numbers)}"
        self.lines.append(f"{at:%Y-%m-%d %H:%M:%S},{kind},{number},{their_ref},{amount},{balance}")

    @property
    def file(self) -> bytes:
        return (HEADING + "".join(f"{line}\n" for line in self.lines)).encode()

    def imports(self, **options: Any) -> ImportReport:
        said: dict[str, Any] = {
            "party": Party.objects.get(pk=self.party.pk),
            "content": self.file,
            "file_name": "today.csv",
            "first_day": today(),
            "last_day": today(),
        }
        return import_statement(**(said | options))

    def differences(self) -> dict[str, Decimal]:
        """What is open, by what it is."""
        return {row.verdict: row.amount for row in Difference.objects.filter(state="open")}

    def settles(self, verdict: str, kind: ResolutionKind, **options: Any) -> Resolution:
        return settle_difference(
            Difference.objects.get(verdict=verdict, state="open"), kind, **options
        )

    @property
    def account(self) -> Decimal:
        return balance(accounts.supplier("remote"))


def settle_difference(difference: Difference, kind: ResolutionKind, **options: Any) -> Resolution:
    said: dict[str, Any] = {
        "difference": difference,
        "kind": kind,
        "reason": "asked them",
        "actor": None,
        "request_ref": f"q{next(_numbers)}",
        "seen": difference.amount,
    }
    return resolve(**(said | options))


def today() -> date:
    return timezone.localdate()


def card(number: int) -> DeliveredCard:
    return DeliveredCard(f"N{number}", f"S{number}")
