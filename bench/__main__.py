"""`python -m bench [--quick]`: run the benchmark, print the table, keep it in bench/results/."""

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
    is_quick: bool = parser.parse_args().quick
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


if __name__ == "__main__":
    sys.exit(main())
