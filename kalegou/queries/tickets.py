"""Reads about tickets, for the buyer's pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from kalegou.models import Ticket, TicketMessage, TicketPicture
from orders.models import Order


@dataclass(frozen=True, slots=True)
class Said:
    """One message of a conversation."""

    who: str
    is_staff: bool
    text: str
    at: datetime
    pictures: Sequence[TicketPicture]


def conversation(ticket: Ticket) -> Sequence[Said]:
    """Everything that was said, oldest first. Two queries. Staff have no names here."""
    messages = TicketMessage.objects.filter(ticket=ticket).prefetch_related("pictures")
    return [
        Said(
            who=_("Customer service") if one.is_staff else _("You"),
            is_staff=one.is_staff,
            text=one.text,
            at=one.created_at,
            pictures=list(one.pictures.all()),
        )
        for one in messages.order_by("pk")
    ]


def tickets_of(*, user_id: int | None, orders: QuerySet[Order]) -> QuerySet[Ticket]:
    """The tickets of a person, and of a guest's orders; newest first."""
    mine = Q(order__in=orders.filter(buyer=None), user=None)
    if user_id is not None:
        mine |= Q(user=user_id)
    return (
        Ticket.objects.filter(mine).select_related("order__sku__product", "claim").order_by("-pk")
    )
