"""`python -m bench --quick`: runs on a server of its own, reports every figure, books clean."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

FIGURES = {
    "purchases / textbook",
    "purchases / textbook, the SKU at hand",
    "purchases under one upline / spread uplines",
    "one order of 10,000 cards",
    "codes of that order / 10,000",
    "import of cards / bare COPY",
    "memory of the import",
    "cost per purchase: 2,000 sold / 100 sold",
}


@pytest.mark.slow
def test_a_quick_benchmark_reports_every_figure_and_leaves_clean_books() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "bench", "--quick"],
        cwd=Path(__file__).parents[2],
        env={**os.environ, "LOG_LEVEL": "ERROR"},
        capture_output=True,
        text=True,
        check=False,
        timeout=400,
    )
    assert ended.returncode == 0, ended.stderr  # 1 when check_ledger finds something
    kept = re.search(r"^Kept in (.+)$", ended.stdout, re.MULTILINE)
    assert kept, ended.stdout
    path = Path(kept[1])
    figures = {figure["name"]: figure for figure in json.loads(path.read_text())["figures"]}
    path.unlink()
    assert figures.keys() == FIGURES
    assert all(figure["value"] > 0 for figure in figures.values())
    assert figures["codes of that order / 10,000"]["reached"]
    assert all(name in ended.stdout for name in FIGURES)
