"""What stands between a log-in and every page: the second step, and where one is logged in."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from users import devices
from users.models import User

PASSED = "second_factor"  # in the session: for which second factor its code was given


class KnownDevices:
    """Keep the list of a person's devices: seen, logged out; the cookie that knows a browser."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        has_session = settings.SESSION_COOKIE_NAME in request.COOKIES
        before = request.session.get(devices.DEVICE) if has_session else None
        if before is not None and request.user.is_authenticated:
            devices.see(request)
        response = self.get_response(request)
        if before is not None:
            if request.session.get(devices.DEVICE) != before:
                devices.gone(before)
            else:  # the view may have given the session another key
                devices.see(request)
        if token := getattr(request, "browser_token", ""):
            response.set_cookie(
                devices.BROWSER_COOKIE,
                token,
                max_age=devices.BROWSER_COOKIE_SECONDS,
                httponly=True,
                secure=settings.SESSION_COOKIE_SECURE,
                samesite="Lax",
            )
        return response


class SecondStep:
    """Nobody with a second factor gets anywhere before its code, through whichever door they came.

    With STAFF_SECOND_FACTOR the back office is closed to staff who have none: they set it up first.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.page = reverse("users:second_factor")
        self.set_up = reverse("users:set_up_second_factor")
        self.back_office = reverse("admin:index")
        logout = reverse("admin:logout")
        self.always_open = (
            self.page,
            reverse("users:logout"),
            reverse("users:logged_out"),
            logout,
            reverse("set_language"),
            reverse("theme"),
            reverse("healthz"),
        )

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.SESSION_COOKIE_NAME in request.COOKIES and isinstance(request.user, User):
            refusal = self._refusal(request, request.user)
            if refusal is not None:
                return refusal
        return self.get_response(request)

    def _refusal(self, request: HttpRequest, person: User) -> HttpResponse | None:
        if request.path in self.always_open or request.path.startswith(settings.STATIC_URL):
            return None
        if person.second_factor_at:
            return None if has_passed(request, person) else _to(request, self.page)
        is_due = settings.STAFF_SECOND_FACTOR and person.is_staff
        if is_due and request.path.startswith(self.back_office):
            messages.warning(
                request, _("The back office asks everybody for a second step: set it up first.")
            )
            return _to(request, self.set_up)
        return None


def has_passed(request: HttpRequest, person: User) -> bool:
    """Whether this session gave a code of the second factor that is in force."""
    assert person.second_factor_at is not None
    return bool(request.session.get(PASSED) == person.second_factor_at.isoformat())


def passed(request: HttpRequest, person: User) -> None:
    """Remember it in the session, which gets a new key: this one can do more."""
    assert person.second_factor_at is not None
    request.session.cycle_key()
    request.session[PASSED] = person.second_factor_at.isoformat()


def _to(request: HttpRequest, page: str) -> HttpResponse:
    """There, and back afterwards; a part of a page takes the whole page along."""
    wanted = request.get_full_path() if request.method == "GET" else ""
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": page})
    query = f"?{urlencode({'next': wanted})}" if wanted else ""
    return HttpResponseRedirect(page + query)
