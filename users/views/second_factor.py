"""The second step of logging in: its code, setting it up, recovery codes, switching it off."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from users import second_factor as factor
from users.errors import PersonError
from users.forms import FactorForm
from users.middleware import has_passed, passed
from users.views.confirming import person_of, recently_confirmed
from users.views.places import landing_of, safe_next


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def second_step(request: HttpRequest) -> HttpResponse:
    """After the password: the code of the app, or a recovery code."""
    person = person_of(request)
    if not person.second_factor_at or has_passed(request, person):
        return HttpResponseRedirect(landing_of(request, person))
    form, status = FactorForm(request.POST or None), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                factor.check(person=person, typed=form.cleaned_data["code"])
            except PersonError as error:
                form.add_error("code", str(error))
                status = error.status
            else:
                passed(request, person)
                return HttpResponseRedirect(landing_of(request, person))
    context = {"form": form, "next": safe_next(request)}
    return render(request, "users/second_step.html", context, status=status)


@login_required
@recently_confirmed
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def set_up(request: HttpRequest) -> HttpResponse:
    """The QR code for the app; its first code puts it in force, and shows the recovery codes."""
    person = person_of(request)
    form, status = FactorForm(request.POST or None, is_set_up=True), 200
    try:
        secret = factor.begin(person=person)
        if request.method == "POST":
            status = 422
            if form.is_valid():
                codes = factor.confirm(person=person, typed=form.cleaned_data["code"])
                passed(request, person)
                return _show_codes(request, codes)
    except factor.FactorInForce as error:
        messages.info(request, str(error))
        return redirect("users:security")
    except PersonError as error:
        form.add_error("code", str(error))
        status = error.status
    context = {
        "form": form,
        "secret": " ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
        "address": factor.app_address(person=person, secret=secret),
    }
    return render(request, "users/second_factor_setup.html", context, status=status)


@login_required
@recently_confirmed
@never_cache
@require_POST
def renew_codes(request: HttpRequest) -> HttpResponse:
    """Ten new recovery codes, shown this once."""
    try:
        codes = factor.renew_recovery_codes(person=person_of(request))
    except PersonError as error:
        messages.error(request, str(error))
        return redirect("users:security")
    return _show_codes(request, codes)


@login_required
@recently_confirmed
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def switch_off(request: HttpRequest) -> HttpResponse:
    """Takes a code once more: a session that was left open isn't enough."""
    person = person_of(request)
    if not person.second_factor_at:
        return redirect("users:security")
    if person.is_staff and settings.STAFF_SECOND_FACTOR:
        messages.error(request, _("Staff need the second step, so it can't be switched off."))
        return redirect("users:security")
    form, status = FactorForm(request.POST or None), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                factor.switch_off(person=person, typed=form.cleaned_data["code"])
            except PersonError as error:
                form.add_error("code", str(error))
                status = error.status
            else:
                messages.success(request, _("The second step is switched off."))
                return redirect("users:security")
    return render(request, "users/second_factor_off.html", {"form": form}, status=status)


def _show_codes(request: HttpRequest, codes: list[str]) -> HttpResponse:
    return render(request, "users/recovery_codes.html", {"codes": codes, "text": "\n".join(codes)})
