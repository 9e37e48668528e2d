"""The agents below, and inviting more."""

from __future__ import annotations

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from kameng.access import active_agents_only, agents_only, page
from kameng.forms.filters import DownlineFilter
from kameng.models import Agent
from kameng.queries.network import downline as find_downline
from kameng.queries.network import downline_size, members
from kameng.services.applications import possible_tiers

PAGE_SIZE = 30


@require_safe
@agents_only
def downline(request: HttpRequest, agent: Agent) -> HttpResponse:
    is_direct = request.GET.get("show") != "all"
    form = DownlineFilter(request.GET)
    text = form.cleaned_data["q"] if form.is_valid() else ""
    found = find_downline(agent, is_direct=is_direct, text=text)
    page_obj = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    return page(
        request,
        agent,
        "downline",
        {
            "form": form,
            "text": text,
            "is_direct": is_direct,
            "size": downline_size(agent),
            "page_obj": page_obj,
            "members": members(agent, page_obj),
        },
    )


@require_safe
@active_agents_only
def invite(request: HttpRequest, agent: Agent) -> HttpResponse:
    address = settings.BASE_URL + reverse("kameng:apply_invited", args=[agent.invite_code])
    return page(request, agent, "invite", {"address": address, "tiers": possible_tiers(agent)})
