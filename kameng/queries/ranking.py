"""Who bought most in a month, branches included: among one's own, and among equals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.conf import settings
from django.db import connection

from kameng.models import Agent
from kameng.queries.sales import MONTHS
from kameng.services.sales import sales_are_added_up_to

TOP = 10
SHOWN_BELOW = 100
AROUND = 2  # places before and after one's own


@dataclass(frozen=True, slots=True)
class Place:
    """`own` and `below` are CNY kept after refunds; `name` is masked for whom it isn't meant."""

    agent_id: int
    name: str
    place: int
    own: Decimal
    below: Decimal

    @property
    def branch(self) -> Decimal:
        return self.own + self.below


@dataclass(frozen=True, slots=True)
class Standing:
    """An agent among the agents of its tier: `mine` is None when it has no sales."""

    mine: Place | None
    shown: Sequence[Place]
    with_sales: int
    agents: int


_SUMS = f"""
WITH {MONTHS}, sums AS (
    SELECT agent_id, sum(own) AS own, sum(below) AS below FROM (
        SELECT agent_id, own, below FROM kameng_salesmonth WHERE month = %(month)s
        UNION ALL SELECT agent_id, own, below FROM fresh_month WHERE month = %(month)s) AS rows
    GROUP BY agent_id HAVING sum(own + below) > 0
), placed AS (
    SELECT agent.id, agent.name, rank() OVER (ORDER BY own + below DESC) AS place, own, below,
           row_number() OVER (ORDER BY own + below DESC, agent.id) AS row
    FROM sums JOIN kameng_agent agent ON agent.id = sums.agent_id WHERE {{which}}
)
"""
_BELOW = _SUMS.format(which="agent.parent_id = %(me)s") + (
    f"SELECT id, name, place, own, below FROM placed WHERE row <= {SHOWN_BELOW} ORDER BY row"
)
_EQUALS = _SUMS.format(which="agent.tier_id = %(tier)s") + (
    f"""SELECT id, name, place, own, below, (SELECT count(*) FROM placed) FROM placed
    WHERE row <= {TOP} OR row BETWEEN (SELECT row FROM placed WHERE id = %(me)s) - {AROUND}
        AND (SELECT row FROM placed WHERE id = %(me)s) + {AROUND} ORDER BY row"""
)


def below(agent: Agent, month: date) -> list[Place]:
    """The direct downline with sales, the best first."""
    with connection.cursor() as cursor:
        cursor.execute(_BELOW, _about(agent, month))
        return [Place(*row) for row in cursor.fetchall()]


def standing(agent: Agent, month: date) -> Standing:
    """The agent's own place among everybody of its tier, whose names are masked."""
    with connection.cursor() as cursor:
        cursor.execute(_EQUALS, _about(agent, month))
        rows = cursor.fetchall()
    places = [
        Place(key, name if key == agent.pk else masked(name), *rest)
        for key, name, *rest, _count in rows
    ]
    return Standing(
        mine=next((place for place in places if place.agent_id == agent.pk), None),
        shown=places,
        with_sales=rows[0][-1] if rows else 0,
        agents=Agent.objects.filter(tier=agent.tier_id).count(),
    )


def masked(name: str) -> str:
    """The first character, so that one may recognise oneself and nobody else."""
    return f"{name[:1]}＊＊"


def _about(agent: Agent, month: date) -> dict[str, int | str | date]:
    return {
        "me": agent.pk,
        "tier": agent.tier_id,
        "month": month,
        "zone": settings.TIME_ZONE,
        "near": sales_are_added_up_to(),
    }
