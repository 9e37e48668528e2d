"""What a member wants to hear of, and where mail goes; the inbox is kalegou.views.inbox."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from users.errors import PersonError
from users.forms import AddressForm
from users.models import User
from users.notices import services
from users.notices.forms import chosen_ways, rows_of_choices

AUDIENCE = "retail"


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def choices(request: HttpRequest) -> HttpResponse:
    """Which kinds of notices come where."""
    person = _person(request)
    if request.method == "POST":
        services.choose(user=person, ways=chosen_ways(request.POST, AUDIENCE))
        messages.success(request, _("Saved."))
        return redirect("kalegou:notice_choices")
    return _choices_page(request, person, AddressForm(initial={"email": person.email}))


@login_required
@require_POST
def address(request: HttpRequest) -> HttpResponse:
    """Where mail goes: an address of the person's own, once confirmed from there."""
    person = _person(request)
    form = AddressForm(request.POST)
    if not form.is_valid():
        return _choices_page(request, person, form, status=422)
    wanted = form.cleaned_data["email"]
    try:
        if not wanted:
            services.remove_address(user=person)
            messages.success(request, _("You get no more mail from us."))
        elif wanted == person.email:
            messages.success(request, _("Saved."))
        else:
            services.ask_for_address(user=person, address=wanted)
            messages.success(
                request,
                _("We sent a link to %(address)s. Follow it, and your mails go there.")
                % {"address": wanted},
            )
    except PersonError as refusal:
        form.add_error("email", str(refusal))
        return _choices_page(request, person, form, status=refusal.status)
    return redirect("kalegou:notice_choices")


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User), "these pages are for logged-in people"
    return request.user


def _choices_page(
    request: HttpRequest, person: User, form: AddressForm, *, status: int = 200
) -> HttpResponse:
    context = {"form": form, "person": person, "topics": rows_of_choices(person, AUDIENCE)}
    return render(request, "kalegou/notice_choices.html", context, status=status)
