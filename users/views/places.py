"""Where people go once they are in."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest
from django.shortcuts import resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.module_loading import import_string

from users.models import User

BACKEND = "users.backends.PhoneOrUsernameBackend"


def home_of(person: User) -> str:
    """Where the person's role is at home; "" for somebody who is at home in the shop."""
    homes = (import_string(path)(person) for path in settings.LOGIN_LANDINGS)
    return next(filter(None, homes), "")


def landing_of(request: HttpRequest, person: User) -> str:
    """Where somebody goes after logging in: where they wanted to, or home."""
    return safe_next(request) or home_of(person) or resolve_url(settings.LOGIN_REDIRECT_URL)


def safe_next(request: HttpRequest) -> str:
    """Where to go afterwards: an address of this site, or nothing."""
    destination = request.POST.get("next") or request.GET.get("next") or ""
    is_safe = url_has_allowed_host_and_scheme(
        destination, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return destination if is_safe else ""
