"""Being through with the checklist for beginners."""

from __future__ import annotations

from kameng.models import Agent, ChecklistDismissal


def close_checklist(*, agent: Agent) -> None:
    """Don't show it any more: everything is done, or the agent doesn't want it. Safe to repeat.

    Remembered, so that the dashboard of an old agent doesn't look for a beginner's facts.
    """
    ChecklistDismissal.objects.bulk_create([ChecklistDismissal(agent=agent)], ignore_conflicts=True)
