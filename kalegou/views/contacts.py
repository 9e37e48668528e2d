"""How to reach a guest: asked at the checkout, added to on the order's page."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from kalegou.errors import NotYourOrder
from kalegou.forms import ContactForm
from kalegou.services import keep_contact
from kalegou.visitors import Visitor, order_for, visitor_of

_KEPT = "contact"  # in a guest's session: what was left with the last order


def contact_form(request: HttpRequest, visitor: Visitor) -> ContactForm:
    """What a guest leaves; asked once in a session, and there the next time. A member has an
    account for it, and is asked nothing."""
    if visitor.user is not None:
        return ContactForm({})
    if request.method == "POST":
        return ContactForm(request.POST)
    return ContactForm(initial=request.session.get(_KEPT))


def remember_contact(request: HttpRequest, form: ContactForm) -> None:
    """Fill the form in at the next checkout of this session."""
    request.session[_KEPT] = dict(form.cleaned_data)


@require_POST
@never_cache
def add_contact(request: HttpRequest, order_no: str) -> HttpResponse:
    """Add what a guest's order doesn't know yet; what it knows stays."""
    visitor = visitor_of(request)
    try:
        order = order_for(visitor, order_no)
    except NotYourOrder as error:
        raise Http404(str(error)) from None
    form = ContactForm(request.POST)
    if not form.is_valid():
        messages.error(
            request, " ".join(str(text) for texts in form.errors.values() for text in texts)
        )
    elif not form.contact:
        messages.error(request, _("Enter your mobile number or your e-mail address."))
    else:
        keep_contact(order=order, contact=form.contact)
        messages.success(request, _("Kept with this order."))
    return redirect("kalegou:order", order.order_no)
