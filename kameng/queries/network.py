"""An agent's downline: a tree that opens branch by branch, and a list to search and filter."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import Count
from django.utils import timezone

from kameng.models import Agent
from kameng.queries.sales import MONTHS, MonthSales, months_of
from kameng.sales_sql import FRESH
from kameng.services.sales import sales_are_added_up_to
from users.phones import normalise_mobile

IDLE_DAYS = 30
# Counting stops here: "1,000+" says as much as the exact number, and takes no longer with more.
COUNTED_TO = 1000
SORTS = ("joined", "sales", "branch")
_MOMENT = re.compile(r"20\d\d-[01]\d-[0-3]\d [0-2]\d:[0-5]\d:[0-5]\d(\.\d{1,6})?\+00", re.ASCII)
_AMOUNT = re.compile(r"-?\d{1,16}(\.\d{1,4})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Member:
    """One agent below `me`: `levels` 1 is direct; `path` are the agents between, from the top."""

    agent: Agent
    levels: int
    direct: int
    all: int
    sales: MonthSales  # this month's
    path: Sequence[Agent] = ()


@dataclass(frozen=True, slots=True)
class DownlineSize:
    direct: int
    all: int


def size_of(agent: Agent) -> DownlineSize:
    """All levels come from the tree's numbering, so only the direct downline is counted."""
    return DownlineSize(direct=agent.direct_downline.count(), all=_below(agent))


def _below(agent: Agent) -> int:
    return (agent.rght - agent.lft - 1) // 2


def this_month() -> date:
    return timezone.localdate().replace(day=1)


def is_below(me: Agent, other: Agent) -> bool:
    return me.pk in other.upline_ids


def members(me: Agent, agents: Iterable[Agent], *, with_path: bool = False) -> list[Member]:
    """These agents with this month's sales and what is below them, in three statements at most."""
    shown = list(agents)
    keys = [agent.pk for agent in shown]
    if not keys:
        return []
    counts = Agent.objects.filter(parent__in=keys).order_by().values_list("parent")
    direct = dict(counts.annotate(number=Count("pk")))
    month = this_month()
    sales = months_of(keys, first=month, last=month)
    between = {agent.pk: _between(me, agent) for agent in shown} if with_path else {}
    names = Agent.objects.in_bulk({key for path in between.values() for key in path})
    return [
        Member(
            agent,
            levels=agent.level - me.level,
            direct=direct.get(agent.pk, 0),
            all=_below(agent),
            sales=sales.get((agent.pk, month), MonthSales()),
            path=[names[key] for key in between.get(agent.pk, ())],
        )
        for agent in shown
    ]


def _between(me: Agent, other: Agent) -> list[int]:
    """The agents on the way from `me` down to another, both left out."""
    return list(reversed(other.upline_ids[: other.upline_ids.index(me.pk)]))


def path_to(me: Agent, other: Agent) -> list[Agent]:
    keys = _between(me, other)
    found = Agent.objects.in_bulk(keys)
    return [found[key] for key in keys]


def branch(parent: Agent, *, after: int = 0, most: int) -> tuple[list[Agent], int | None]:
    """The direct downline in the order of the tree, after a place; and the place to go on from."""
    found = Agent.objects.filter(parent=parent, lft__gt=after).select_related("tier")
    rows = list(found.order_by("lft")[: most + 1])
    return rows[:most], rows[most - 1].lft if len(rows) > most else None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for below an agent. `idle`: bought nothing for 30 days."""

    text: str = ""
    tier: int | None = None
    levels: int | None = None
    status: str = ""
    idle: bool = False
    sort: str = "joined"

    @property
    def is_filtered(self) -> bool:
        return bool(self.text or self.tier or self.levels or self.status or self.idle)


@dataclass(frozen=True, slots=True)
class Found:
    agents: Sequence[Agent]
    next: str  # where the next page begins; empty: this is the last one
    count: int
    is_more: bool  # there are more than were counted


_IDLE = """
NOT EXISTS (SELECT FROM kameng_salesday kept WHERE kept.agent_id = agent.id
            AND kept.scope = 'own' AND kept.day > %(idle_since)s AND kept.orders > 0)
