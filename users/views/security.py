"""The safety of an account on one page: the log-in, the second step, the devices."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from users import devices
from users.browsers import browser_of, is_phone
from users.second_factor import recovery_codes_left
from users.views.confirming import person_of
from users.views.places import home_of

MOST_SHOWN = 50


@login_required
@never_cache
@require_safe
def security(request: HttpRequest) -> HttpResponse:
    person = person_of(request)
    here = request.session.get(devices.DEVICE)
    context = {
        "person": person,
        "codes_left": recovery_codes_left(person) if person.second_factor_at else 0,
        "devices": [
            (device, browser_of(device.user_agent), is_phone(device.user_agent), device.pk == here)
            for device in devices.devices_of(person)[:MOST_SHOWN]
        ],
        "home": home_of(person) or resolve_url("kalegou:account"),
    }
    return render(request, "users/security.html", context)


@login_required
@require_POST
def end_device(request: HttpRequest, pk: int) -> HttpResponse:
    """Log one device out; one's own is logged out by the ordinary way."""
    if devices.end_one(person=person_of(request), device_id=pk):
        messages.success(request, _("That device is logged out."))
    return redirect("users:security")


@login_required
@require_POST
def end_others(request: HttpRequest) -> HttpResponse:
    ended = devices.end_others(person=person_of(request), keep=request.session.get(devices.DEVICE))
    messages.success(
        request,
        ngettext("%(count)d device is logged out.", "%(count)d devices are logged out.", ended)
        % {"count": ended},
    )
    return redirect("users:security")
