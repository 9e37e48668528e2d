"""Deposit that an agent handed on or received."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Q, QuerySet

from kameng.models import Agent, DepositTransfer
from kameng.queries.orders import start_of


@dataclass(frozen=True, slots=True)
class TransferWanted:
    text: str = ""
    direction: str = ""
    since: date | None = None
    until: date | None = None

    @property
    def is_filtered(self) -> bool:
        return bool(self.text or self.direction or self.since or self.until)


@dataclass(frozen=True, slots=True)
class KeysetPage:
    """A page that begins after a key; `next` is 0 on the last one."""

    rows: Sequence[DepositTransfer]
    next: int


def transfers_of(agent: Agent, wanted: TransferWanted) -> QuerySet[DepositTransfer]:
    """Newest first, with both agents."""
    mine = Q(sender=agent) | Q(receiver=agent)
    if wanted.direction == "sent":
        mine = Q(sender=agent)
    elif wanted.direction == "received":
        mine = Q(receiver=agent)
    found = DepositTransfer.objects.filter(mine).select_related("sender", "receiver")
    if wanted.since:
        found = found.filter(created_at__gte=start_of(wanted.since))
    if wanted.until:
        found = found.filter(created_at__lt=start_of(wanted.until + timedelta(days=1)))
    if wanted.text:
        found = found.filter(
            Q(transfer_no__startswith=wanted.text)
            | Q(sender__name__icontains=wanted.text)
            | Q(receiver__name__icontains=wanted.text)
        )
    return found.order_by("-pk")


def page_of(agent: Agent, wanted: TransferWanted, *, after: str, most: int) -> KeysetPage:
    found = transfers_of(agent, wanted)
    if after.isascii() and after.isdecimal() and len(after) < 19:
        found = found.filter(pk__lt=int(after))
    rows = list(found[: most + 1])
    return KeysetPage(rows[:most], rows[most - 1].pk if len(rows) > most else 0)
