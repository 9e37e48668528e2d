"""Every page of the wholesale portal, asked for as agents of different places in a large tree.

Pages are taken from the URLconf, so a new one is measured without being named here: it only needs
an example for a part of its address that no other page has. A page that an agent can't open as it
is (it wants a POST, or leads elsewhere) is told as such, never left out silently.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, reverse

from bench.figures import RESULTS
from bench.scale import ROOT
from kameng.models import Agent, SalesMonth
from kameng.urls import app_name, urlpatterns
from orders.models import Order

MOST_MS = 300
MOST_QUERIES = 25
TURNS = 7
# What people do with a page besides opening it: filters, orders, searches, deep pages.
VARIATIONS: Mapping[str, Sequence[str]] = {
    "orders": ("q=138000", "status=completed&since={month_ago}", "page=500"),
    "funds": ("since={month_ago}&until={today}", "page=500"),
    "commissions": ("status=settled", "page=500"),
    "catalogue": ("q=话费",),
    "downline_list": (
        "sort=sales",
        "sort=branch",
        "idle=on",
        "q=云卡",
        "q=13900000777",
        "levels=3&status=suspended",
        "idle=on&sort=branch",
    ),
    "sales": (
        "period=today",
        "period=week&by=branch",
        "period=month&by=branch",
        "period=custom&since={year_ago}&until={today}",
        "period=custom&since={year_ago}&until={today}&by=branch",
    ),
    "ranking": ("month={last_month}",),
}


@dataclass(frozen=True, slots=True)
class Role:
    """Who asks, and what stands for the variable parts of addresses."""

    name: str
    agent: Agent
    examples: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class PageFigure:
    """One page as one agent. `outcome` is "page", or why it isn't one."""

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
    def is_reached(self) -> bool:
        return self.p50_ms <= MOST_MS and self.queries <= MOST_QUERIES


def roles() -> list[Role]:
    """The master above everybody, a level-1 agent with a large branch, a leaf that buys a lot."""
    master = Agent.objects.get(user__username=ROOT)
    level1 = max(Agent.objects.filter(parent=master), key=lambda agent: agent.rght - agent.lft)
    leaves = SalesMonth.objects.filter(agent__level=4, agent__status="active")
    leaf = leaves.order_by("-own_orders").select_related("agent").first()
    assert leaf is not None, "somebody at the bottom has bought something"
    return [
        _role("master", master),
        _role("level 1", level1),
        _role("leaf", Agent.objects.get(pk=leaf.agent_id)),
    ]


def _role(name: str, agent: Agent) -> Role:
    below = Agent.objects.filter(parent=agent).order_by("lft").first()
    order = Order.objects.filter(buyer=agent.user_id).order_by("-id").first()
    examples = {"invite_code": agent.invite_code, "price_history:code": "scale-0-10"}
    examples |= {f"{page}:code": "scale-0" for page in ("product", "quote", "review", "buy")}
    if order is not None:
        examples["order_no"] = order.order_no
    if below is not None:
        examples |= {f"{page}:pk": str(below.pk) for page in _OF_AGENTS}
    return Role(name, agent, examples)


_OF_AGENTS = ("downline_agent", "downline_branch", "transfer")


def measure_pages(*, turns: int = TURNS, only: str = "") -> Iterator[PageFigure]:
    """Every page as every role, or as one; without turns only their queries are counted."""
    for role in [role for role in roles() if only in ("", role.name)]:
        client = Client(HTTP_HOST="localhost")
        client.force_login(role.agent.user, backend="users.backends.PhoneOrUsernameBackend")
        for pattern in urlpatterns:
            yield from _pages_of(client, role, pattern, turns)


def _pages_of(client: Client, role: Role, pattern: URLPattern, turns: int) -> Iterator[PageFigure]:
    name = pattern.name or ""
    parts = {}
    for part in pattern.pattern.converters:
        example = role.examples.get(f"{name}:{part}") or role.examples.get(part)
        if example is None:
            yield PageFigure(name, role.name, "", f"nothing that has a {part}")
            return
        parts[part] = example
    address = reverse(f"{app_name}:{name}", kwargs=parts)
    yield _measured(client, role, name, address, turns)
    today = datetime.now(UTC).date()
    days = {
        "today": today,
        "month_ago": today - timedelta(days=30),
        "year_ago": today - timedelta(days=364),
        "last_month": f"{today.replace(day=1) - timedelta(days=1):%Y-%m}",
    }
    for query in VARIATIONS.get(name, ()):
        asked = query.format(**days)
        yield _measured(client, role, f"{name}?{query}", f"{address}?{asked}", turns)


def _measured(client: Client, role: Role, name: str, address: str, turns: int) -> PageFigure:
    answer = client.get(address)  # the first also fills what a process remembers
    outcome = {200: "page", 302: "leads elsewhere", 405: "not for GET"}.get(answer.status_code)
    if outcome != "page":
        outcome = outcome or f"answers {answer.status_code}"
        return PageFigure(name, role.name, address, outcome)
    with CaptureQueriesContext(connection) as queries:
        _read(client, address)
    count = len(queries)  # now: the next request forgets them
    database_ms = sum(1000 * float(query["time"]) for query in queries.captured_queries)
    times, cpu = [], []
    for _ in range(turns):
        started, used = time.perf_counter(), time.process_time()
        _read(client, address)
        times.append(1000 * (time.perf_counter() - started))
        cpu.append(1000 * (time.process_time() - used))
    return PageFigure(
        name,
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


def _read(client: Client, address: str) -> None:
    answer = client.get(address)
    if answer.streaming:
        for _ in answer:
            pass


def table(figures: Sequence[PageFigure]) -> str:
    """The pages for a terminal, the slowest first; then what isn't a page."""
    pages = sorted((one for one in figures if one.outcome == "page"), key=lambda one: -one.p50_ms)
    lines = [
        f"{'page':58}{'as':10}{'p50 ms':>8}{'max ms':>8}{'cpu':>6}{'sql':>6}{'queries':>9}"
        "  reached",
        "-" * 114,
        *(
            f"{one.page:58}{one.role:10}{one.p50_ms:8.0f}{one.max_ms:8.0f}"
            f"{one.cpu_ms:6.0f}{one.database_ms:6.0f}{one.queries:9}"
            f"  {'yes' if one.is_reached else 'NO'}"
            for one in pages
        ),
        "",
        f"Target: p50 at most {MOST_MS} ms and at most {MOST_QUERIES} queries."
        f" {sum(one.is_reached for one in pages)} of {len(pages)} reach it.",
    ]
    others = [one for one in figures if one.outcome != "page"]
    lines += [f"not measured: {one.page} as {one.role}: {one.outcome}" for one in others]
    return "\n".join(lines)


def save(figures: Sequence[PageFigure], *, directory: Path = RESULTS) -> Path:
    """Write this run as JSON beside the others; return the file."""
    now = datetime.now(UTC)
    path = directory / f"{now:%Y%m%dT%H%M%SZ}-portal.json"
    directory.mkdir(parents=True, exist_ok=True)
    with connection.cursor() as cursor:
        size = {}
        for name, relation in (
            ("agents", "kameng_agent"),
            ("orders", "orders_order"),
            ("postings", "ledger_posting"),
        ):
            cursor.execute(f"SELECT count(*) FROM {relation}")
            size[name] = cursor.fetchone()[0]
    content = {
        "measured_at": now.isoformat(timespec="seconds"),
        "size": size,
        "target_ms": MOST_MS,
        "target_queries": MOST_QUERIES,
        "pages": [asdict(one) | {"reached": one.is_reached} for one in figures],
    }
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n")
    return path
