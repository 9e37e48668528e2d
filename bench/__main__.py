"""`python -m bench [--portal | --promises] [--quick]`: measure, print a table, keep it as JSON.

Without `--portal`: purchases and imports against bare SQL. With it: every page of the wholesale
portal over 100,000 agents, a million orders and ten million postings (bench/scale.py). With
`--promises`: seconds to delivery and to the refund, at 20 orders a second (bench/promises.py).
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from bench.server import own_server


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "--quick",
        action="store_true",
        help="small numbers, in under a minute: shows that it works, proves nothing",
    )
    parser.add_argument(
        "--portal", action="store_true", help="measure the pages of the wholesale portal"
    )
    parser.add_argument(
        "--seeded",
        action="store_true",
        help="with --portal: in the database of DATABASE_URL, filled by python -m bench.scale",
    )
    parser.add_argument(
        "--only",
        nargs="*",
        default=[],
        help='with --portal: names of pages (ranking) and of who asks (master, "level 1", leaf)',
    )
    parser.add_argument(
        "--promises", action="store_true", help="measure seconds to delivery and to the refund"
    )
    parser.add_argument(
        "--per-second", type=float, default=20, help="with --promises: orders a second"
    )
    options = parser.parse_args()
    if options.promises:
        return _promises(is_quick=options.quick, per_second=options.per_second)
    if options.portal:
        return _portal(is_quick=options.quick, is_seeded=options.seeded, only=options.only)
    is_quick: bool = options.quick
    with own_server() as server:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
        # Only now: settings read the address of the server from the environment.
        import django

        django.setup()
        from bench.figures import save, table
        from bench.run import FULL, QUICK, measure

        figures, broken = measure(server, QUICK if is_quick else FULL)
    path = save(figures, is_quick=is_quick)
    print(f"\n{table(figures)}\n\nKept in {path}")
    for problem in broken:
        print(f"check_ledger: {problem}", file=sys.stderr)
    return 1 if broken else 0


def _promises(*, is_quick: bool, per_second: float) -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    os.environ.setdefault("LOG_LEVEL", "ERROR")
    from bench.product import own_product

    with own_product() as sandbox:
        # Only now: settings read the addresses of the product from the environment.
        import django

        django.setup()
        from bench.figures import save, table
        from bench.history import broken_invariants
        from bench.promises import figures, measure

        found = figures(measure(sandbox, seconds=3 if is_quick else 60, per_second=per_second))
        broken = broken_invariants()
    path = save(found, is_quick=is_quick)
    print(f"\n{table(found)}\n\nKept in {path}")
    for problem in broken:
        print(f"check_ledger: {problem}", file=sys.stderr)
    return 1 if broken else 0


def _portal(*, is_quick: bool, is_seeded: bool, only: Sequence[str]) -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    os.environ.setdefault("LOG_LEVEL", "ERROR")
    if is_seeded:
        return _measure_portal(turns=1 if is_quick else None, only=only)
    with own_server():
        # Only now: settings read the address of the server from the environment.
        import django

        django.setup()
        from django.core.management import call_command

        from bench.desk import lay_out
        from bench.history import broken_invariants
        from bench.scale import ROWS, Size, seed

        call_command("migrate", verbosity=0, skip_checks=True)
        seed(Size(agents=300, orders=2_000, days=60, statement=2_000) if is_quick else Size())
        lay_out(rows=5 if is_quick else ROWS)
        broken = broken_invariants()
        for problem in broken:
            print(f"check_ledger: {problem}", file=sys.stderr)
        return _measure_portal(turns=1 if is_quick else None, only=only) or bool(broken)


def _measure_portal(*, turns: int | None = None, only: Sequence[str] = ()) -> int:
    import django

    django.setup()
    from django.db import connections

    from bench.portal import TURNS, measure_pages, problems
    from bench.portal_report import save, table

    figures = list(measure_pages(turns=turns or TURNS, only=only))
    print(f"\n{table(figures)}\n\nKept in {save(figures)}")
    connections.close_all()
    found = problems(figures)
    for problem in found:
        print(problem, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
