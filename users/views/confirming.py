"""Before something that changes who may come in: the person proves once more who it is."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from users.codes import pending, send_code, use_code
from users.devices import CONFIRMED
from users.errors import PersonError
from users.forms import CodeForm, PasswordAgainForm
from users.models import CodePurpose, User
from users.throttling import origin_of
from users.views.places import safe_next

GOOD_FOR_SECONDS = 10 * 60
View = Callable[..., HttpResponseBase]


def person_of(request: HttpRequest) -> User:
    assert isinstance(request.user, User), "nobody else gets in"
    return request.user


def recently_confirmed(view: View) -> View:
    """For views of logged-in people who proved who they are within the last ten minutes."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        if time.time() - request.session.get(CONFIRMED, 0) < GOOD_FOR_SECONDS:
            return view(request, *args, **kwargs)
        is_page = request.method in ("GET", "HEAD")
        wanted = request.get_full_path() if is_page else reverse("users:security")
        return redirect(f"{reverse('users:confirm')}?{urlencode({'next': wanted})}")

    return guarded


@sensitive_post_parameters("password")
@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest) -> HttpResponse:
    """The password once more; for who has none, a code sent to their phone."""
    person = person_of(request)
    wanted = safe_next(request) or reverse("users:security")
    by_code = not person.has_usable_password()
    form = _form(request, by_code=by_code)
    status, problem = 200, ""
    if request.method == "POST":
        try:
            if by_code and "send" in request.POST:
                send_code(
                    purpose=CodePurpose.CONFIRM,
                    phone=person.phone or "",
                    origin=origin_of(request),
                    email=person.email,
                )
            elif form.is_valid():
                if by_code:
                    use_code(
                        purpose=CodePurpose.CONFIRM,
                        phone=person.phone or "",
                        typed=form.cleaned_data["code"],
                        origin=origin_of(request),
                    )
                request.session[CONFIRMED] = int(time.time())
                return HttpResponseRedirect(wanted)
            else:
                status = 422
        except PersonError as error:
            status = error.status
            if error.field in form.fields and form.is_bound:
                form.add_error(error.field, str(error))
            else:
                problem = str(error)
    context = {
        "form": form,
        "by_code": by_code,
        "problem": problem,
        "next": wanted,
        "phone": person.phone,
        "wait": pending.wait(person.phone) if by_code and person.phone else 0,
        "title": _("Confirm that it's you"),
    }
    return render(request, "users/confirm.html", context, status=status)


def _form(request: HttpRequest, *, by_code: bool) -> CodeForm | PasswordAgainForm:
    posted = request.POST if request.method == "POST" and "send" not in request.POST else None
    return CodeForm(posted) if by_code else PasswordAgainForm(request, posted)
