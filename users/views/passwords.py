"""Another password, by the one of now or by a code; and the e-mail address."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render, resolve_url
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from users import devices, services
from users.codes import pending, send_code, use_code
from users.errors import PersonError
from users.forms import ChangePasswordForm, NewPasswordForm, PhoneForm
from users.models import CodePurpose, User
from users.notices import services as notices
from users.throttling import origin_of
from users.views.places import home_of, landing_of


@sensitive_post_parameters("current", "new")
@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def change_password(request: HttpRequest) -> HttpResponse:
    """Another password; this session goes on, all others of the person end."""
    person = request.user
    assert isinstance(person, User), "nobody else gets in"
    destination = landing_of(request, person)
    if not person.has_usable_password() and person.phone:
        return redirect("users:new_password")
    form = ChangePasswordForm(request, request.POST or None, person=person)
    if request.method == "POST" and form.is_valid():
        services.change_password(person=person, new=form.cleaned_data["new"])
        devices.end_others(person=person, keep=request.session.get(devices.DEVICE))
        update_session_auth_hash(request, person)
        messages.success(
            request, _("Your password is changed. Other devices have to log in again.")
        )
        return HttpResponseRedirect(destination)
    context = {"form": form, "next": destination}
    return render(request, "users/password.html", context, status=422 if form.errors else 200)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def new_password(request: HttpRequest) -> HttpResponse:
    """Forgotten, or never chosen: a code proves the number. Says the same for every number."""
    own = request.user.phone if isinstance(request.user, User) else None
    form = PhoneForm(request.POST or None, initial={"phone": own})
    if request.method == "POST" and form.is_valid():
        phone = form.cleaned_data["phone"]
        try:
            _send(request, phone)
        except PersonError as error:
            form.add_error("phone", str(error))
            return render(request, _PHONE, {"form": form, **_words()}, status=error.status)
        return redirect("users:choose_password")
    status = 422 if form.errors else 200
    return render(request, _PHONE, {"form": form, **_words()}, status=status)


@sensitive_post_parameters("new")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def choose_password(request: HttpRequest) -> HttpResponse:
    """The code, and the next password."""
    waiting = pending.of(request, CodePurpose.NEW_PASSWORD)
    if waiting is None:
        return redirect("users:new_password")
    if "again" in request.POST:
        try:
            _send(request, waiting.phone)
        except PersonError as error:
            messages.error(request, str(error))
        return redirect("users:choose_password")
    form = NewPasswordForm(request.POST or None, phone=waiting.phone)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                use_code(
                    purpose=CodePurpose.NEW_PASSWORD,
                    phone=waiting.phone,
                    typed=form.cleaned_data["code"],
                    origin=origin_of(request),
                )
                person = services.replace_password(
                    phone=waiting.phone, new=form.cleaned_data["new"]
                )
            except PersonError as error:
                form.add_error(error.field, str(error))
                status = error.status
            else:
                return _password_replaced(request, person)
    context = {"form": form, "waiting": waiting, "wait": pending.wait(waiting.phone), **_words()}
    return render(request, "users/code_enter.html", context, status=status)


_PHONE = "users/code_phone.html"


def _words() -> dict[str, str]:
    return {
        "title": _("Choose a new password"),
        "intro": _("We send a code to the mobile number of your account."),
        "button": _("Save the new password"),
    }


def _send(request: HttpRequest, phone: str) -> None:
    person = User.objects.filter(phone=phone, is_active=True).first()
    send_code(
        purpose=CodePurpose.NEW_PASSWORD,
        phone=phone,
        origin=origin_of(request),
        reaches=person is not None,
        email=person.email if person else "",
    )
    pending.keep(request, CodePurpose.NEW_PASSWORD, phone)


def _password_replaced(request: HttpRequest, person: User) -> HttpResponse:
    pending.forget(request, CodePurpose.NEW_PASSWORD)
    here = request.session.get(devices.DEVICE) if request.user == person else None
    devices.end_others(person=person, keep=here)
    messages.success(request, _("Your password is changed. Other devices have to log in again."))
    if request.user == person:
        update_session_auth_hash(request, person)
        return HttpResponseRedirect(landing_of(request, person))
    return redirect("users:login")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def confirm_address(request: HttpRequest, token: str) -> HttpResponse:
    """The link in a mail to a new address; one press more, since mail programs open links too."""
    try:
        person, address = notices.address_in(token)
        if request.method == "POST":
            notices.confirm_address(token=token)
    except PersonError as error:
        return render(request, "users/address.html", {"error": error}, status=error.status)
    context = {
        "person": person,
        "address": address,
        "is_done": request.method == "POST",
        "home": home_of(person) or resolve_url(settings.LOGIN_REDIRECT_URL),
    }
    return render(request, "users/address.html", context)
