"""An agent's invitations: which there are, what became of them, who came by them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum
from django.utils.translation import gettext as _

from kameng.models import Agent, Application, ApplicationStatus, InviteLink, InviteVisit
from kameng.services.invites import Invitation


@dataclass(frozen=True, slots=True)
class InvitationRow:
    """One way to invite, with how many came, applied and became agents by it."""

    invitation: Invitation
    came: int
    applied: int
    approved: int
    uses: int

    @property
    def link(self) -> InviteLink | None:
        return self.invitation.link

    @property
    def code(self) -> str:
        return self.invitation.code

    @property
    def name(self) -> str:
        return self.link.name if self.link else _("My own code")

    @property
    def state(self) -> str:
        """open, off, expired or used_up."""
        link = self.link
        if link is None:
            return "open"
        if not link.is_on:
            return "off"
        if link.is_over:
            return "expired"
        return "used_up" if link.max_uses is not None and self.uses >= link.max_uses else "open"

    @property
    def state_label(self) -> str:
        return {
            "open": _("open"),
            "off": _("switched off"),
            "expired": _("expired"),
            "used_up": _("used up"),
        }[self.state]


def invitations(agent: Agent) -> list[InvitationRow]:
    """The agent's own code first, then its links, newest first. Three statements."""
    links = list(InviteLink.objects.filter(agent=agent).select_related("tier"))
    visits: dict[int | None, int] = dict(
        InviteVisit.objects.filter(agent=agent)
        .values_list("link")
        .annotate(came=Sum("count"))
        .order_by()
    )
    counts: dict[int | None, Any] = {
        row["invite_link"]: row
        for row in Application.objects.filter(inviter=agent)
        .order_by()
        .values("invite_link")
        .annotate(
            applied=Count("user", distinct=True),
            approved=Count("user", distinct=True, filter=Q(status=ApplicationStatus.APPROVED)),
            uses=Count("user", distinct=True, filter=~Q(status=ApplicationStatus.WITHDRAWN)),
        )
    }
    rows = []
    for link in (None, *links):
        key = link.pk if link else None
        count = counts.get(key, {})
        rows.append(
            InvitationRow(
                invitation=Invitation(agent, link),
                came=visits.get(key, 0),
                applied=count.get("applied", 0),
                approved=count.get("approved", 0),
                uses=count.get("uses", 0),
            )
        )
    return rows


def applicants(
    agent: Agent, *, status: str = "", link: InviteLink | None = None
) -> QuerySet[Application]:
    """Who applied below the agent, newest first; of one link, of one status."""
    found = Application.objects.filter(inviter=agent).select_related("invite_link", "tier")
    if status:
        found = found.filter(status=status)
    if link is not None:
        found = found.filter(invite_link=link)
    return found.order_by("-pk")


def shown_name(application: Application) -> str:
    """As its inviter may read it: 陈**. Who somebody is by law is for staff only."""
    name = application.legal_name
    return name[:1] + "*" * min(max(len(name) - 1, 1), 4)


def choices(agent: Agent) -> list[InvitationRow]:
    """The invitations that are open now: what marketing material can carry."""
    return [row for row in invitations(agent) if row.state == "open"]
