"""A member's own pages: level, points, wallet, saved numbers."""

from __future__ import annotations

from datetime import timedelta

from django.contrib.auth.decorators import login_required
from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from kalegou.forms import DepositForm
from kalegou.models import Member, SavedNumber
from kalegou.order_pages import order_title
from kalegou.queries.membership import progress_of
from kalegou.services.members import SCOPE
from kalegou.views.inbox import AUDIENCE
from kalegou.visitors import Visitor, visitor_of
from ledger.models import Posting
from payments import services as payments
from payments.models import Payment, PaymentStatus
from payments.payers import payer_at
from payments.queries import code_of, gateways
from users.errors import PersonError
from users.notices.queries import unread_badge

ROWS_PER_PAGE = 20
LATEST_SHOWN = 3
NUMBERS_SHOWN = 3
DEPOSIT_WATCHED_FOR = timedelta(minutes=15)
PRESETS = (50, 100, 200, 500)


@login_required
@require_safe
@never_cache
def account(request: HttpRequest) -> HttpResponse:
    """Everything of a member at one look."""
    visitor = visitor_of(request)
    member = _member(visitor)
    latest = visitor.orders().select_related("sku__product")[:LATEST_SHOWN]
    context = {
        "member": member,
        "progress": progress_of(member),
        "unread": unread_badge(member.user, AUDIENCE),
        "numbers": SavedNumber.objects.filter(member=member)[:NUMBERS_SHOWN],
        "latest": [(order, order_title(order)) for order in latest],
    }
    return render(request, "kalegou/account.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def wallet(request: HttpRequest) -> HttpResponse:
    """The balance, what moved it, and putting money in."""
    member = _member(visitor_of(request))
    form = DepositForm(request.POST or None, gateways=gateways())
    if request.method == "POST" and form.is_valid():
        try:
            payment = payments.start_deposit(
                payer=member.user,
                wallet_scope=SCOPE,
                amount=form.cleaned_data["amount"],
                gateway=form.cleaned_data["gateway"],
                return_path=reverse("kalegou:wallet"),
                payer_at=payer_at(request, gateway=form.cleaned_data["gateway"]),
            )
        except PersonError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
        else:
            return redirect(payment.pay_address)
    deposit = _watched_deposit(member)
    if request.headers.get("HX-Request") and request.method == "GET":
        return _deposit_part(request, deposit)
    context = {
        "member": member,
        "form": form,
        "presets": PRESETS,
        "deposit": deposit,
        "code": code_of(deposit) if deposit else None,
        "page_obj": _statement(request, member.wallet_id),
    }
    return render(request, "kalegou/wallet.html", context, status=422 if form.errors else 200)


def _member(visitor: Visitor) -> Member:
    member = visitor.member
    assert member is not None, "these pages are for logged-in people"
    return member


def _statement(request: HttpRequest, account_id: int) -> Page[Posting]:
    """Postings of one account, newest first, each with its entry."""
    rows = Posting.objects.filter(account_id=account_id).select_related("entry").order_by("-pk")
    return Paginator(rows, ROWS_PER_PAGE).get_page(request.GET.get("page"))


def _deposit_part(request: HttpRequest, deposit: Payment | None) -> HttpResponse:
    """The deposit as it stands; the whole page anew once its money is in the balance."""
    if deposit is None or deposit.status != PaymentStatus.PENDING:
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})
    context = {"deposit": deposit, "code": code_of(deposit)}
    return render(request, "kalegou/_deposit.html", context)


def _watched_deposit(member: Member) -> Payment | None:
    """The newest deposit, while it is news: just arrived, or still on its way."""
    return (
        Payment.objects.filter(
            payer=member.user,
            purpose="deposit",
            purpose_ref=SCOPE,
            created_at__gt=timezone.now() - DEPOSIT_WATCHED_FOR,
            status__in=[PaymentStatus.PENDING, PaymentStatus.SETTLED],
        )
        .order_by("-pk")
        .first()
    )
