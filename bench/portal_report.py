"""What was measured of the portal: a table for people, JSON for later."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from django.db import connection

from bench.figures import RESULTS
from bench.portal import MOST_MS, MOST_QUERIES, PageFigure


def table(figures: Sequence[PageFigure]) -> str:
    """The addresses for a terminal, the slowest first; then what wasn't measured."""
    measured = sorted((one for one in figures if one.is_measured), key=lambda one: -one.p50_ms)
    lines = [
        f"{'page':58}{'as':10}{'p50 ms':>8}{'max ms':>8}{'cpu':>6}{'sql':>6}{'queries':>9}"
        "  reached",
        "-" * 114,
        *(
            f"{one.page:58}{one.role:10}{one.p50_ms:8.0f}{one.max_ms:8.0f}"
            f"{one.cpu_ms:6.0f}{one.database_ms:6.0f}{one.queries:9}"
            f"  {'yes' if one.is_reached else 'NO'}"
            for one in measured
        ),
        "",
        f"Target: p50 at most {MOST_MS} ms and at most {MOST_QUERIES} queries."
        f" {sum(one.is_reached for one in measured)} of {len(measured)} reach it;"
        f" {sum(one.cpu_ms + one.database_ms <= MOST_MS for one in measured)} by our processor's"
        " time and the database's.",
    ]
    others = [one for one in figures if not one.is_measured]
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
        "waiting_processes": os.getloadavg()[0],
        "size": size,
        "target_ms": MOST_MS,
        "target_queries": MOST_QUERIES,
        "pages": [asdict(one) | {"reached": one.is_reached} for one in figures],
    }
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n")
    return path
