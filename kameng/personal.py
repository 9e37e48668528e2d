"""What the wholesale side keeps of a person (users/personal.py)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kameng.models import Agent, Application, ApplicationStatus
from users.models import User
from users.personal import Keeping, Rows


def _tables(person: User) -> Mapping[str, Rows]:
    """The agent's own facts; orders and statements are files of their pages."""
    agent = Agent.objects.select_related("tier").filter(user=person).first()
    if agent is None:
        return {}
    facts = {
        "name": agent.name,
        "tier": agent.tier.code,
        "status": agent.status,
    }
    return {"agent": [facts]}


def _obstacles(person: User) -> Iterable[str | Promise]:
    if Agent.objects.filter(user=person).exists():
        yield _("You are an agent, and others' books depend on it: ask customer service to end it.")
    elif Application.objects.filter(user=person, status=ApplicationStatus.PENDING).exists():
        yield _("Your application to become an agent is under review. Withdraw it first.")


def _forget(person: User) -> None:
    """Nothing: whoever has an agent's books can't close the account."""


AGENTS = Keeping(tables=_tables, obstacles=_obstacles, forget=_forget)
