"""Conversations with customer service: written, answered, handed over, closed, rated.

Whoever changes a ticket locks its row. A message is never changed. Who may see a ticket is decided
before (kalegou/visitors.py, the admin).
"""

from __future__ import annotations

from collections.abc import Sequence

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from kalegou.aftersale_errors import (
    NothingToRate,
    RatingInvalid,
    TextMissing,
    TicketClosed,
    TooManyPictures,
    TooManyTickets,
)
from kalegou.models import Ticket, TicketMessage, TicketPicture, TicketStatus, TicketTopic
from kalegou.services.telling import tell_buyer
from orders.models import Order
from outbound.numbers import new_number
from users import audit
from users.models import User
from users.uploads import check_picture, digest_of

MAX_TEXT = 2000
MOST_PICTURES = 6
MOST_OPEN = 5


@transaction.atomic
def write_ticket(
    *,
    user: User | None,
    order: Order | None,
    topic: TicketTopic,
    text: str,
    pictures: Sequence[UploadedFile] = (),
) -> Ticket:
    """Begin a conversation; a guest's is about an order. Raises TextMissing, TooManyPictures,
    UploadInvalid, TooManyTickets: nothing is kept then."""
    mine = Q(user=user) if user else Q(order=order)
    if Ticket.objects.filter(mine, claim=None, status=TicketStatus.WAITING).count() >= MOST_OPEN:
        raise TooManyTickets
    return begin(user=user, order=order, topic=topic, text=text, pictures=pictures)


def begin(
    *,
    user: User | None,
    order: Order | None,
    topic: TicketTopic,
    text: str,
    pictures: Sequence[UploadedFile],
) -> Ticket:
    """A new ticket with its first message, in the caller's transaction."""
    ticket = Ticket.objects.create(
        ticket_no=new_number("T"),
        user=user,
        order=order,
        topic=topic,
        waiting_since=timezone.now(),
    )
    _say(ticket, author=user, is_staff=False, text=text, pictures=pictures)
    return ticket


@transaction.atomic
def write_message(
    *, ticket: Ticket, user: User | None, text: str, pictures: Sequence[UploadedFile] = ()
) -> TicketMessage:
    """The buyer goes on, and waits for us. Raises as write_ticket does, and TicketClosed."""
    ticket = _locked(ticket)
    if ticket.status == TicketStatus.CLOSED:
        raise TicketClosed
    message = _say(ticket, author=user, is_staff=False, text=text, pictures=pictures)
    if ticket.status != TicketStatus.WAITING:
        ticket.status, ticket.waiting_since = TicketStatus.WAITING, timezone.now()
        ticket.save(update_fields=["status", "waiting_since"])
    return message


@transaction.atomic
def answer_ticket(*, ticket: Ticket, text: str, actor: User, closes: bool = False) -> None:
    """A person of ours answers: the clock of the promise stops, and the buyer is told.

    Raises TextMissing. Audited.
    """
    ticket = _locked(ticket)
    answer(ticket, text=text, actor=actor, closes=closes)
    if getattr(ticket, "claim", None) is None:
        tell_buyer("ticket_answered", user=ticket.user, order=ticket.order, number=ticket.ticket_no)


def answer(ticket: Ticket, *, text: str, actor: User, closes: bool = False) -> None:
    """The same inside a caller's transaction that has the ticket locked, and tells by itself."""
    now = timezone.now()
    _say(ticket, author=actor, is_staff=True, text=text, pictures=())
    ticket.first_answer_at = ticket.first_answer_at or now
    ticket.waiting_since = None
    ticket.assignee = ticket.assignee or actor
    ticket.status = TicketStatus.CLOSED if closes else TicketStatus.ANSWERED
    ticket.closed_at = now if closes else None
    ticket.save()
    _audit(ticket, actor, "answer_ticket")


@transaction.atomic
def hand_over(*, ticket: Ticket, to: User | None, actor: User, reason: str = "") -> None:
    """Give a ticket to a colleague, or back to everybody (None). Audited."""
    ticket = _locked(ticket)
    ticket.assignee = to
    ticket.save(update_fields=["assignee"])
    _audit(ticket, actor, "hand_over_ticket", reason=reason, to=to.username if to else "")


@transaction.atomic
def close_ticket(*, ticket: Ticket, actor: User | None, is_staff: bool = False) -> None:
    """Nothing more is to be said. Safe to repeat."""
    ticket = _locked(ticket)
    if ticket.status == TicketStatus.CLOSED:
        return
    ticket.status, ticket.waiting_since = TicketStatus.CLOSED, None
    ticket.closed_at = timezone.now()
    ticket.save(update_fields=["status", "waiting_since", "closed_at"])
    if is_staff:
        _audit(ticket, actor, "close_ticket")


@transaction.atomic
def rate_ticket(*, ticket: Ticket, stars: int, text: str) -> None:
    """The buyer says how it was, once, after an answer. Raises RatingInvalid, NothingToRate."""
    if not 1 <= stars <= 5:
        raise RatingInvalid(field="stars")
    ticket = _locked(ticket)
    if ticket.first_answer_at is None or ticket.rating is not None:
        raise NothingToRate
    ticket.rating, ticket.rating_text = stars, text.strip()[:300]
    ticket.rated_at = timezone.now()
    ticket.save(update_fields=["rating", "rating_text", "rated_at"])


def _locked(ticket: Ticket) -> Ticket:
    rows = Ticket.objects.select_for_update(no_key=True, of=("self",))
    return rows.select_related("user", "order", "claim").get(pk=ticket.pk)


def _say(
    ticket: Ticket,
    *,
    author: User | None,
    is_staff: bool,
    text: str,
    pictures: Sequence[UploadedFile],
) -> TicketMessage:
    text = text.replace("\0", "").strip()
    if not 1 <= len(text) <= MAX_TEXT:
        raise TextMissing(field="text")
    if len(pictures) > MOST_PICTURES:
        raise TooManyPictures(field="pictures")
    for picture in pictures:
        check_picture(picture)
    message = TicketMessage.objects.create(
        ticket=ticket, author=author, is_staff=is_staff, text=text
    )
    for picture in pictures:
        TicketPicture.objects.create(message=message, file=picture, sha256=digest_of(picture))
    return message


def _audit(ticket: Ticket, actor: User | None, action: str, reason: str = "", **more: str) -> None:
    audit.record(
        actor=actor, action=action, target=f"ticket:{ticket.ticket_no}", reason=reason, **more
    )
