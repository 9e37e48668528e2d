"""The inbox of a storefront."""

from __future__ import annotations

from django.db.models import QuerySet

from users.models import Notice, User

MOST_COUNTED = 100


def inbox(user: User, audience: str, *, is_unread: bool = False) -> QuerySet[Notice]:
    """Newest first."""
    found = Notice.objects.filter(user=user, audience=audience)
    if is_unread:
        found = found.filter(read_at=None)
    return found.order_by("-pk")


def unread_badge(user: User, audience: str) -> str:
    """How many are unread, for the badge of a navigation: "" for none, "99+" for many."""
    unread = Notice.objects.filter(user=user, audience=audience, read_at=None)
    count = unread.order_by()[:MOST_COUNTED].count()
    return f"{MOST_COUNTED - 1}+" if count >= MOST_COUNTED else str(count or "")
