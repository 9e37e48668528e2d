"""This visitor's orders: the list, the live page of one, its codes, and what can be done."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import wraps

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from catalog.queries import sellable_skus
from kalegou.contacts import contact_of
from kalegou.drafts import Draft
from kalegou.errors import NotYourOrder
from kalegou.forms import ContactForm
from kalegou.guest_links import KEY, guest_path
from kalegou.order_pages import OrderPage, order_title, read_order
from kalegou.queries.order_service import OrderService
from kalegou.services import reveal_cards
from kalegou.services.buying import WALLET
from kalegou.typed import typed
from kalegou.views.checkout import go_and_pay
from kalegou.views.topup import redirect_to_checkout
from kalegou.visitors import Visitor, keep_opened, order_for, visitor_of
from orders.models import OPEN_STATUSES, Order, OrderStatus
from orders.services import cancel_unpaid
from payments.queries import gateways, open_code
from users.errors import PersonError
from users.phones import normalise_mobile

ORDERS_PER_PAGE = 20
CODES_SHOWN = 200
MAX_SEARCH_LENGTH = 40

FILTERS: dict[str, tuple[str | Promise, Q]] = {
    "": (gettext_lazy("All"), Q()),
    "unpaid": (gettext_lazy("Waiting for payment"), Q(status=OrderStatus.AWAITING_PAYMENT)),
    "open": (gettext_lazy("Under way"), Q(status__in=OPEN_STATUSES)),
    "done": (
        gettext_lazy("Delivered"),
        Q(status__in=[OrderStatus.COMPLETED, OrderStatus.PARTIALLY_COMPLETED]),
    ),
    "refunded": (gettext_lazy("Refunded"), Q(refunded__gt=0)),
}


@require_safe
def orders(request: HttpRequest) -> HttpResponse:
    """The visitor's orders; a guest's are those of this session."""
    visitor = visitor_of(request)
    chosen = request.GET.get("show", "")
    chosen = chosen if chosen in FILTERS else ""
    search = typed(request.GET, "q", max_length=MAX_SEARCH_LENGTH)
    found = _search(visitor.orders().filter(FILTERS[chosen][1]), search)
    page = Paginator(found.select_related("sku__product"), ORDERS_PER_PAGE).get_page(
        request.GET.get("page")
    )
    context = {
        "page_obj": page,
        "rows": [(order, order_title(order)) for order in page],
        "filters": [(code, label) for code, (label, _q) in FILTERS.items()],
        "show": chosen,
        "q": search,
        "is_guest": visitor.user is None,
    }
    return render(request, "kalegou/orders.html", context)


def _search(found: QuerySet[Order], text: str) -> QuerySet[Order]:
    """By order number, the number that was topped up, or the product's name."""
    if not text:
        return found
    number = normalise_mobile(text) or "".join(text.split())
    return found.filter(
        Q(order_no__startswith=number)
        | Q(account__phone__contains=number)
        | Q(product_name__icontains=text)
        | Q(sku__product__name_en__icontains=text)
    )


OrderView = Callable[[HttpRequest, Visitor, Order], HttpResponse]


def _of_own_order(view: OrderView) -> Callable[[HttpRequest, str], HttpResponse]:
    """Hand the view its order; anybody else's number doesn't exist (404)."""

    @wraps(view)
    def guarded(request: HttpRequest, order_no: str) -> HttpResponse:
        visitor = visitor_of(request)
        try:
            order = order_for(visitor, order_no, key=request.GET.get(KEY, ""))
        except NotYourOrder as error:
            raise Http404(str(error)) from None
        return view(request, visitor, order)

    return guarded


@require_safe
@never_cache
@_of_own_order
def order(request: HttpRequest, visitor: Visitor, order: Order) -> HttpResponse:
    """Follow one order live. A guest's link opens it for this session, then leaves the address."""
    if request.GET.get(KEY) and order.buyer_id is None:
        keep_opened(request, order.order_no)
        return redirect("kalegou:order", order.order_no)
    context = _context(order, read_order(order), visitor)
    if order.buyer_id is None:
        context["link"] = request.build_absolute_uri(guest_path(order.order_no))
        context["contact"] = contact_of(order)
        context["contact_form"] = ContactForm()
    return render(request, "kalegou/order.html", context)


