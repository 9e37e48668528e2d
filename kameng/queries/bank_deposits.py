"""An agent's bank transfers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import gettext

from kameng.models import Agent, BankDetails, DepositProof, DepositStatus, OfflineDeposit
from ui.tones import tone


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a timeline, as components/timeline.html wants it."""

    title: str
    at: datetime
    note: str
    tone: str


def open_banks() -> list[BankDetails]:
    return list(BankDetails.objects.filter(is_open=True))


def deposits_of(agent: Agent, status: str = "") -> QuerySet[OfflineDeposit]:
    """Newest first, with our account."""
    found = OfflineDeposit.objects.filter(agent=agent).select_related("bank")
    if status in DepositStatus.values:
        found = found.filter(status=status)
    return found.order_by("-pk")


def steps_of(deposit: OfflineDeposit) -> list[Step]:
    """What happened, in order; no name of staff."""
    return [
        Step(
            gettext("Found by the first of two, a second person looks now")
            if event.status == DepositStatus.CHECKED
            else str(DepositStatus(event.status).label),
            event.at,
            event.note,
            tone(event.status),
        )
        for event in deposit.events.order_by("pk")
    ]


def proof_for(pk: int) -> DepositProof | None:
    return DepositProof.objects.select_related("deposit__agent").filter(pk=pk).first()
