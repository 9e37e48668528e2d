"""Every address of the wholesale portal, asked for by people of different places in a large tree.

Addresses are taken from the URLconf, so a new one is measured without being named here: it only
needs an example for a part of its address (bench/roles.py), and one that takes a POST only says
what is sent (bench/actions.py). What nobody could be measured at is a failure: `problems` names it.
"""

from __future__ import annotations

import re
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice

from django.db import connection, transaction
from django.http import HttpResponseBase
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, reverse

from bench.actions import what_is_sent
from bench.roles import Role, roles
from kameng.urls import app_name, urlpatterns

MOST_MS = 300
MOST_QUERIES = 25
TURNS = 7
PAGE, ACTION = "page", "action"
_FILTERED = re.compile(r"[?&](?!page=|sort=)")
MEASURED = (PAGE, ACTION)
# What people do with a page besides opening it: filters, orders, searches, deep pages.
VARIATIONS: Mapping[str, Sequence[str]] = {
    "orders": ("q=138000", "status=completed&since={month_ago}", "page=300", "sort=total"),
    "funds": (
        "since={month_ago}&until={today}",
        "since={year_ago}&until={today}",
        "kind=commission",
        "kind=deposit&since={year_ago}",
        "q=no-such-thing",
        "page=300",
    ),
    "commissions": (
        "status=settled",
        "status=pending",
        "page=300",
        "since={month_ago}",
        "since={year_ago}&until={today}",
        "q=话费",
        "q=nobody",
    ),
    "catalogue": ("q=话费", "q=hf", "q=nothing"),
    "codes": ("state=unsold", "state=sold", "q=SCALE000000012", "page=100"),
    "jobs": ("status=finished&source=portal", "page=50"),
    "job": ("outcome=refused", "q=138000"),
    "plans": ("status=cancelled", "page=50"),
    "plan": ("outcome=skipped",),
    "transfers": ("direction=sent", "q=nobody"),
    "withdrawals": ("status=cancelled", "q=nobody"),
    "bank_deposits": ("status=cancelled", "page=50"),
    "notices": ("show=unread", "page=100"),
    "invited": ("status=rejected",),
    "delivery_log": ("state=told", "state=given_up", "page=100"),
    "announcements": ("show=unread",),
    "prices": ("q=话费",),
    "settlements": ("page=50",),
    "downline_list": (
        "sort=sales",
        "sort=branch",
        "idle=on",
        "idle=on&sort=sales",
        "q=云卡",
        "q=nobody",
        "q=13900000777",
        "levels=3&status=suspended",
        "levels=1&sort=branch",
        "idle=on&sort=branch",
        "sort=sales&after={zero}",
    ),
    "sales": (
        "period=today",
        "period=week&by=branch",
        "period=month&by=branch",
        "period=custom&since={year_ago}&until={today}",
        "period=custom&since={year_ago}&until={today}&by=category",
        "period=custom&since={year_ago}&until={today}&by=branch",
    ),
    "ranking": ("month={last_month}",),
}
# A page whose bare address leads elsewhere shows itself with this.
_ASKED: Mapping[str, str] = {"deposit_result": "payment={payment}"}
# Addresses that always lead on: to what a notice is about.
_LEADS_ON = ("notice",)
_ROLES_WITHOUT_AGENT = ("home", "apply", "apply_invited", "application", "document",
                        "withdraw_application")  # fmt: skip


@dataclass(frozen=True, slots=True)
class PageFigure:
    """One address as one role. `outcome` is "page" or "action", or why it wasn't measured."""

    page: str
    role: str
    address: str
    outcome: str
    p50_ms: float = 0
    max_ms: float = 0
    # What a busy machine doesn't change: our processor's time, and the database's, once.
    cpu_ms: float = 0
    database_ms: float = 0
    queries: int = 0
    times_ms: Sequence[float] = field(default_factory=tuple)

    @property
    def is_measured(self) -> bool:
        return self.outcome in MEASURED

    @property
    def is_reached(self) -> bool:
        return self.p50_ms <= MOST_MS and self.queries <= MOST_QUERIES


def measure_pages(
    *, turns: int = TURNS, only: Sequence[str] = (), with_variations: bool = True
) -> Iterator[PageFigure]:
    """Every address as every role; without turns only their queries are counted.

    `only`: names of roles and of pages; those of a kind that isn't named are all meant.
    """
    known = roles()
    wanted_roles = [role for role in known if role.name in only] or known
    names = set(only) - {role.name for role in known}
    for role in wanted_roles:
        client = Client(HTTP_HOST="localhost")
        client.force_login(role.user, backend="users.backends.PhoneOrUsernameBackend")
        for pattern in urlpatterns:
            if names and pattern.name not in names:
                continue
            if role.agent is not None or pattern.name in _ROLES_WITHOUT_AGENT:
                found = _addresses_of(client, role, pattern, turns)
                yield from found if with_variations else islice(found, 1)


