"""The vault: all codes of a member, behind the password again; and codes sent by e-mail again."""

from __future__ import annotations

import time

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from kalegou.queries.order_service import masked_address
from kalegou.queries.vault import vault_orders, vault_rows
from kalegou.services import reveal_cards
from kalegou.services.code_mails import send_codes
from kalegou.typed import typed
from kalegou.views.conversations import of_own_order
from kalegou.visitors import Visitor, visitor_of
from orders.models import Order
from users.errors import PersonError
from users.forms import PasswordAgainForm
from users.models import User

PAGE_SIZE = 20
CODES_SHOWN = 200
OPEN_SECONDS = 10 * 60
_OPEN_UNTIL = "vault_open_until"


def _member(request: HttpRequest) -> User | None:
    return visitor_of(request).user


def _is_open(request: HttpRequest, user: User) -> bool:
    """Whether the password was given a moment ago. Who has none logs in by a code to the phone,
    and has each look recorded all the same."""
    return not user.has_usable_password() or request.session.get(_OPEN_UNTIL, 0) > time.time()


@require_safe
@never_cache
def vault(request: HttpRequest) -> HttpResponse:
    user = _member(request)
    if user is None:
        return redirect_to_login(request.get_full_path())
    return _page(request, user)


def _page(
    request: HttpRequest,
    user: User,
    *,
    form: PasswordAgainForm | None = None,
    shown: Order | None = None,
) -> HttpResponse:
    if not _is_open(request, user):
        context = {"form": form or PasswordAgainForm(request), "minutes": OPEN_SECONDS // 60}
        return render(request, "kalegou/vault_locked.html", context, status=422 if form else 200)
    search = typed(request.GET, "q", max_length=40)
    page = Paginator(vault_orders(user, search), PAGE_SIZE).get_page(request.GET.get("page"))
    rows = vault_rows(list(page))
    cards = reveal_cards(order=shown, actor=user, how="vault") if shown else []
    context = {
        "page_obj": page,
        "rows": rows,
        "q": search,
        "shown": shown,
        "cards": cards[:CODES_SHOWN],
        "hidden_count": max(len(cards) - CODES_SHOWN, 0),
        "has_password": user.has_usable_password(),
    }
    return render(request, "kalegou/vault.html", context)


@sensitive_post_parameters("password")
@require_POST
@never_cache
def unlock(request: HttpRequest) -> HttpResponse:
    """The password again; wrong ones are counted as at the log-in."""
    user = _member(request)
    if user is None:
        raise Http404
    form = PasswordAgainForm(request, request.POST)
    if not form.is_valid():
        return _page(request, user, form=form)
    request.session[_OPEN_UNTIL] = time.time() + OPEN_SECONDS
    return redirect("kalegou:vault")


@require_POST
@never_cache
def lock(request: HttpRequest) -> HttpResponse:
    request.session.pop(_OPEN_UNTIL, None)
    return redirect("kalegou:vault")


@require_POST
@never_cache
def show(request: HttpRequest, order_no: str) -> HttpResponse:
    """The codes of one order, in its row: a part for the page, or the whole page without script."""
    user = _member(request)
    if user is None:
        raise Http404
    if not _is_open(request, user):
        return redirect("kalegou:vault")
    order = vault_orders(user, "").filter(order_no=order_no).first()
    if order is None:
        raise Http404
    if not request.headers.get("HX-Request"):
        return _page(request, user, shown=order)
    cards = reveal_cards(order=order, actor=user, how="vault")
    context = {
        "order": order,
        "cards": cards[:CODES_SHOWN],
        "hidden_count": max(len(cards) - CODES_SHOWN, 0),
    }
    return render(request, "kalegou/_vault_codes.html", context)


@require_POST
@never_cache
@of_own_order
def send(request: HttpRequest, visitor: Visitor, order: Order) -> HttpResponse:
    """Send the codes to the address that the account or the order has."""
    try:
        mail = send_codes(order=order, actor=visitor.user)
    except PersonError as error:
        messages.error(request, str(error))
    else:
        messages.success(
            request, _("On their way to %(address)s.") % {"address": masked_address(mail.address)}
        )
    return redirect("kalegou:order", order.order_no)
