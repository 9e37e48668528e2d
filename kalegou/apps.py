from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class KalegouConfig(AppConfig):
    name = "kalegou"
    verbose_name = _("Retail shop")