@require_safe
@never_cache
@_of_own_order
def live(request: HttpRequest, visitor: Visitor, order: Order) -> HttpResponse:
    """The part of the page that moves; 204 when it shows everything already."""
    page = read_order(order)
    if request.GET.get("seen") == page.version:
        return HttpResponse(status=204)
    return render(request, "kalegou/_order_live.html", _context(order, page, visitor))


def _context(order: Order, page: OrderPage, visitor: Visitor) -> dict[str, object]:
    return {
        "page": page,
        "order": order,
        "service": OrderService(order),
        "gateways": gateways(),
        "code": open_code(purpose="order", purpose_ref=order.order_no)
        if page.can_still_pay
        else None,
        "wallet_suffices": page.can_still_pay and _wallet_suffices(order, visitor),
    }


def _wallet_suffices(order: Order, visitor: Visitor) -> bool:
    member = visitor.member
    if member is None or order.buyer_id != member.user_id or member.wallet.balance is None:
        return False
    return member.wallet.balance - member.wallet.floor >= order.total


@require_POST
@_of_own_order
def pay(request: HttpRequest, visitor: Visitor, order: Order) -> HttpResponse:
    """Pay an order that was left unpaid."""
    gateway = request.POST.get("gateway", "")
    if gateway != WALLET and gateway not in dict(gateways()):
        messages.error(request, _("Choose how to pay."))
        return redirect("kalegou:order", order.order_no)
    return go_and_pay(request, order, gateway)


@require_POST
@_of_own_order
def cancel(request: HttpRequest, visitor: Visitor, order: Order) -> HttpResponse:
    """Cancel an unpaid order; no money moves."""
    try:
        cancel_unpaid(order_id=order.pk, by_buyer=True)
    except PersonError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("The order is cancelled. Nothing was charged."))
    return redirect("kalegou:order", order.order_no)


@require_POST
@never_cache
@_of_own_order
def codes(request: HttpRequest, visitor: Visitor, order: Order) -> HttpResponse:
    """Show the codes: a part for the page, or the whole page without script."""
    try:
        cards = reveal_cards(order=order, actor=visitor.user, how="shown")
    except PersonError as error:
        messages.error(request, str(error))
        return redirect("kalegou:order", order.order_no)
    context = _context(order, read_order(order), visitor) | {
        "cards": cards[:CODES_SHOWN],
        "hidden_count": max(len(cards) - CODES_SHOWN, 0),
    }
    is_part = bool(request.headers.get("HX-Request"))
    return render(request, "kalegou/_codes.html" if is_part else "kalegou/order.html", context)


@require_POST
@never_cache
@_of_own_order
def codes_file(request: HttpRequest, visitor: Visitor, order: Order) -> HttpResponse:
    """All codes as a text file, one a line: number, secret, expiry, with tabs between."""
    try:
        cards = reveal_cards(order=order, actor=visitor.user, how="downloaded")
    except PersonError as error:
        messages.error(request, str(error))
        return redirect("kalegou:order", order.order_no)
    lines = ("\t".join(filter(None, (c.number, c.secret, _day(c.expires_on)))) for c in cards)
    response = HttpResponse("\r\n".join(lines) + "\r\n", content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{order.order_no}.txt"'
    return response


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""


@require_POST
@_of_own_order
def again(request: HttpRequest, visitor: Visitor, order: Order) -> HttpResponse:
    """The same once more, at today's price: straight to the checkout's one confirmation."""
    sku = sellable_skus().filter(pk=order.sku_id).first()
    phone = order.account.get("phone", "")
    if sku is None and phone:
        messages.warning(request, _("This amount is no longer on sale. Choose another one."))
        return redirect(f"{reverse('kalegou:topup')}?{urlencode({'phone': phone})}")
    if sku is None:
        messages.error(request, _("This is no longer on sale. Have a look at what else there is."))
        return redirect("kalegou:products")
    return redirect_to_checkout(
        request,
        Draft(
            sku_code=sku.code,
            quantity=order.quantity,
            account=dict(order.account),
            repeats=order.order_no,
        ),
    )
