"""An agent's money: the wallet's statement, deposits."""

from __future__ import annotations

from collections.abc import Iterator

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from kameng.access import active_agents_only, agents_only, page
from kameng.forms.applying import DepositForm
from kameng.forms.filters import StatementFilter
from kameng.models import Agent
from kameng.queries.commissions import commission_totals
from kameng.queries.money import latest_deposit, postings
from ledger.models import Posting
from payments.models import PaymentStatus
from payments.payers import payer_at
from payments.queries import code_of, gateways
from payments.services import start_deposit
from ui.exports import Cell, as_format, table_file
from users.errors import PersonError

PAGE_SIZE = 30
QUICK_AMOUNTS = (100, 500, 1000, 5000, 20000)


@require_safe
@agents_only
def funds(request: HttpRequest, agent: Agent) -> HttpResponseBase:
    form = StatementFilter(request.GET)
    wanted = form.cleaned_data if form.is_valid() else {}
    found = postings(agent, since=wanted.get("since"), until=wanted.get("until"))
    file_format = as_format(request.GET.get("format"))
    if file_format and form.is_valid():
        heading = [_("Time"), _("What"), _("Reference"), _("Amount"), _("Balance")]
        rows = _statement_rows(found.iterator(2000))
        return table_file("statement", heading, rows, file_format=file_format)
    page_obj = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    return page(
        request,
        agent,
        "funds",
        {
            "form": form,
            "is_filtered": any(wanted.values()),
            "page_obj": page_obj,
            "commissions": commission_totals(agent),
        },
    )


def _statement_rows(found: Iterator[Posting]) -> Iterator[list[Cell]]:
    for posting in found:
        entry = posting.entry
        yield [
            entry.created_at,
            str(entry.get_kind_display()),
            entry.memo or entry.reference,
            posting.amount,
            posting.balance_after,
        ]


@require_http_methods(["GET", "HEAD", "POST"])
@active_agents_only
def deposit(request: HttpRequest, agent: Agent) -> HttpResponse:
    """Choose an amount and a payment method, then pay at the gateway's own page."""
    form = DepositForm(gateways(), request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                payment = start_deposit(
                    payer=agent.user,
                    wallet_scope="wholesale",
                    amount=form.cleaned_data["amount"],
                    gateway=form.cleaned_data["gateway"],
                    return_path=reverse("kameng:deposit_result"),
                    payer_at=payer_at(request, gateway=form.cleaned_data["gateway"]),
                )
            except PersonError as refusal:
                form.add_error(
                    refusal.field if refusal.field in form.fields else None, str(refusal)
                )
                status = refusal.status
            else:
                return redirect(payment.pay_address)
    return page(request, agent, "deposit", {"form": form, "amounts": QUICK_AMOUNTS}, status=status)


@require_safe
@agents_only
def deposit_result(request: HttpRequest, agent: Agent) -> HttpResponse:
    """Where the gateway sends people back to: the deposit as our own books see it."""
    payment = latest_deposit(agent.user)
    if payment is None:
        return redirect("kameng:deposit")
    context = {
        "payment": payment,
        "is_waiting": payment.status == PaymentStatus.PENDING,
        "code": code_of(payment),
    }
    if request.headers.get("HX-Request"):
        return render(request, "kameng/_deposit_result.html", context)
    return page(request, agent, "deposit_result", context)
