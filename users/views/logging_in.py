"""Logging in and out by password, signing up: for consumers, agents and staff alike."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth import login, views
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from users import services
from users.errors import PersonError
from users.forms import LogInForm, SignUpForm
from users.models import User
from users.throttling import count_sign_up
from users.views.places import BACKEND, home_of, safe_next


class LogInView(views.LoginView):
    """`next` leads on only within this site; a wrong password keeps the name that was typed."""

    template_name = "users/login.html"
    authentication_form = LogInForm
    redirect_authenticated_user = True

    def get_default_redirect_url(self) -> str:
        """Home of the person's role: agents work in their portal."""
        assert isinstance(self.request.user, User), "somebody has just logged in"
        return home_of(self.request.user) or super().get_default_redirect_url()


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
    destination = safe_next(request)
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
