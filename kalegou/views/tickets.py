"""Customer service: quick answers from the order's facts, then a person."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from catalog.models import DeliveryKind
from kalegou.aftersale_errors import TextMissing
from kalegou.models import Ticket, TicketPicture, TicketStatus, TicketTopic
from kalegou.order_pages import order_title
from kalegou.queries.first_answers import first_answers_of_days
from kalegou.queries.order_service import OrderService
from kalegou.queries.tickets import conversation, tickets_of
from kalegou.quick_answers import quick_answers
from kalegou.service_promises import FIRST_ANSWER_WITHIN
from kalegou.services.ticketing import (
    MAX_TEXT,
    MOST_PICTURES,
    close_ticket,
    rate_ticket,
    write_message,
    write_ticket,
)
from kalegou.views.conversations import of_own_order, own_ticket, pictures_of, shown_again
from kalegou.visitors import Visitor, visitor_of
from orders.models import Order, OrderStatus
from users import audit
from users.errors import PersonError
from users.models import User
from users.uploads import ACCEPTED_PICTURES, private_file

PAGE_SIZE = 20
_TOPICS = {
    OrderStatus.AWAITING_PAYMENT: TicketTopic.PAYMENT,
    OrderStatus.CANCELLED: TicketTopic.PAYMENT,
    OrderStatus.FAILED: TicketTopic.FAILED,
}


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@of_own_order
def order_help(request: HttpRequest, visitor: Visitor, order: Order) -> HttpResponse:
    """What we know already, and a question to a person if that isn't it."""
    refusal = None
    if request.method == "POST":
        refusal, ticket = _write(request, visitor.user, order)
        if ticket is not None:
            return redirect("kalegou:ticket", ticket.ticket_no)
    topic = _TOPICS.get(OrderStatus(order.status), TicketTopic.NOT_ARRIVED)
    if topic == TicketTopic.NOT_ARRIVED and order.kind == DeliveryKind.CARD:
        topic = TicketTopic.CODE
    context = {
        **_form_context(request, topic),
        "order": order,
        "title": order_title(order),
        "answers": quick_answers(order, can_claim=OrderService(order).can_claim),
        "earlier": list(Ticket.objects.filter(order=order, claim=None).order_by("-pk")[:3]),
    }
    return shown_again(request, "kalegou/order_help.html", context, refusal)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def new_ticket(request: HttpRequest) -> HttpResponse:
    """A question that isn't about one order. A guest has none to be answered by: log in, or ask
    from the order."""
    visitor = visitor_of(request)
    refusal = None
    if request.method == "POST" and visitor.user is not None:
        refusal, ticket = _write(request, visitor.user, None)
        if ticket is not None:
            return redirect("kalegou:ticket", ticket.ticket_no)
    recent = visitor.orders().select_related("sku__product")[:5]
    context = {
        **_form_context(request, TicketTopic.OTHER),
        "is_guest": visitor.user is None,
        "recent": [(order, order_title(order)) for order in recent],
    }
    return shown_again(request, "kalegou/ticket_new.html", context, refusal)


def _write(
    request: HttpRequest, user: User | None, order: Order | None
) -> tuple[PersonError | None, Ticket | None]:
    topic = request.POST.get("topic", "")
    try:
        if topic not in TicketTopic.values:
            raise TextMissing(_("Choose what it is about."), field="topic")
        ticket = write_ticket(
            user=user,
            order=order,
            topic=TicketTopic(topic),
            text=request.POST.get("text", ""),
            pictures=pictures_of(request),
        )
    except PersonError as refusal:
        return refusal, None
    messages.success(request, _("We have your question. The answer comes here."))
    return None, ticket


