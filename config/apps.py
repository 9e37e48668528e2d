"""Start-up of the project itself."""

from __future__ import annotations

from django.apps import AppConfig


class AdminSetupConfig(AppConfig):
    """Registers the production checks."""

    name = "config"
    label = "config"

    def ready(self) -> None:
        from config import checks  # noqa: F401  (registers itself)
