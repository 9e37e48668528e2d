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


# Whose months are looked at comes first, so that nobody else's are added up.
_SUMS = f"""
WITH {MONTHS}, chosen AS MATERIALIZED (
    SELECT id FROM kameng_agent WHERE {{which}}
), sums AS MATERIALIZED (
    SELECT agent_id, sum(own) AS own, sum(below) AS below, sum(own + below) AS branch FROM (
        SELECT agent_id, own, below FROM kameng_salesmonth
        WHERE month = %(month)s AND agent_id IN (SELECT id FROM chosen)
        UNION ALL
        SELECT agent_id, own, below FROM fresh_month
        WHERE month = %(month)s AND agent_id IN (SELECT id FROM chosen)) AS rows
    GROUP BY agent_id HAVING sum(own + below) > 0
)
"""
_PLACE = "(SELECT count(*) + 1 FROM sums higher WHERE higher.branch > shown.branch)"
_BELOW = _SUMS.format(which="parent_id = %(me)s") + (
    f"""SELECT agent.id, agent.name, {_PLACE}, own, below
    FROM (SELECT * FROM sums ORDER BY branch DESC, agent_id LIMIT {SHOWN_BELOW}) AS shown
    JOIN kameng_agent agent ON agent.id = shown.agent_id ORDER BY branch DESC, agent.id"""
)
# The best, and those around one's own place: nearest above and nearest below.
_EQUALS = _SUMS.format(which="tier_id = %(tier)s") + (
    f""", mine AS (SELECT branch, agent_id FROM sums WHERE agent_id = %(me)s), shown AS (
        (SELECT * FROM sums ORDER BY branch DESC, agent_id LIMIT {TOP})
        UNION (SELECT sums.* FROM sums, mine
            WHERE sums.branch > mine.branch
                OR sums.branch = mine.branch AND sums.agent_id <= mine.agent_id
            ORDER BY sums.branch, sums.agent_id DESC LIMIT {AROUND + 1})
        UNION (SELECT sums.* FROM sums, mine
            WHERE sums.branch < mine.branch
                OR sums.branch = mine.branch AND sums.agent_id > mine.agent_id
            ORDER BY sums.branch DESC, sums.agent_id LIMIT {AROUND}))
    SELECT agent.id, agent.name, {_PLACE}, own, below, (SELECT count(*) FROM sums)
    FROM shown JOIN kameng_agent agent ON agent.id = shown.agent_id
    ORDER BY branch DESC, agent.id"""
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
