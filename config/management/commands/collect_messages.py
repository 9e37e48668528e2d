"""`manage.py collect_messages`: bring the Chinese catalogue up to date with the code."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from config.messages.catalogue import catalogue_path, collect, save


class Command(BaseCommand):
    help = "Collects every text of code and templates into locale/zh_Hans."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        catalog = collect()
        save(catalog, catalogue_path())
        missing = sum(1 for message in catalog if message.id and not any(message.string or ""))
        self.stdout.write(f"{len(catalog)} texts, {missing} without a translation")
