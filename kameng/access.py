"""Who may open a page of the portal, and the frame that every page shares."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.views.decorators.cache import never_cache

from kameng.models import Agent
from kameng.notices import AUDIENCE
from kameng.queries import announcements
from users.models import User
from users.notices.queries import unread_badge

View = Callable[..., HttpResponseBase]


def agent_of(request: HttpRequest) -> Agent | None:
    """The logged-in person's agent with its tier and wallet, in one query."""
    if not isinstance(request.user, User):
        return None
    found: Agent | None = (
        Agent.objects.select_related("user", "tier", "wallet").filter(user=request.user).first()
    )
    return found


def landing(user: User) -> str:
    """Where an agent goes after logging in (settings.LOGIN_LANDINGS); "" for anybody else."""
    return reverse("kameng:home") if Agent.objects.filter(user=user).exists() else ""


def agents_only(view: View) -> View:
    """Pages of approved agents; the view gets the agent after the request.

    A suspended agent may still read its books. Others go to log in, or to their application.
    """

    @never_cache
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        agent = agent_of(request)
        if agent is None:
            return redirect("kameng:application")
        return view(request, agent, *args, **kwargs)

    return guarded


def active_agents_only(view: View) -> View:
    """Pages that a suspended agent can't use: buying, paying in, inviting."""

    @agents_only
    @wraps(view)
    def guarded(request: HttpRequest, agent: Agent, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not agent.is_active:
            return page(request, agent, "suspended", status=403)
        return view(request, agent, *args, **kwargs)

    return guarded


def page(
    request: HttpRequest,
    agent: Agent,
    name: str,
    context: Mapping[str, object] | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    """A page in the portal's frame, which shows the agent and what can be spent."""
    frame: dict[str, object] = {
        "agent": agent,
        "agent_balance": spendable(agent),
        "to_confirm": SimpleLazyObject(lambda: announcements.to_confirm(agent)),
        "unread_announcements": SimpleLazyObject(lambda: announcements.unread_badge(agent)),
        "unread_notices": SimpleLazyObject(lambda: unread_badge(agent.user, AUDIENCE)),
        **(context or {}),
    }
    return render(request, f"kameng/{name}.html", frame, status=status)


def spendable(agent: Agent) -> Any:
    """What the agent can spend now (CNY): the balance above the wallet's floor."""
    balance = agent.wallet.balance
    assert balance is not None, "a wallet is guarded"
    return balance - agent.wallet.floor
