"""Who stands behind an agent."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

from django.utils import timezone

from kameng.identity import read_id
from kameng.models import Agent, Diligence, LegalKind

SOON_DAYS = 30


@dataclass(frozen=True, slots=True)
class VerifiedPerson:
    """The legal person of an agent as staff accepted it; no number in its repr."""

    kind: LegalKind
    name: str
    id_number: str = field(repr=False)
    valid_until: date

    @property
    def is_valid(self) -> bool:
        """Its last day is not over: money may go out to this person."""
        return self.valid_until >= timezone.localdate()


def diligence_of(agent: Agent) -> Diligence | None:
    """The identity in force, valid or run out; None: staff never accepted one."""
    return Diligence.objects.filter(agent=agent, ended_at=None).first()


def papers_to_renew(agent: Agent) -> Diligence | None:
    """The identity in force if it has run out or does so soon: shown on the dashboard."""
    soon = timezone.localdate() + timedelta(days=SOON_DAYS)
    return Diligence.objects.filter(agent=agent, ended_at=None, valid_until__lte=soon).first()


def legal_person(agent: Agent) -> VerifiedPerson | None:
    """Who stands behind the agent, to be compared with the holder of a bank account.

    None: staff never accepted anybody. Ask `is_valid` before money goes out.
    """
    found = diligence_of(agent)
    if found is None:
        return None
    return VerifiedPerson(
        kind=LegalKind(found.legal_kind),
        name=found.legal_name,
        id_number=read_id(found),
        valid_until=found.valid_until,
    )
