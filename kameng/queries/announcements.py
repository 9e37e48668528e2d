"""What an agent is told by announcements, and what of it is new."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from kameng.models import Agent, Announcement, AnnouncementRead, Importance

MOST_COUNTED = 100


def announcements(agent: Agent) -> QuerySet[Announcement]:
    """Shown now to an agent of this tier, pinned ones first; each with `is_read`, `is_confirmed`.

    Who joins later isn't told what was over before: it reads it, and it isn't new to it.
    """
    now = timezone.now()
    through = Announcement.tiers.through
    chosen = through.objects.filter(announcement=OuterRef("pk"))
    read = _reads_by(agent)
    return (
        Announcement.objects.filter(
            Q(shown_until=None) | Q(shown_until__gt=now),
            ~Exists(chosen) | Exists(chosen.filter(tier=agent.tier_id)),
            shown_from__lte=now,
        )
        .annotate(
            is_read=Exists(read),
            is_confirmed=Exists(read.filter(confirmed_at__isnull=False)),
        )
        .order_by("-is_pinned", "-shown_from", "-pk")
    )


def _reads_by(agent: Agent) -> QuerySet[AnnouncementRead]:
    return AnnouncementRead.objects.filter(announcement=OuterRef("pk"), agent=agent)


def to_confirm(agent: Agent) -> list[Announcement]:
    """Important ones that the agent hasn't confirmed: on every page until it has."""
    confirmed = _reads_by(agent).filter(confirmed_at__isnull=False)
    waiting = announcements(agent).filter(~Exists(confirmed), importance=Importance.IMPORTANT)
    return list(waiting[:3])


def unread(agent: Agent) -> QuerySet[Announcement]:
    return announcements(agent).filter(~Exists(_reads_by(agent)))


def unread_badge(agent: Agent) -> str:
    """How many are unread, for the badge of the navigation; "" for none."""
    count = unread(agent).order_by()[:MOST_COUNTED].count()
    return f"{MOST_COUNTED - 1}+" if count >= MOST_COUNTED else str(count or "")
