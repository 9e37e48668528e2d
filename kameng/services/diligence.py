"""Due diligence: staff accept who stands behind an agent, until a day."""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kameng.errors import ReasonMissing, ValidUntilInvalid
from kameng.identity import LegalPerson, read_id, write_identity
from kameng.models import Agent, Application, Diligence, LegalIdentity
from users import audit
from users.models import User

# Whatever the document says, we look again after three years: people and companies change.
REVIEW_YEARS = 3


def latest_valid_until(legal_until: date | None, *, today: date | None = None) -> date:
    """The last day for which papers can be accepted: theirs, or ours if that comes first."""
    day = today or timezone.localdate()
    try:
        ours = day.replace(year=day.year + REVIEW_YEARS)
    except ValueError:  # 29 February
        ours = day.replace(year=day.year + REVIEW_YEARS, day=28)
    return min(legal_until, ours) if legal_until else ours


@transaction.atomic
def accept(
    *,
    agent: Agent,
    legal: LegalPerson,
    valid_until: date | None = None,
    application: Application | None = None,
    actor: User | None = None,
) -> Diligence:
    """Keep who stands behind the agent and count it as verified; the older record ends.

    `valid_until` empty: as long as possible. Locks the agent. Raises ValidUntilInvalid for a day
    that is over, or beyond what the document or our own rule allows.
    """
    latest = latest_valid_until(legal.valid_until)
    day = valid_until or latest
    if day < timezone.localdate():
        raise ValidUntilInvalid(
            _("This day is over: the papers don't hold any more."), field="valid_until"
        )
    if day > latest:
        raise ValidUntilInvalid(
            _("At most until %(day)s: then the document ends, or %(years)d years are over.")
            % {"day": latest.isoformat(), "years": REVIEW_YEARS},
            field="valid_until",
        )
    Agent.objects.select_for_update(of=("self",), no_key=True).get(pk=agent.pk)
    now = timezone.now()
    Diligence.objects.filter(agent=agent, ended_at=None).update(ended_at=now)
    record = Diligence(
        agent=agent,
        application=application,
        valid_until=day,
        accepted_by=actor,
        accepted_at=now,
    )
    write_identity(record, legal)
    record.save()
    Agent.objects.filter(pk=agent.pk).update(verified_at=now)
    return record


@transaction.atomic
def reveal_number(*, row: LegalIdentity, actor: User, reason: str) -> str:
    """The number in full, for staff; who looked and why is recorded with it.

    Raises ReasonMissing.
    """
    if not reason.strip():
        raise ReasonMissing(field="reason")
    audit.record(
        actor=actor,
        action="reveal_legal_id",
        target=_target(row),
        reason=reason.strip(),
    )
    return read_id(row)


def _target(row: LegalIdentity) -> str:
    return f"agent:{row.agent_id}" if isinstance(row, Diligence) else f"application:{row.pk}"
