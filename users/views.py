"""Logging in and out, signing up, another password: for consumers, agents and staff alike."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, update_session_auth_hash, views
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from users import services
from users.errors import PersonError
from users.forms import ChangePasswordForm, LogInForm, SignUpForm
from users.models import User
from users.notices import services as notices
from users.throttling import count_sign_up

BACKEND = "users.backends.PhoneOrUsernameBackend"


class LogInView(views.LoginView):
    """`next` leads on only within this site; a wrong password keeps the name that was typed."""

    template_name = "users/login.html"
    authentication_form = LogInForm
    redirect_authenticated_user = True

    def get_default_redirect_url(self) -> str:
        """Home of the person's role: agents work in their portal."""
        assert isinstance(self.request.user, User), "somebody has just logged in"
        return _home_of(self.request.user) or super().get_default_redirect_url()


class LogOutView(views.LogoutView):
    """By POST only, so that no picture on another site logs people out."""

    def get_default_redirect_url(self) -> str:
        return reverse("users:logged_out")


@require_safe
@never_cache
def logged_out(request: HttpRequest) -> HttpResponse:
    return render(request, "users/logged_out.html")


@sensitive_post_parameters("password")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_up(request: HttpRequest) -> HttpResponse:
    """Make an account and log in with it."""
    destination = _safe_next(request)
    if request.user.is_authenticated:
        return HttpResponseRedirect(destination or resolve_url(settings.LOGIN_REDIRECT_URL))
    form, status = SignUpForm(request.POST or None), 200
    if request.method == "POST" and form.is_valid():
        try:
            count_sign_up(request)
            person = services.sign_up(**form.cleaned_data)
        except PersonError as error:
            form.add_error(error.field, str(error))
            status = error.status
        else:
            login(request, person, backend=BACKEND)
            return HttpResponseRedirect(destination or resolve_url(settings.LOGIN_REDIRECT_URL))
    context = {"form": form, "next": destination}
    return render(request, "users/signup.html", context, status=status)


@sensitive_post_parameters("current", "new")
@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def change_password(request: HttpRequest) -> HttpResponse:
    """Another password; this session goes on, all others of the person end."""
    person = request.user
    assert isinstance(person, User), "nobody else gets in"
    destination = (
        _safe_next(request) or _home_of(person) or resolve_url(settings.LOGIN_REDIRECT_URL)
    )
    form = ChangePasswordForm(request, request.POST or None, person=person)
    if request.method == "POST" and form.is_valid():
        services.change_password(person=person, new=form.cleaned_data["new"])
        update_session_auth_hash(request, person)
        messages.success(
            request, _("Your password is changed. Other devices have to log in again.")
        )
        return HttpResponseRedirect(destination)
    context = {"form": form, "next": destination}
    return render(request, "users/password.html", context, status=422 if form.errors else 200)


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
        "home": _home_of(person) or resolve_url(settings.LOGIN_REDIRECT_URL),
    }
    return render(request, "users/address.html", context)


def _home_of(person: User) -> str:
    """Where the person's role is at home; "" for somebody who is at home in the shop."""
    homes = (import_string(path)(person) for path in settings.LOGIN_LANDINGS)
    return next(filter(None, homes), "")


def _safe_next(request: HttpRequest) -> str:
    """Where to go afterwards: an address of this site, or nothing."""
    destination = request.POST.get("next") or request.GET.get("next") or ""
    is_safe = url_has_allowed_host_and_scheme(
        destination, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return destination if is_safe else ""