AND NOT EXISTS (SELECT FROM fresh WHERE fresh.agent_id = agent.id
                AND fresh.day > %(idle_since)s AND fresh.orders > 0)"""
_MONTH = f"""{MONTHS}, month AS (
    SELECT agent_id, sum(own) AS own, sum(own + below) AS branch FROM (
        SELECT agent_id, own, below FROM kameng_salesmonth WHERE month = %(month)s
        UNION ALL SELECT agent_id, own, below FROM fresh_month WHERE month = %(month)s) AS rows
    GROUP BY agent_id)"""


def search(me: Agent, wanted: Wanted, *, after: str, most: int) -> Found:
    """A page of the agents below that are looked for, by the chosen order.

    A page begins after a value and a key, not after a number of rows, so the hundredth is as fast
    as the first.
    """
    rows = _run(me, wanted, after=_cursor(after, wanted.sort), most=most + 1)
    keys = [key for key, _ in rows[:most]]
    found = Agent.objects.select_related("tier", "user").in_bulk(keys)
    last = rows[most - 1] if len(rows) > most else None
    count = _count(me, wanted)
    return Found(
        [found[key] for key in keys],
        next=f"{last[1]}~{last[0]}" if last else "",
        count=min(count, COUNTED_TO),
        is_more=count > COUNTED_TO,
    )


def each(me: Agent, wanted: Wanted, *, batch: int = 2000) -> Iterator[Member]:
    """All of them, a batch at a time: for a download."""
    after = ""
    while True:
        found = search(me, wanted, after=after, most=batch)
        yield from members(me, found.agents, with_path=True)
        after = found.next
        if not after:
            return


def _cursor(after: str, sort: str) -> tuple[str, int] | None:
    """The value and the key that an address says; None for what no page of ours has said."""
    value, _, key = after.rpartition("~")
    known = _MOMENT if sort == "joined" else _AMOUNT
    if not known.fullmatch(value) or not key.isascii() or not key.isdecimal() or len(key) > 18:
        return None
    return value, int(key)


def _conditions(me: Agent, wanted: Wanted) -> tuple[list[str], dict[str, Any]]:
    conditions = ["agent.tree_id = %(tree)s", "agent.lft > %(lft)s", "agent.rght < %(rght)s"]
    about: dict[str, Any] = {
        "tree": me.tree_id,
        "lft": me.lft,
        "rght": me.rght,
        "zone": settings.TIME_ZONE,
        "near": sales_are_added_up_to(),
        "month": this_month(),
        "idle_since": timezone.localdate() - timedelta(days=IDLE_DAYS),
    }
    if wanted.text:
        conditions.append(
            "(agent.name ILIKE %(pattern)s OR agent.invite_code = %(code)s OR agent.user_id ="
            " (SELECT person.id FROM users_user person WHERE person.phone = %(phone)s))"
        )
        escaped = "".join(f"\\{c}" if c in "\\%_" else c for c in wanted.text)
        about |= {
            "pattern": f"%{escaped}%",
            "code": wanted.text.upper(),
            "phone": normalise_mobile(wanted.text),
        }
    if wanted.tier:
        conditions.append("agent.tier_id = %(tier)s")
        about["tier"] = wanted.tier
    if wanted.levels:
        conditions.append("agent.level = %(level)s")
        about["level"] = me.level + wanted.levels
    if wanted.status:
        conditions.append("agent.status = %(status)s")
        about["status"] = wanted.status
    if wanted.idle:
        conditions.append(_IDLE)
    return conditions, about


def _run(
    me: Agent, wanted: Wanted, *, after: tuple[str, int] | None, most: int
) -> list[tuple[int, str]]:
    conditions, about = _conditions(me, wanted)
    with_: list[str] = []
    join = ""
    if wanted.sort == "joined":
        value, kind = "agent.approved_at", "timestamptz"
    else:
        value = f"coalesce(month.{'own' if wanted.sort == 'sales' else 'branch'}, 0)"
        kind = "numeric"
        with_, join = [_MONTH], "LEFT JOIN month ON month.agent_id = agent.id"
    if wanted.idle and not with_:
        with_ = [FRESH]
    if after:
        conditions.append(f"({value}, agent.id) < (%(value)s::{kind}, %(key)s)")
        about |= {"value": after[0], "key": after[1]}
    sql = f"""{"WITH " + with_[0] if with_ else ""}
        SELECT agent.id, {value}::text FROM kameng_agent agent {join}
        WHERE {" AND ".join(conditions)} ORDER BY {value} DESC, agent.id DESC LIMIT {most}"""
    with connection.cursor() as cursor:
        cursor.execute(sql, about)
        rows: list[tuple[int, str]] = cursor.fetchall()
    return rows


def _count(me: Agent, wanted: Wanted) -> int:
    if not wanted.is_filtered:
        return _below(me)
    conditions, about = _conditions(me, wanted)
    sql = f"""{"WITH " + FRESH if wanted.idle else ""}
        SELECT count(*) FROM (SELECT FROM kameng_agent agent
            WHERE {" AND ".join(conditions)} LIMIT {COUNTED_TO + 1}) AS rows"""
    with connection.cursor() as cursor:
        cursor.execute(sql, about)
        found: int = cursor.fetchone()[0]
    return found
