"""Renewing an agent's papers, and what happens when they run out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from kameng.errors import OtherLegalPerson
from kameng.identity import LegalPerson, mark_of
from kameng.models import Agent, Application, Diligence, Document, DocumentKind
from kameng.queries.diligence import diligence_of
from kameng.services import applications
from users import audit
from users.notices import tell

THRESHOLDS = (7, 30)  # days before the last one, nearest first
BATCH = 200


@transaction.atomic
def apply_renewal(
    *, agent: Agent, legal: LegalPerson, documents: Mapping[DocumentKind, Document]
) -> Application:
    """Send newer papers of the same legal person; the older ones count until staff decide.

    A known agent stays the person that it is: handing an account to somebody else is no renewal.
    Raises OtherLegalPerson, ApplicationPending or DocumentMissing.
    """
    known = diligence_of(agent)
    if known is not None and bytes(known.legal_id_mark) != mark_of(legal.id_number):
        raise OtherLegalPerson(field="legal_id")
    application = applications.send(
        Application(user=agent.user, renews=agent, tier=agent.tier),
        legal=legal,
        documents=documents,
    )
    audit.record(
        actor=agent.user,
        action="apply_for_renewal",
        target=f"application:{application.pk}",
        agent=agent.pk,
    )
    return application


@transaction.atomic
def lapse_due() -> int:
    """Put agents whose papers have run out back to unverified; return how many.

    From then on the lower limits hold; withdrawals have stopped with the last day itself. Locks the
    records, a batch at a time, then the agents. Safe to repeat and to run twice at once.
    """
    due = list(
        Diligence.objects.filter(
            ended_at=None, lapsed_at=None, valid_until__lt=timezone.localdate()
        )
        .order_by("valid_until", "pk")
        .select_related("agent__user")
        .select_for_update(skip_locked=True, of=("self",), no_key=True)[:BATCH]
    )
    for record in due:
        Agent.objects.filter(pk=record.agent_id).update(verified_at=None)
        audit.record(
            actor=None,
            action="diligence_ran_out",
            target=f"agent:{record.agent_id}",
            valid_until=record.valid_until.isoformat(),
        )
        tell(record.agent.user, "wholesale.papers_ran_out", day=record.valid_until)
    Diligence.objects.filter(pk__in=[record.pk for record in due]).update(lapsed_at=timezone.now())
    return len(due)


@transaction.atomic
def remind_due() -> int:
    """Tell agents 30 and 7 days before that their papers run out; return how many.

    Of two thresholds passed at once only the nearer one is told. Locks the records, a batch at a
    time. Safe to repeat and to run twice at once: a record keeps what was told.
    """
    today = timezone.localdate()
    told = 0
    for days in THRESHOLDS:
        due = list(
            Diligence.objects.filter(
                Q(told_days=None) | Q(told_days__gt=days),
                ended_at=None,
                valid_until__gte=today,
                valid_until__lte=today + timedelta(days=days),
            )
            .order_by("valid_until", "pk")
            .select_related("agent__user")
            .select_for_update(skip_locked=True, of=("self",), no_key=True)[:BATCH]
        )
        for record in due:
            tell(
                record.agent.user,
                "wholesale.papers_run_out",
                day=record.valid_until,
                days=record.days_left(today),
            )
        Diligence.objects.filter(pk__in=[record.pk for record in due]).update(told_days=days)
        told += len(due)
    return told
