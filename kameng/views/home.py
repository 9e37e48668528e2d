"""The front door: a welcome for strangers, the dashboard for agents."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from catalog.queries import visible_categories
from kameng.access import agent_of, agents_only, page
from kameng.models import Agent, Application
from kameng.queries.announcements import unread
from kameng.queries.checklist import Checklist, checklist
from kameng.queries.commissions import commission_totals
from kameng.queries.dashboard import figures, watched_wares
from kameng.queries.deliveries import paused_by_failure
from kameng.queries.diligence import papers_to_renew
from kameng.queries.orders import orders_of
from kameng.services.checklist import close_checklist

LATEST = 8
NEWS = 4
SHORTCUTS = 8


@require_safe
@never_cache
def home(request: HttpRequest) -> HttpResponse:
    agent = agent_of(request)
    if agent is None:
        if (
            request.user.is_authenticated
            and Application.objects.filter(user=request.user.pk).exists()
        ):
            return redirect("kameng:application")
        return render(request, "kameng/welcome.html")
    return _dashboard(request, agent)


def _dashboard(request: HttpRequest, agent: Agent) -> HttpResponse:
    shown = figures(agent)
    return page(
        request,
        agent,
        "dashboard",
        {
            "figures": shown,
            "papers": papers_to_renew(agent),
            "checklist": _checklist(agent),
            "news": list(unread(agent)[:NEWS]),
            "commissions": commission_totals(agent),
            "wares": watched_wares(agent) if agent.is_active else [],
            "quick": [c for c in visible_categories() if c.parent_id is None][:SHORTCUTS],
            "paused_endpoints": list(paused_by_failure(agent)),
            "latest_orders": list(orders_of(agent.user)[:LATEST]),
        },
    )


def _checklist(agent: Agent) -> Checklist | None:
    """Until it is complete, or dismissed; a suspended agent can't do any of it."""
    found = checklist(agent) if agent.is_active else None
    if found is not None and found.is_complete:
        close_checklist(agent=agent)
        return None
    return found


@require_POST
@agents_only
def dismiss_checklist(request: HttpRequest, agent: Agent) -> HttpResponse:
    close_checklist(agent=agent)
    return redirect("kameng:home")


@require_safe
@agents_only
def more(request: HttpRequest, agent: Agent) -> HttpResponse:
    """What the bottom navigation of a phone has no room for."""
    return page(request, agent, "more")
