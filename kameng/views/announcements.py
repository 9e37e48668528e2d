"""Announcements, as agents read them."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from kameng.access import agents_only, page
from kameng.models import Agent
from kameng.queries import announcements as queries
from kameng.services import announcements as services

PAGE_SIZE = 20


@require_safe
@agents_only
def announcements(request: HttpRequest, agent: Agent) -> HttpResponse:
    is_unread = request.GET.get("show") == "unread"
    found = queries.unread(agent) if is_unread else queries.announcements(agent)
    page_obj = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {"page_obj": page_obj, "is_unread": is_unread}
    return page(request, agent, "announcements", context)


@require_safe
@agents_only
def announcement(request: HttpRequest, agent: Agent, pk: int) -> HttpResponse:
    """One of them; opening it marks it as read."""
    found = get_object_or_404(queries.announcements(agent), pk=pk)
    services.mark_read(agent=agent, announcement=found)
    return page(request, agent, "announcement", {"announcement": found})


@require_POST
@agents_only
def confirm(request: HttpRequest, agent: Agent, pk: int) -> HttpResponse:
    found = get_object_or_404(queries.announcements(agent), pk=pk)
    services.confirm(agent=agent, announcement=found)
    messages.success(request, _("Thank you. It stays in the list of announcements."))
    return redirect("kameng:announcement", found.pk)


@require_POST
@agents_only
def read_all(request: HttpRequest, agent: Agent) -> HttpResponse:
    services.mark_all_read(agent=agent)
    return redirect("kameng:announcements")
