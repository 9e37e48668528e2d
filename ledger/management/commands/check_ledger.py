"""`manage.py check_ledger`: verify every invariant of the books; exit 1 when one is broken."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand

from ledger.checking import run_all


class Command(BaseCommand):
    help = "Verify every invariant of the books; exit 1 and name the rows when one is broken."

    def handle(self, *args: Any, **options: Any) -> None:
        results = run_all()
        width = max(len(result.name) for result in results)
        for result in results:
            verdict = "BROKEN" if result.problems else "ok"
            self.stdout.write(f"{result.name:<{width}}  {result.checked:>10}  {verdict}")
            for problem in result.problems:
                self.stdout.write(f"    {problem}")
        broken = sum(bool(result.problems) for result in results)
        if broken:
            self.stdout.write(f"{broken} of {len(results)} invariants are broken.")
            sys.exit(1)
        self.stdout.write(f"All {len(results)} invariants hold.")
