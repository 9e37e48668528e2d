"""What staff do with agents: suspend, reinstate, give another tier. Each with a reason, audited.

Rows are changed by `update`, never by `save`: a loaded agent's tree numbers may be out of date, and
saving it would write them back.
"""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kameng.errors import NotPossibleNow, ReasonMissing, TierNotAllowed
from kameng.models import Agent, AgentStatus, Tier
from kameng.services.tree import lock_tree_of
from users import audit
from users.models import User
from users.notices import tell


@transaction.atomic
def suspend_agent(*, agent: Agent, actor: User, reason: str) -> None:
    """Stop buying, the API and withdrawals at once; the books are kept.

    Commissions go on accruing and are settled once the agent is reinstated. Its downline goes on
    buying. Raises ReasonMissing or NotPossibleNow.
    """
    reason = _given(reason)
    _move(agent, AgentStatus.ACTIVE, AgentStatus.SUSPENDED, reason=reason)
    tell(agent.user, "wholesale.suspended", reason=reason)
    audit.record(actor=actor, action="suspend_agent", target=f"agent:{agent.pk}", reason=reason)


@transaction.atomic
def reinstate_agent(*, agent: Agent, actor: User, reason: str) -> None:
    """Let a suspended agent buy again; due commissions settle with the next batch.

    Raises ReasonMissing or NotPossibleNow.
    """
    reason = _given(reason)
    _move(agent, AgentStatus.SUSPENDED, AgentStatus.ACTIVE, reason="")
    tell(agent.user, "wholesale.reinstated")
    audit.record(actor=actor, action="reinstate_agent", target=f"agent:{agent.pk}", reason=reason)


@transaction.atomic
def set_tier(*, agent: Agent, tier: Tier, actor: User, reason: str) -> None:
    """Give an agent another tier: new orders have its prices, placed ones keep theirs.

    The tier stays below the upline's and above every direct downline's, also of agents who join or
    are moved at the same time: locks the tree. Raises ReasonMissing or TierNotAllowed.
    """
    reason = _given(reason)
    locked = lock_tree_of(agent)
    must_fit_tier(locked, tier)
    Agent.objects.filter(pk=agent.pk).update(tier=tier)
    tell(locked.user, "wholesale.tier_changed", tier=str(tier))
    audit.record(
        actor=actor,
        action="set_agent_tier",
        target=f"agent:{agent.pk}",
        reason=reason,
        before=locked.tier.code,
        after=tier.code,
    )


def must_fit_tier(agent: Agent, tier: Tier) -> None:
    """Raises what `set_tier` does; for asking beforehand."""
    upline = Agent.objects.select_related("tier").filter(pk=agent.parent_id).first()
    if upline is not None and tier.rank <= upline.tier.rank:
        raise TierNotAllowed(
            _("The tier must be below the upline's tier, %(tier)s.") % {"tier": upline.tier},
            field="tier",
        )
    if agent.direct_downline.filter(tier__rank__lte=tier.rank).exists():
        raise TierNotAllowed(
            _("The tier must be above the tiers of this agent's own direct downline."),
            field="tier",
        )


def _given(reason: str) -> str:
    if not reason.strip():
        raise ReasonMissing(field="reason")
    return reason.strip()


def _move(agent: Agent, old: AgentStatus, new: AgentStatus, *, reason: str) -> None:
    """The row count settles a race: of two people pressing at once, one is told."""
    moved = Agent.objects.filter(pk=agent.pk, status=old).update(
        status=new, suspended_reason=reason
    )
    if not moved:
        raise NotPossibleNow(
            _("%(agent)s is not %(status)s any more.") % {"agent": agent, "status": old.label}
        )
