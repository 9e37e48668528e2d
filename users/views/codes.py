"""Logging in by a code sent to one's phone; an unknown number makes an account."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from users import services
from users.codes import pending, send_code, use_code
from users.errors import PersonError
from users.forms import CodeForm, PhoneForm
from users.models import CodePurpose, User
from users.texts.console import on_the_test_phone
from users.throttling import count_sign_up, origin_of
from users.views.places import BACKEND, home_of, landing_of, safe_next

_PURPOSE = CodePurpose.LOG_IN


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def log_in_by_code(request: HttpRequest) -> HttpResponse:
    """The number; the answer is the same whether we know it or not."""
    destination = safe_next(request)
    if isinstance(request.user, User):
        return HttpResponseRedirect(landing_of(request, request.user))
    form, status = PhoneForm(request.POST or None), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                _send(request, form.cleaned_data["phone"], destination)
            except PersonError as error:
                form.add_error("phone", str(error))
                status = error.status
            else:
                return redirect("users:code")
    context = {"form": form, "next": destination, "is_log_in": True, **_words()}
    return render(request, "users/code_phone.html", context, status=status)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def enter_code(request: HttpRequest) -> HttpResponse:
    """The code, and in."""
    waiting = pending.of(request, _PURPOSE)
    if waiting is None:
        return redirect("users:log_in_by_code")
    if "again" in request.POST:
        try:
            _send(request, waiting.phone, waiting.next_path)
        except PersonError as error:
            messages.error(request, str(error))
        return redirect("users:code")
    form, status = CodeForm(request.POST or None), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                person = _enter(request, waiting.phone, form.cleaned_data["code"])
            except PersonError as error:
                form.add_error(error.field if error.field in form.fields else None, str(error))
                status = error.status
            else:
                pending.forget(request, _PURPOSE)
                login(request, person, backend=BACKEND)
                home = home_of(person) or settings.LOGIN_REDIRECT_URL
                return HttpResponseRedirect(waiting.next_path or home)
    context = {
        "form": form,
        "waiting": waiting,
        "wait": pending.wait(waiting.phone),
        **_words(),
    }
    return render(request, "users/code_enter.html", context, status=status)


def _enter(request: HttpRequest, phone: str, typed: str) -> User:
    use_code(purpose=_PURPOSE, phone=phone, typed=typed, origin=origin_of(request))
    if not services.is_known(phone):
        count_sign_up(request)
    return services.enter_by_phone(phone=phone)


def _send(request: HttpRequest, phone: str, destination: str) -> None:
    send_code(
        purpose=_PURPOSE,
        phone=phone,
        origin=origin_of(request),
        email=services.address_of(phone),
    )
    pending.keep(request, _PURPOSE, phone, next_path=destination)


def _words() -> dict[str, str]:
    return {
        "title": _("Log in by code"),
        "intro": _("We send six digits to your phone. A new number becomes an account at once."),
        "button": _("Log in"),
    }


@require_safe
@never_cache
def test_phone(request: HttpRequest) -> HttpResponse:
    """Where messages go in development, so that a person can try everything. Nowhere else."""
    if not settings.DEVELOPMENT or settings.TEXT_BACKEND != "console":
        raise Http404
    phone = request.GET.get("phone", "")
    texts = [text for text in on_the_test_phone() if not phone or text.phone == phone]
    is_part = bool(request.headers.get("HX-Request"))
    template = "users/_test_phone_texts.html" if is_part else "users/test_phone.html"
    return render(request, template, {"texts": texts, "phone": phone})
