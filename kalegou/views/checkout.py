"""The checkout: what will be bought, how it is paid, and one confirmation."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from catalog.accounts import clean_account
from catalog.errors import AccountInvalid
from catalog.models import DeliveryKind
from kalegou.checkout_page import COUPON, POINTS, Checkout, read_checkout
from kalegou.drafts import Draft
from kalegou.errors import CouponChanged, CouponRefused, PointsRefused
from kalegou.forms import ContactForm, PaymentForm
from kalegou.guest_links import guest_path
from kalegou.repeats import news_of
from kalegou.services import buy, pay
from kalegou.services.buying import WALLET
from kalegou.typed import typed
from kalegou.views.contacts import contact_form, remember_contact
from kalegou.visitors import Visitor, keep_draft_key, keep_guest_key, visitor_of
from ledger.errors import InsufficientBalance
from orders.errors import PriceChanged
from orders.models import Order, OrderStatus
from orders.services import pay_from_wallet
from payments.payers import payer_at
from users.errors import PersonError


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def checkout(request: HttpRequest) -> HttpResponse:
    """GET shows the draft in the address; POST places the order, once, and goes to pay for it.

    Somebody else's draft, come by a link that was sent around, becomes one of the visitor's own:
    whoever made the link holds its key, and would see the order with its codes.
    """
    visitor = visitor_of(request)
    draft = Draft.open(request.GET.get("draft", ""))
    is_own = draft is not None and (visitor.user is not None or visitor.holds(draft.guest_key))
    if draft is not None and not is_own:
        draft = draft.afresh()
    page = _read(request, draft, visitor) if draft else None
    if page is None:
        return render(request, "kalegou/checkout_gone.html", status=404)
    if not is_own:
        keep_draft_key(request, page.draft.guest_key)
        if request.method == "POST":
            text = _(
                "This page comes from another visit. Check it, then press “Pay now” once more."
            )
            form = PaymentForm(request.POST, methods=page.methods)
            return _refuse(request, page, form, text, tone="warn", status=409)
    elif earlier := _earlier_order(page.draft, visitor):
        if request.method == "POST" and earlier.buyer_id is None:
            # Pressed twice: the browser may have dropped the first answer, and its cookie with it.
            keep_guest_key(request, page.draft.guest_key)
        return redirect("kalegou:order", earlier.order_no)
    if request.method != "POST":
        form = PaymentForm(methods=page.methods, initial={"payment": page.preferred})
        return _show(request, page, form)
    form = PaymentForm(request.POST, methods=page.methods)
    contact = contact_form(request, visitor)
    if not form.is_valid() & contact.is_valid():  # both, to say at once all that is wrong
        return _show(request, page, form, status=422)
    try:
        return _buy(request, page, form, contact)
    except (PriceChanged, PointsRefused, CouponRefused) as error:
        # The page below shows the new amount; pressing again agrees to it.
        fresh = _read(request, page.draft, visitor_of(request)) or page
        return _refuse(request, fresh, form, str(error), tone="warn", status=error.status)
    except InsufficientBalance as error:
        form.add_error("payment", str(error))
        fresh = _read(request, page.draft, visitor_of(request)) or page
        return _show(request, fresh, form, status=error.status)
    except AccountInvalid as error:
        text = " ".join(str(message) for message in error.errors.values())
        return _refuse(request, page, form, text, status=error.status)
    except PersonError as error:
        return _refuse(request, page, form, str(error), status=error.status)


def _read(request: HttpRequest, draft: Draft, visitor: Visitor) -> Checkout | None:
    return read_checkout(
        draft,
        visitor,
        uses_points=request.GET.get(POINTS) == "1",
        named=typed(request.GET, COUPON, max_length=40),
    )


def _earlier_order(draft: Draft, visitor: Visitor) -> Order | None:
    """The order that this draft became already: pressing twice, or coming back to the page."""
    keys = [f"u{visitor.user.pk}"] if visitor.user else []
    if visitor.holds(draft.guest_key):
        keys.append(f"g{draft.guest_key}")
    return Order.objects.filter(
        buyer_key__in=keys, channel="retail", client_ref=draft.client_ref
    ).first()


def _buy(
    request: HttpRequest, page: Checkout, form: PaymentForm, contact: ContactForm
) -> HttpResponse:
    visitor, draft = page.visitor, page.draft
    method = form.cleaned_data["payment"]
    sku = page.choice.sku
    if sku.product.kind == DeliveryKind.TOPUP:
        clean_account(list(sku.product.account_fields.all()), draft.account)
    seen_points = form.cleaned_data["seen_points"]
    if seen_points is not None and seen_points != page.points:
        raise PointsRefused
    seen_coupon = form.cleaned_data["seen_coupon"]
    if seen_coupon is not None and seen_coupon != page.coupon_worth:
        raise CouponChanged
    placed = buy(
        buyer=visitor.user,
        guest_key=draft.guest_key,
        sku=sku,
        quantity=draft.quantity,
        account=draft.account,
        client_ref=draft.client_ref,
        payment=method,
        seen_price=form.cleaned_data["seen_price"] or page.choice.price,
        carrier=draft.carrier,
        points=page.points,
        contact=contact.contact,
        coupon=page.coupon.reference if page.coupon else "",
    )
    if visitor.user is None:
        keep_guest_key(request, draft.guest_key)
        remember_contact(request, contact)
    return go_and_pay(request, placed.order, method)


def go_and_pay(request: HttpRequest, order: Order, gateway: str) -> HttpResponse:
    """To the payment page of an unpaid order; to the order itself when it needs no payment.

    From the balance it is paid here and now, if it was left unpaid.

    A gateway that doesn't answer costs nothing: the order stays, and can be paid from its page.
    """
    order_page = redirect("kalegou:order", order.order_no)
    if order.status != OrderStatus.AWAITING_PAYMENT:
        return order_page
    if gateway == WALLET:
        try:
            pay_from_wallet(order_id=order.pk)
        except PersonError as error:
            messages.error(request, str(error))
        return order_page
    back = guest_path(order.order_no) if order.buyer_id is None else order_page.url
    try:
        payment = pay(
            order=order,
            gateway=gateway,
            return_path=back,
            payer_at=payer_at(request, gateway=gateway),
        )
    except PersonError as error:
        messages.error(request, str(error))
        return order_page
    return redirect(payment.pay_address)


def _refuse(
    request: HttpRequest,
    page: Checkout,
    form: PaymentForm,
    text: str,
    *,
    status: int,
    tone: str = "bad",
) -> HttpResponse:
    return _show(request, page, form, status=status, refusal=text, tone=tone)


def _show(
    request: HttpRequest,
    page: Checkout,
    form: PaymentForm,
    *,
    status: int = 200,
    refusal: str = "",
    tone: str = "bad",
) -> HttpResponse:
    context = {
        "page": page,
        "form": form,
        "contact_form": contact_form(request, page.visitor),
        "chosen": form["payment"].value() or page.preferred,
        "refusal": refusal,
        "tone": tone,
        "unavailable": _unavailable(page),
        "news": news_of(page.draft, page.choice, page.visitor),
        "here": page.address,
    }
    return render(request, "kalegou/checkout.html", context, status=status)


def _unavailable(page: Checkout) -> str:
    """Said before anybody pays: nobody can deliver this now."""
    if page.choice.is_sold_out:
        return _("Sold out for now. Nothing was charged: choose another one, or come back later.")
    if not page.choice.is_available:
        return _(
            "Under maintenance: it can't be delivered right now. Nothing was charged:"
            " please come back later."
        )
    return ""