def _form_context(request: HttpRequest, topic: TicketTopic) -> dict[str, object]:
    return {
        "topics": TicketTopic.choices,
        "chosen_topic": request.POST.get("topic", topic.value),
        "promise_minutes": int(FIRST_ANSWER_WITHIN.total_seconds() // 60),
        "measured": first_answers_of_days(30),
        "accepted": ACCEPTED_PICTURES,
        "most_pictures": MOST_PICTURES,
        "max_text": MAX_TEXT,
    }


@require_safe
@never_cache
def tickets(request: HttpRequest) -> HttpResponse:
    """All conversations of this visitor, claims among them."""
    visitor = visitor_of(request)
    found = tickets_of(user_id=visitor.user.pk if visitor.user else None, orders=visitor.orders())
    chosen = request.GET.get("show", "")
    if chosen in TicketStatus.values:
        found = found.filter(status=chosen)
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "page_obj": page,
        "rows": [(ticket, order_title(ticket.order) if ticket.order else "") for ticket in page],
        "filters": [("", _("All")), *TicketStatus.choices],
        "show": chosen if chosen in TicketStatus.values else "",
        "is_guest": visitor.user is None,
    }
    return render(request, "kalegou/tickets.html", context)


def _ticket(request: HttpRequest, ticket_no: str) -> tuple[Visitor, Ticket]:
    visitor = visitor_of(request)
    found = Ticket.objects.select_related("order__sku__product", "claim").filter(
        ticket_no=ticket_no
    )
    return visitor, own_ticket(visitor, found.first())


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def ticket(request: HttpRequest, ticket_no: str) -> HttpResponse:
    """One conversation; writing goes on until it is closed."""
    visitor, found = _ticket(request, ticket_no)
    if hasattr(found, "claim"):
        return redirect("kalegou:claim", found.claim.claim_no)
    refusal = None
    if request.method == "POST":
        try:
            write_message(
                ticket=found,
                user=visitor.user,
                text=request.POST.get("text", ""),
                pictures=pictures_of(request),
            )
        except PersonError as error:
            refusal = error
        else:
            messages.success(request, _("Sent. We answer here."))
            return redirect("kalegou:ticket", found.ticket_no)
    answer_by = found.waiting_since + FIRST_ANSWER_WITHIN if found.waiting_since else None
    context = {
        "ticket": found,
        "title": order_title(found.order) if found.order else "",
        "said": conversation(found),
        "answer_by": answer_by,
        "is_late": answer_by is not None and answer_by < timezone.now(),
        "may_write": found.status != TicketStatus.CLOSED,
        "may_rate": found.first_answer_at is not None and found.rating is None,
        "accepted": ACCEPTED_PICTURES,
        "most_pictures": MOST_PICTURES,
        "max_text": MAX_TEXT,
    }
    return shown_again(request, "kalegou/ticket.html", context, refusal)


@require_POST
def close(request: HttpRequest, ticket_no: str) -> HttpResponse:
    """Solved."""
    visitor, found = _ticket(request, ticket_no)
    close_ticket(ticket=found, actor=visitor.user)
    messages.success(request, _("The conversation is closed. Thank you."))
    return redirect("kalegou:ticket", found.ticket_no)


@require_POST
def rate(request: HttpRequest, ticket_no: str) -> HttpResponse:
    """One to five stars, once."""
    _visitor, found = _ticket(request, ticket_no)
    stars = request.POST.get("stars", "")
    try:
        rate_ticket(
            ticket=found,
            stars=int(stars) if stars.isdecimal() and len(stars) == 1 else 0,
            text=request.POST.get("rating_text", ""),
        )
    except PersonError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Thank you: we read every rating."))
    return redirect("kalegou:ticket", found.ticket_no)


@require_safe
@never_cache
def picture(request: HttpRequest, pk: int) -> HttpResponseBase:
    """A picture of a conversation: for whose it is, and for staff, whose look is recorded."""
    found = TicketPicture.objects.select_related("message__ticket__order").filter(pk=pk).first()
    if found is None:
        raise Http404(pk)
    user = request.user
    if isinstance(user, User) and user.is_staff and user.has_perm("kalegou.view_ticket"):
        audit.record(
            actor=user,
            action="see_picture",
            target=f"ticket:{found.message.ticket.ticket_no}",
            picture=found.pk,
        )
    else:
        own_ticket(visitor_of(request), found.message.ticket)
    return private_file(found.file)
