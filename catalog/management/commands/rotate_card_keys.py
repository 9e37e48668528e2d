"""`manage.py rotate_card_keys`: put everything that is sealed under the first of CARD_KEYS."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from catalog.rotation import reseal, sealed_columns


class Command(BaseCommand):
    help = (
        "Re-seal cards and secrets under the first of CARD_KEYS, so that the others can be dropped."
        " Safe to stop and start again, and while the shop is open."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        broken_count = 0
        for column in sealed_columns():
            for progress in reseal(column):
                if self.stdout.isatty():
                    self.stdout.write(f"{column.table}: {progress.resealed_count:,}", ending="\r")
            self.stdout.write(f"{column.table}: {progress.resealed_count:,} re-sealed.")
            if progress.broken_count:
                broken_count += progress.broken_count
                rows = ", ".join(str(row_id) for row_id in progress.broken)
                self.stderr.write(f"{column.table}: can't unseal rows {rows}")
        if broken_count:
            raise CommandError(
                f"{broken_count} values can't be unsealed with any of CARD_KEYS, and were left as"
                " they are. Keep the old keys until that is explained."
            )
        self.stdout.write("Everything is sealed under the first key: the others can be dropped.")
