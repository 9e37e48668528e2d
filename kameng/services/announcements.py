"""Reading announcements, and confirming important ones."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from kameng.models import Agent, Announcement, AnnouncementRead
from kameng.queries.announcements import unread


def mark_read(*, agent: Agent, announcement: Announcement) -> None:
    """Remember that the agent has opened it. Safe to repeat and to run twice at once."""
    AnnouncementRead.objects.bulk_create(
        [AnnouncementRead(agent=agent, announcement=announcement)], ignore_conflicts=True
    )


def mark_all_read(*, agent: Agent) -> int:
    """Everything that is shown now is read; important ones still wait to be confirmed."""
    rows = [AnnouncementRead(agent=agent, announcement=row) for row in unread(agent)]
    AnnouncementRead.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


@transaction.atomic
def confirm(*, agent: Agent, announcement: Announcement) -> None:
    """The agent has read and understood it; the first time counts. Safe to repeat."""
    mark_read(agent=agent, announcement=announcement)
    AnnouncementRead.objects.filter(
        agent=agent, announcement=announcement, confirmed_at=None
    ).update(confirmed_at=timezone.now())
