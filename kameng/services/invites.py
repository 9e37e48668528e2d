"""Inviting: links with rules of their own, beside each agent's permanent code."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import date

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kameng.errors import (
    InviteCodeUnknown,
    InviteExpired,
    InviterNotActive,
    InviteSwitchedOff,
    InviteUsedUp,
    NotPossibleNow,
    TierNotAllowed,
)
from kameng.models import Agent, Application, ApplicationStatus, InviteLink, Tier
from kameng.services.tree import CODE_LETTERS
from users.models import User

MAX_LINKS = 50
_LINK_CODE_LENGTH = 10  # an agent's own code has 8


@dataclass(frozen=True, slots=True)
class LinkRules:
    """What an agent decides about a link. `tier` empty: any below; no date or number: no limit."""

    name: str
    tier: Tier | None = None
    expires_on: date | None = None
    max_uses: int | None = None


@dataclass(frozen=True, slots=True)
class Invitation:
    """Who invites, by which link; `link` empty: by the agent's own code."""

    inviter: Agent
    link: InviteLink | None = None

    @property
    def code(self) -> str:
        return self.link.code if self.link else self.inviter.invite_code


def find_invitation(code: str, *, guest: User | None = None) -> Invitation:
    """The open invitation of this code, however it was typed.

    `guest` has a place already when it applied by this link before: neither the last day nor the
    number of people closes it to a correction. Raises InviteCodeUnknown, InviterNotActive,
    InviteSwitchedOff, InviteExpired or InviteUsedUp.
    """
    # PostgreSQL refuses NUL even in a comparison.
    typed = "".join(c for c in code if c.isprintable() and not c.isspace()).upper()
    agents = Agent.objects.select_related("tier")
    if len(typed) == _LINK_CODE_LENGTH:
        link = InviteLink.objects.select_related("tier").filter(code=typed).first()
        if link is None:
            raise InviteCodeUnknown(field="invite_code")
        invitation = Invitation(agents.get(pk=link.agent_id), link)
    else:
        inviter = agents.filter(invite_code=typed).first()
        if inviter is None:
            raise InviteCodeUnknown(field="invite_code")
        invitation = Invitation(inviter)
    must_be_open(invitation, guest=guest)
    return invitation


def must_be_open(invitation: Invitation, *, guest: User | None) -> None:
    """Raises what `find_invitation` does for an invitation that isn't open any more."""
    link = invitation.link
    if not invitation.inviter.is_active:
        raise InviterNotActive(field="invite_code")
    if link is None or (guest is not None and _has_place(link, guest)):
        return
    if not link.is_on:
        raise InviteSwitchedOff(field="invite_code")
    if link.is_over:
        raise InviteExpired(field="invite_code")
    if link.max_uses is not None and uses_of(link) >= link.max_uses:
        raise InviteUsedUp(field="invite_code")


def uses_of(link: InviteLink) -> int:
    """People who applied by the link; who withdrew gave the place back."""
    return _taken(link).values("user").distinct().count()


def _has_place(link: InviteLink, guest: User) -> bool:
    return _taken(link).filter(user=guest).exists()


def _taken(link: InviteLink) -> QuerySet[Application]:
    return Application.objects.filter(invite_link=link).exclude(status=ApplicationStatus.WITHDRAWN)


def possible_tiers(inviter: Agent | None, link: InviteLink | None = None) -> list[Tier]:
    """The tiers that can be applied for, the best first: below the inviter's, else master only.

    A link may name one; if the inviter's own tier has moved below it since, none is left.
    """
    if inviter is None:
        return list(Tier.objects.order_by("rank")[:1])
    below = Tier.objects.filter(rank__gt=inviter.tier.rank).order_by("rank")
    if link is not None and link.tier_id is not None:
        below = below.filter(pk=link.tier_id)
    return list(below)


@transaction.atomic
def create_link(*, agent: Agent, rules: LinkRules) -> InviteLink:
    """A new link of the agent, switched on. Locks the agent's row for the count.

    Raises NotPossibleNow when there are too many, TierNotAllowed, or InviteExpired for a last day
    in the past.
    """
    Agent.objects.select_for_update(of=("self",), no_key=True).get(pk=agent.pk)
    if InviteLink.objects.filter(agent=agent).count() >= MAX_LINKS:
        raise NotPossibleNow(
            _("You have %(count)d links already. Change one that you don't need any more.")
            % {"count": MAX_LINKS}
        )
    _check(agent, rules)
    return InviteLink.objects.create(
        agent=agent,
        code="".join(secrets.choice(CODE_LETTERS) for _ in range(_LINK_CODE_LENGTH)),
        name=rules.name,
        tier=rules.tier,
        expires_on=rules.expires_on,
        max_uses=rules.max_uses,
    )


@transaction.atomic
def change_link(*, link: InviteLink, rules: LinkRules) -> None:
    """Other rules for a link; who applied already isn't touched. Raises as `create_link`."""
    _check(link.agent, rules)
    InviteLink.objects.filter(pk=link.pk).update(
        name=rules.name,
        tier=rules.tier,
        expires_on=rules.expires_on,
        max_uses=rules.max_uses,
    )


def switch_link(*, link: InviteLink, is_on: bool) -> None:
    """Open or close a link. Safe to repeat."""
    InviteLink.objects.filter(pk=link.pk).update(is_on=is_on)


def count_visit(invitation: Invitation) -> None:
    """One more person opened it today; in one statement, so that no two at once are one."""
    with connection.cursor() as cursor:
        cursor.execute(
            'INSERT INTO kameng_invitevisit (agent_id, link_id, "on", count) VALUES (%s, %s, %s, 1)'
            ' ON CONFLICT (agent_id, link_id, "on")'
            " DO UPDATE SET count = kameng_invitevisit.count + 1",
            [
                invitation.inviter.pk,
                invitation.link.pk if invitation.link else None,
                timezone.localdate(),
            ],
        )


def _check(agent: Agent, rules: LinkRules) -> None:
    if rules.tier is not None and rules.tier.rank <= agent.tier.rank:
        raise TierNotAllowed(field="tier")
    if rules.expires_on is not None and rules.expires_on < timezone.localdate():
        raise InviteExpired(_("This day is over. Choose today or a later day."), field="expires_on")
