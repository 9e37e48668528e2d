"""Where an application stands, for its applicant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from kameng.models import Agent, Application, ApplicationStatus
from users.models import User


@dataclass(frozen=True, slots=True)
class Step:
    label: str
    state: str


def latest_application(user: User, *, renews: Agent | None = None) -> Application | None:
    """The last round: of becoming an agent, or of an agent's newer papers."""
    return (
        Application.objects.filter(user=user, renews=renews)
        .select_related("inviter", "invite_link", "tier")
        .order_by("-pk")
        .first()
    )


def rounds(latest: Application) -> Sequence[Application]:
    """The rounds before this one, newest first, with their documents."""
    return list(
        Application.objects.filter(
            user=latest.user_id, renews=latest.renews_id, pk__lt=latest.pk
        ).prefetch_related("documents")[:20]
    )


def progress(application: Application) -> list[Step]:
    """Sent → checked → decided."""
    ends = {
        ApplicationStatus.PENDING: (_("Decision"), "todo"),
        ApplicationStatus.APPROVED: (_("Approved"), "done"),
        ApplicationStatus.REJECTED: (_("Not accepted"), "bad"),
        ApplicationStatus.WITHDRAWN: (_("Withdrawn"), "bad"),
    }
    label, state = ends[ApplicationStatus(application.status)]
    return [
        Step(_("Sent"), "done"),
        Step(_("Being checked"), "now" if application.is_pending else "done"),
        Step(label, state),
    ]
