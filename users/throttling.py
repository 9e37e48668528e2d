"""How often one may try: wrong passwords and new accounts."""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Mapping
from contextlib import suppress

from axes.attempts import get_cool_off_threshold
from axes.handlers.database import AxesDatabaseHandler
from axes.models import AccessAttempt
from django.conf import settings
from django.core.cache import cache
from django.db.models import Sum
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from users.addresses import client_address
from users.errors import PersonError
from users.models import User
from users.phones import normalise_mobile

HOUR_SECONDS = 3600
_NAME_LENGTH = 255  # of axes' column


class TooManySignUps(PersonError):
    code = "too_many_sign_ups"
    status = 429
    message = _(
        "Many accounts were made from your network within this hour, so we wait a little."
        " Please try again in an hour. You can buy without an account."
    )


class LogInGuard(AxesDatabaseHandler):
    """Closes the door to one name from one address, and to an address that tries many names.

    axes knows one limit for all that it counts, so an address's failures are scaled down to it:
    AXES_FAILURE_LIMIT is reached at LOGIN_FAILURES_PER_ADDRESS of them.
    """

    def get_failures(
        self, request: HttpRequest, credentials: Mapping[str, object] | None = None
    ) -> int:
        of_name: int = super().get_failures(request, credentials)
        address = origin_of(request)
        if address is None:
            return of_name
        recent = AccessAttempt.objects.filter(
            ip_address=address, attempt_time__gte=get_cool_off_threshold(request)
        )
        failures = int(recent.aggregate(total=Sum("failures_since_start"))["total"] or 0)
        limit: int = settings.AXES_FAILURE_LIMIT
        scaled = failures * limit // int(settings.LOGIN_FAILURES_PER_ADDRESS)
        return max(of_name, scaled)


def account_name(request: HttpRequest, credentials: Mapping[str, object] | None) -> str | None:
    """The account that a log-in is for, whichever way its number or name was typed."""
    typed = (credentials or request.POST).get("username")
    if typed is None:
        return None
    login = str(typed).replace("\0", "").strip()
    person = User.objects.by_login(login)
    return person.username if person else (normalise_mobile(login) or login)[:_NAME_LENGTH]


def origin_of(request: HttpRequest) -> str | None:
    """Whom to count attempts for; None when it can't be told, and then only names are counted.

    An IPv6 customer has a network of 2**64 addresses: it counts as one.
    """
    address = client_address(request)
    if ":" in address:
        return str(ipaddress.ip_network(f"{address}/64", strict=False).network_address)
    return address or None


def count_sign_up(request: HttpRequest) -> None:
    """Count one attempt to make an account. Raises TooManySignUps."""
    origin = origin_of(request)
    if origin is None:
        return
    if count(f"sign-ups:{origin}", seconds=HOUR_SECONDS) > settings.SIGN_UPS_PER_HOUR:
        raise TooManySignUps


def count(name: str, *, seconds: int) -> int:
    """Count one more in the window of so many seconds that it is now; return how many there are.

    Everybody who counts at once gets another number.
    """
    key = f"{name}:{int(time.time()) // seconds}"
    while True:
        cache.add(key, 0, timeout=2 * seconds)
        with suppress(ValueError):  # forgotten in between: begin anew
            return int(cache.incr(key))


def counted(name: str, *, seconds: int) -> int:
    """How many `count` has counted in the window that it is now."""
    return int(cache.get(f"{name}:{int(time.time()) // seconds}", 0))
