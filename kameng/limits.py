"""What an agent may order: its own limits, else its tier's, lower until it is verified."""

from __future__ import annotations

from kameng.models import Agent
from orders.limits import Limits, limits_in_force


def limits_of(agent: Agent) -> Limits:
    """The limits that hold for the agent now; reads its tier."""
    return limits_in_force(
        is_verified=agent.verified_at is not None,
        own=agent.own,
        verified=agent.tier.verified,
        unverified=agent.tier.unverified,
    )
