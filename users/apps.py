from __future__ import annotations

from typing import TYPE_CHECKING

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.http import HttpRequest

    from users.models import User


class UsersConfig(AppConfig):
    name = "users"
    verbose_name = _("People")

    def ready(self) -> None:
        """Django's own hook is the one place that every log-in passes, the back office's too."""
        from django.contrib.auth.signals import user_logged_in

        user_logged_in.connect(_remember, dispatch_uid="users.devices")


def _remember(sender: object, request: HttpRequest, user: User, **_more: object) -> None:
    from users.devices import remember

    remember(request, user)
