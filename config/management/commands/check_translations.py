"""`manage.py check_translations`: every text has a Chinese translation that can be shown."""

from __future__ import annotations

from typing import Any

from babel.messages.pofile import PoFileError
from django.core.management.base import BaseCommand, CommandError

from config.messages.catalogue import catalogue_path, problems


class Command(BaseCommand):
    help = "Fails when a text has no Chinese translation, or a translation is broken."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            found = list(problems())
        except PoFileError as error:
            raise CommandError(f"{catalogue_path()} is not a valid catalogue: {error}") from error
        for line in found:
            self.stderr.write(line)
        if found:
            raise CommandError(f"{len(found)} texts to mend: `make messages`, then translate them")
        self.stdout.write("Every text has a translation.")
