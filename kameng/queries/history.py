"""Every decision about an agent or an application, from the append-only audit log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from kameng.models import Agent, Application
from users.models import AuditLog, User

MOST = 100
ACTIONS = {
    "apply_as_agent": _("Applied"),
    "withdraw_application": _("Withdrawn by the applicant"),
    "approve_application": _("Approved"),
    "reject_application": _("Rejected"),
    "apply_for_renewal": _("Sent newer papers"),
    "accept_renewal": _("Newer papers accepted"),
    "reject_renewal": _("Newer papers rejected"),
    "diligence_ran_out": _("Papers ran out"),
    "reveal_legal_id": _("Number looked at"),
    "see_document": _("Document looked at"),
    "suspend_agent": _("Suspended"),
    "reinstate_agent": _("Reinstated"),
    "set_agent_tier": _("Tier changed"),
    "move_agent": _("Moved under another upline"),
    "verify": _("Marked as verified"),
    "withdraw_verification": _("Verification withdrawn"),
    "set_limits": _("Limits set"),
}


@dataclass(frozen=True, slots=True)
class Happened:
    what: str
    at: datetime
    by: str
    reason: str
    details: str


def history_of_application(application: Application) -> Sequence[Happened]:
    """Of this round and the ones before it, newest first."""
    rounds = Application.objects.filter(user=application.user_id, renews=application.renews_id)
    return _history([f"application:{pk}" for pk in rounds.values_list("pk", flat=True)])


def history_of_agent(agent: Agent) -> Sequence[Happened]:
    """Of the agent and of everything that it sent, newest first."""
    sent = Application.objects.filter(user=agent.user_id).values_list("pk", flat=True)
    return _history([f"agent:{agent.pk}", *(f"application:{pk}" for pk in sent)])


def _history(targets: Sequence[str]) -> list[Happened]:
    rows = AuditLog.objects.filter(target__in=targets).select_related("actor").order_by("-pk")
    return [
        Happened(
            what=str(ACTIONS.get(row.action, row.action)),
            at=row.at,
            by=row.actor.display_name if isinstance(row.actor, User) else str(_("the platform")),
            reason=row.reason,
            details=", ".join(
                f"{name}: {value}" for name, value in row.details.items() if value not in ("", None)
            ),
        )
        for row in rows[:MOST]
    ]
