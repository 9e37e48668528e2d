"""`python -m bench [--portal] [--quick]`: run a benchmark, print its table, keep it as JSON.

Without `--portal`: purchases and imports against bare SQL. With it: every page of the wholesale
portal over 100,000 agents, a million orders and ten million postings (bench/scale.py).
"""

from __future__ import annotations

import argparse
import os
import sys

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
    options = parser.parse_args()
    if options.portal:
        return _portal(is_quick=options.quick, is_seeded=options.seeded)
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


def _portal(*, is_quick: bool, is_seeded: bool) -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    os.environ.setdefault("LOG_LEVEL", "ERROR")
    if is_seeded:
        return _measure_portal()
    with own_server():
        # Only now: settings read the address of the server from the environment.
        import django

        django.setup()
        from django.core.management import call_command

        from bench.history import broken_invariants
        from bench.scale import Size, seed

        call_command("migrate", verbosity=0, skip_checks=True)
        seed(Size(agents=300, orders=2_000, days=60) if is_quick else Size())
        broken = broken_invariants()
        for problem in broken:
            print(f"check_ledger: {problem}", file=sys.stderr)
        return _measure_portal(turns=1 if is_quick else None) or bool(broken)


def _measure_portal(*, turns: int | None = None) -> int:
    import django

    django.setup()
    from django.db import connections

    from bench.portal import TURNS, measure_pages, save, table

    figures = list(measure_pages(turns=turns or TURNS))
    print(f"\n{table(figures)}\n\nKept in {save(figures)}")
    connections.close_all()
    return 0


if __name__ == "__main__":
    sys.exit(main())
