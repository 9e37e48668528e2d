from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class KamengConfig(AppConfig):
    name = "kameng"
    verbose_name = _("Wholesale portal")