def _addresses_of(
    client: Client, role: Role, pattern: URLPattern, turns: int
) -> Iterator[PageFigure]:
    name = pattern.name or ""
    parts = {}
    for part in pattern.pattern.converters:
        example = role.examples.get(f"{name}:{part}") or role.examples.get(part)
        if example is None:
            yield PageFigure(name, role.name, "", f"nothing that has a {part}")
            return
        parts[part] = example
    address = reverse(f"{app_name}:{name}", kwargs=parts)
    days = _days() | {"payment": role.examples.get("payment", "")}
    asked = _ASKED[name].format(**days) if name in _ASKED else ""
    yield _measured(client, role, name, f"{address}?{asked}" if asked else address, turns)
    for query in VARIATIONS.get(name, ()):
        yield _measured(
            client, role, name, f"{address}?{query.format(**days)}", turns, told=f"{name}?{query}"
        )


def _days() -> dict[str, str]:
    today = datetime.now(UTC).date()
    return {
        "today": f"{today}",
        "month_ago": f"{today - timedelta(days=30)}",
        "year_ago": f"{today - timedelta(days=364)}",
        "last_month": f"{today.replace(day=1) - timedelta(days=1):%Y-%m}",
        "zero": "0~999999999",
    }


def _measured(
    client: Client, role: Role, name: str, address: str, turns: int, told: str = ""
) -> PageFigure:
    told = told or name

    def get() -> HttpResponseBase:
        if name == "fresh_secret":  # shown once: as if the key had just been made
            session = client.session
            session["fresh_secret"] = ["key", int(role.examples.get("rotate_key:pk", 0))]
            session.save()
        return _read(client.get(address))

    answer = get()  # the first also fills what a process remembers
    if answer.status_code == 405:
        return _action(client, role, name, address, turns)
    leads_on = name in _LEADS_ON and answer.status_code == 302
    if answer.status_code != 200 and not leads_on:
        outcomes = {302: "leads elsewhere", 403: "not for this one"}
        outcome = outcomes.get(answer.status_code, f"answers {answer.status_code}")
        return PageFigure(told, role.name, address, outcome)
    return _timed(told, role, address, PAGE, get, turns)


def _action(client: Client, role: Role, name: str, address: str, turns: int) -> PageFigure:
    """Send a form, and take back what it did, so that the next turn finds the same."""
    data = what_is_sent(name)
    if data is None:
        return PageFigure(name, role.name, address, "takes a POST, and nobody says what is sent")

    def post() -> HttpResponseBase:
        with transaction.atomic():
            answer = _read(client.post(address, data))
            transaction.set_rollback(True)
        return answer

    answer = post()
    if answer.status_code not in (200, 302):
        return PageFigure(name, role.name, address, f"answers {answer.status_code}")
    return _timed(name, role, address, ACTION, post, turns)


def _timed(
    told: str,
    role: Role,
    address: str,
    outcome: str,
    ask: Callable[[], HttpResponseBase],
    turns: int,
) -> PageFigure:
    with CaptureQueriesContext(connection) as queries:
        ask()
    count = len(queries)  # now: the next request forgets them
    database_ms = sum(1000 * float(query["time"]) for query in queries.captured_queries)
    times, cpu = [], []
    for _ in range(turns):
        started, used = time.perf_counter(), time.process_time()
        ask()
        cpu.append(1000 * (time.process_time() - used))
        times.append(1000 * (time.perf_counter() - started))
    return PageFigure(
        told,
        role.name,
        address,
        outcome,
        statistics.median(times or [0]),
        max(times, default=0),
        min(cpu, default=0),
        database_ms,
        count,
        times,
    )


def _read(answer: HttpResponseBase) -> HttpResponseBase:
    if answer.streaming:
        for _ in answer:
            pass
    return answer


def problems(figures: Sequence[PageFigure]) -> list[str]:
    """What makes a run worthless or the portal wrong, whatever the times are."""
    measured = {one.page for one in figures if one.is_measured}
    asked = {one.page for one in figures}
    found = [f"{page} could not be measured as anybody" for page in sorted(asked - measured)]
    found += [
        f"{one.page} as {one.role}: {one.outcome}"
        for one in figures
        if one.outcome.startswith("answers")
    ]
    # Two agents that may do the same, one with long lists and one with short ones. A page with
    # few rows may ask for what fills it up; what a filter leaves of short lists may be nothing.
    large, small = (
        {one.page: one for one in figures if one.role == name and one.is_measured}
        for name in ("level 1", "small")
    )
    found += [
        f"{page}: {large[page].queries} statements with long lists, {small[page].queries} with"
        " short ones"
        for page in sorted(large.keys() & small.keys())
        if large[page].queries > small[page].queries and not _FILTERED.search(page)
    ]
    return found
