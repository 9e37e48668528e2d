"""“Find my order”, for guests without their link: order number, phone, code."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from kalegou.forms import FindOrderForm
from kalegou.services.finding import ask_for_order, find_order
from kalegou.visitors import keep_opened
from users.codes import pending
from users.errors import PersonError
from users.forms import CodeForm
from users.models import CodePurpose
from users.throttling import origin_of

_PURPOSE = CodePurpose.FIND_ORDER


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def find(request: HttpRequest) -> HttpResponse:
    """Ask for a code. The answer is the same whether there is such an order or not."""
    form, status = FindOrderForm(request.POST or None), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            order_no, phone = form.cleaned_data["order_no"], form.cleaned_data["phone"]
            try:
                _ask(request, order_no, phone)
            except PersonError as error:
                form.add_error("phone", str(error))
                status = error.status
            else:
                return redirect("kalegou:find_order_code")
    return render(request, "kalegou/find_order.html", {"form": form}, status=status)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def enter_code(request: HttpRequest) -> HttpResponse:
    """The code opens the order for this session."""
    waiting = pending.of(request, _PURPOSE)
    if waiting is None:
        return redirect("kalegou:find_order")
    if "again" in request.POST:
        try:
            _ask(request, waiting.subject, waiting.phone)
        except PersonError as error:
            messages.error(request, str(error))
        return redirect("kalegou:find_order_code")
    form, status = CodeForm(request.POST or None), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                order_no = find_order(
                    order_no=waiting.subject,
                    phone=waiting.phone,
                    typed=form.cleaned_data["code"],
                    origin=origin_of(request),
                )
            except PersonError as error:
                form.add_error(error.field, str(error))
                status = error.status
            else:
                pending.forget(request, _PURPOSE)
                keep_opened(request, order_no)
                return redirect("kalegou:order", order_no)
    context = {
        "form": form,
        "waiting": waiting,
        "wait": pending.wait(waiting.phone),
        "title": _("Find my order"),
        "button": _("Show the order"),
    }
    return render(request, "kalegou/find_order_code.html", context, status=status)


def _ask(request: HttpRequest, order_no: str, phone: str) -> None:
    ask_for_order(order_no=order_no, phone=phone, origin=origin_of(request))
    pending.keep(request, _PURPOSE, phone, subject=order_no)
