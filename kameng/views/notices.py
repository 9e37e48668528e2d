"""An agent's notices: the inbox, what to hear of, where mail goes."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kameng.access import agents_only, page
from kameng.models import Agent
from kameng.notices import AUDIENCE
from users.errors import PersonError
from users.forms import AddressForm
from users.notices import services
from users.notices.forms import chosen_ways, rows_of_choices
from users.notices.queries import inbox
from users.notices.words import told_of

PAGE_SIZE = 30


@require_safe
@agents_only
def notices(request: HttpRequest, agent: Agent) -> HttpResponse:
    is_unread = request.GET.get("show") == "unread"
    found = inbox(agent.user, AUDIENCE, is_unread=is_unread)
    page_obj = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "page_obj": page_obj,
        "notices": [told_of(notice) for notice in page_obj],
        "is_unread": is_unread,
        "notice_view": "kameng:notice",
    }
    return page(request, agent, "notices", context)


@require_safe
@agents_only
def notice(request: HttpRequest, agent: Agent, pk: int) -> HttpResponse:
    """Mark it as read and go to what it is about."""
    found = services.read(user=agent.user, notice_id=pk)
    if found is None:
        raise Http404(pk)
    return redirect(told_of(found).address or "kameng:notices")


@require_POST
@agents_only
def read_all(request: HttpRequest, agent: Agent) -> HttpResponse:
    services.read_all(user=agent.user, audience=AUDIENCE)
    return redirect("kameng:notices")


@require_http_methods(["GET", "HEAD", "POST"])
@agents_only
def choices(request: HttpRequest, agent: Agent) -> HttpResponse:
    """Which kinds of notices come where."""
    if request.method == "POST":
        services.choose(user=agent.user, ways=chosen_ways(request.POST, AUDIENCE))
        messages.success(request, _("Saved."))
        return redirect("kameng:notice_choices")
    return _choices_page(request, agent, AddressForm(initial={"email": agent.user.email}))


@require_POST
@agents_only
def address(request: HttpRequest, agent: Agent) -> HttpResponse:
    """Where mail goes: an address of the person's own, once confirmed from there."""
    form = AddressForm(request.POST)
    if not form.is_valid():
        return _choices_page(request, agent, form, status=422)
    wanted = form.cleaned_data["email"]
    try:
        if not wanted:
            services.remove_address(user=agent.user)
            messages.success(request, _("You get no more mail from us."))
        elif wanted == agent.user.email:
            messages.success(request, _("Saved."))
        else:
            services.ask_for_address(user=agent.user, address=wanted)
            messages.success(
                request,
                _("We sent a link to %(address)s. Follow it, and your mails go there.")
                % {"address": wanted},
            )
    except PersonError as refusal:
        form.add_error("email", str(refusal))
        return _choices_page(request, agent, form, status=refusal.status)
    return redirect("kameng:notice_choices")


def _choices_page(
    request: HttpRequest, agent: Agent, form: AddressForm, *, status: int = 200
) -> HttpResponse:
    context = {"form": form, "topics": rows_of_choices(agent.user, AUDIENCE)}
    return page(request, agent, "notice_choices", context, status=status)
