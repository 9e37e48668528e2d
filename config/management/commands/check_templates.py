"""`manage.py check_templates`: every template of the project compiles."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.template import TemplateDoesNotExist, TemplateSyntaxError
from django.template.loader import get_template
from django.template.utils import get_app_template_dirs


class Command(BaseCommand):
    help = "Compiles every template, so that a broken tag fails here and not before a customer."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        names = list(self._template_names())
        broken = 0
        for name in names:
            try:
                get_template(name)
            except (TemplateSyntaxError, TemplateDoesNotExist) as error:
                broken += 1
                self.stderr.write(f"{name}: {error}")
        if broken:
            raise CommandError(f"{broken} of {len(names)} templates don't compile")
        self.stdout.write(f"{len(names)} templates compile.")

    def _template_names(self) -> Iterator[str]:
        """Names in our own folders; those of installed packages are their makers' business."""
        folders = [settings.BASE_DIR / "templates", *map(Path, get_app_template_dirs("templates"))]
        for folder in folders:
            relative = folder.is_relative_to(settings.BASE_DIR) and folder.relative_to(
                settings.BASE_DIR
            )
            if not relative or relative.parts[0].startswith("."):
                continue
            for path in sorted(folder.rglob("*")):
                if path.is_file() and path.suffix in {".html", ".txt"}:
                    yield path.relative_to(folder).as_posix()
