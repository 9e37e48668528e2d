"""Topping up a phone: the number, the amount, on to the checkout."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kalegou.checkout_page import checkout_address
from kalegou.drafts import Draft
from kalegou.forms import TopupForm
from kalegou.recent_numbers import clear_recent_numbers, recent_numbers
from kalegou.topups import Topup, Typed, read_topup
from kalegou.visitors import keep_draft_key, visitor_of


@require_http_methods(["GET", "HEAD", "POST"])
def topup(request: HttpRequest) -> HttpResponse:
    """GET shows what is typed in the address; POST goes on to the checkout."""
    visitor = visitor_of(request)
    recent = recent_numbers(request, visitor)
    typed = Typed.read(request.POST if request.method == "POST" else request.GET)
    if not typed.phone and request.method != "POST" and recent and visitor.member:
        typed = Typed(phone=recent[0].phone)
    page = read_topup(typed, visitor, recent)
    problem = ""
    if request.method == "POST":
        form = TopupForm(request.POST)
        problem = _problem(page)
        if form.is_valid() and not problem:
            return redirect_to_checkout(request, _draft(page))
    else:
        form = (
            TopupForm({"phone": typed.phone})
            if request.GET.get("phone")
            else TopupForm(initial={"phone": typed.phone})
        )
    context = {"form": form, "page": page, "recent": recent, "amount_problem": problem}
    return render(request, "kalegou/topup.html", context, status=200 if not problem else 422)


@require_safe
def amounts(request: HttpRequest) -> HttpResponse:
    """The parts of the page that follow what is typed: carrier, amounts, total."""
    visitor = visitor_of(request)
    page = read_topup(Typed.read(request.GET), visitor, recent_numbers(request, visitor))
    response = render(request, "kalegou/_topup_parts.html", {"page": page})
    if request.headers.get("HX-Trigger-Name") == "sku":
        # The grid shows the choice already: only the total follows, out of band.
        response["HX-Reswap"] = "none"
    return response


@require_POST
def clear_recent(request: HttpRequest) -> HttpResponse:
    """A guest takes the numbers of this session off the page."""
    clear_recent_numbers(request)
    return redirect("kalegou:topup")


def _problem(page: Topup) -> str:
    """Why the amount can't be taken as it came, in words; empty when it can."""
    wanted = page.typed.sku
    if page.other is not None and page.takes_other:
        return page.other.closed or page.other.problem or _changed(page, page.other.sku.code)
    if page.selected is None:
        return _("There is nothing on sale for this carrier right now. Nothing was charged.")
    if page.selected.sku.code == wanted:
        return ""
    shown = {one.sku.code: one for one in page.amounts}
    if wanted in shown:
        closure = shown[wanted].closure
        assert closure is not None, "what can be had is selected"
        return _("This amount can't be chosen: %(why)s") % {"why": closure.text}
    if not wanted:
        return _("Choose an amount.")
    return _changed(page, "")


def _changed(page: Topup, code: str) -> str:
    """What was chosen stood on a page for another carrier or speed; empty: it was for this one."""
    if code and page.typed.sku == code:
        return ""
    if page.typed.saw_these_amounts:
        return _("These are the prices for the speed that you chose. Check the price, then go on.")
    return _(
        "These are the amounts of %(carrier)s, which the number belongs to."
        " Check the price, then go on."
    ) % {"carrier": page.carrier_label}


def _draft(page: Topup) -> Draft:
    assert page.selected is not None
    return Draft(
        sku_code=page.selected.sku.code,
        quantity=page.quantity,
        account={"phone": page.typed.number},
        carrier=page.carrier if page.was_chosen else "",
    )


def redirect_to_checkout(request: HttpRequest, draft: Draft) -> HttpResponse:
    """Off to confirm the draft, which is this session's from now on."""
    keep_draft_key(request, draft.guest_key)
    return redirect(checkout_address(draft))
