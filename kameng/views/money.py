"""An agent's money: the wallet's statement, deposits."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from kameng.access import active_agents_only, agents_only, page
from kameng.forms.applying import DepositForm
from kameng.models import Agent
from kameng.queries.money import latest_deposit
from payments.models import PaymentStatus
from payments.payers import payer_at
from payments.queries import code_of, gateways
from payments.services import start_deposit
from users.errors import PersonError

PAGE_SIZE = 30
QUICK_AMOUNTS = (100, 500, 1000, 5000, 20000)


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
    payment = latest_deposit(agent.user, request.GET.get("payment", ""))
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
