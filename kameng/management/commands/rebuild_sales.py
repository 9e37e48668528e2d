"""`manage.py rebuild_sales`: add up the sales of agents anew, from the orders."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from kameng.services.sales import rebuild_sales


class Command(BaseCommand):
    help = "Adds up the sales behind boards and rankings anew, from the orders. Purchases go on."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"Added up {rebuild_sales():,} orders.")
