"""`python -m config.supervisor.prepare`: migrate, load the demo world, print it as JSON.

One process for both, because loading Django takes longer than either when there is nothing to do.
"""

from __future__ import annotations

import os

import django
from django.core.management import call_command


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    call_command("migrate", interactive=False, verbosity=0)
    call_command("demo", "--json")


if __name__ == "__main__":
    main()
