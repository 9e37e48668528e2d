"""What the pages of claims and tickets share: whose they are, and what was sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps

from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render

from kalegou.errors import NotYourOrder
from kalegou.models import Ticket
from kalegou.visitors import Visitor, order_for, visitor_of
from orders.models import Order
from users.errors import PersonError

OrderView = Callable[[HttpRequest, Visitor, Order], HttpResponse]
TicketView = Callable[[HttpRequest, Visitor, Ticket], HttpResponseBase]


def of_own_order(view: OrderView) -> Callable[[HttpRequest, str], HttpResponse]:
    """Hand the view its order; anybody else's number doesn't exist (404)."""

    @wraps(view)
    def guarded(request: HttpRequest, order_no: str) -> HttpResponse:
        visitor = visitor_of(request)
        try:
            order = order_for(visitor, order_no)
        except NotYourOrder as error:
            raise Http404(str(error)) from None
        return view(request, visitor, order)

    return guarded


def own_ticket(visitor: Visitor, ticket: Ticket | None) -> Ticket:
    """A ticket that this visitor may see: a member's is the member's alone, a guest's goes with
    the order. Raises Http404."""
    if ticket is None:
        raise Http404
    if ticket.user_id is not None:
        if visitor.user is None or ticket.user_id != visitor.user.pk:
            raise Http404
        return ticket
    assert ticket.order is not None, "the database holds that a ticket is somebody's"
    try:
        order_for(visitor, ticket.order.order_no)
    except NotYourOrder as error:
        raise Http404(str(error)) from None
    return ticket


def pictures_of(request: HttpRequest) -> list[UploadedFile]:
    return [one for one in request.FILES.getlist("pictures") if one]


def shown_again(
    request: HttpRequest, template: str, context: Mapping[str, object], refusal: PersonError | None
) -> HttpResponse:
    """A page with a form; after a mistake with what was typed, and the mistake beside its field.

    Pictures can't be put back by a server: the page says so.
    """
    errors = {refusal.field or "all": str(refusal)} if refusal else {}
    typed = request.POST if request.method == "POST" else request.GET
    status = refusal.status if refusal else 200
    shown = {**context, "errors": errors, "typed": typed, "had_pictures": bool(request.FILES)}
    return render(request, template, shown, status=status)
