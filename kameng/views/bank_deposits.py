"""Paying in by bank transfer: our account and a reference, the proof, where it stands."""

from __future__ import annotations

from collections.abc import Iterator

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kameng.access import active_agents_only, agents_only, page
from kameng.forms.funds import AnnounceForm, DeclareForm
from kameng.models import Agent, DepositStatus, OfflineDeposit
from kameng.queries.bank_deposits import deposits_of, open_banks, proof_for, steps_of
from kameng.queries.diligence import diligence_of
from kameng.services.funds import bank_deposits as services
from ui.exports import Cell, Format, as_format, table_file
from users.errors import PersonError
from users.uploads import private_file

PAGE_SIZE = 20


@require_http_methods(["GET", "HEAD", "POST"])
@active_agents_only
def bank_deposits(request: HttpRequest, agent: Agent) -> HttpResponseBase:
    """Begin a transfer, and all earlier ones, also as a file."""
    wanted = request.GET.get("status", "")
    if file_format := as_format(request.GET.get("format")):
        return _file(deposits_of(agent, wanted), file_format)
    banks = open_banks()
    form = AnnounceForm(banks, request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                deposit = services.announce_deposit(agent=agent, **form.cleaned_data)
            except PersonError as refusal:
                put(form, refusal)
                status = refusal.status
            else:
                return redirect("kameng:bank_deposit", deposit.deposit_no)
    page_obj = Paginator(deposits_of(agent, wanted), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "banks": banks,
        "page_obj": page_obj,
        "status": wanted if wanted in DepositStatus.values else "",
        "statuses": DepositStatus.choices,
    }
    return page(request, agent, "bank_deposits", context, status=status)


def _file(deposits: QuerySet[OfflineDeposit], file_format: Format) -> HttpResponseBase:
    heading = [
        pgettext("document", "Number"),
        _("Announced"),
        pgettext("transfer", "To"),
        _("Amount"),
        _("Arrived"),
        _("Status"),
    ]
    rows: Iterator[list[Cell]] = (
        [one.deposit_no, one.created_at, str(one.bank), one.amount, one.received_amount,
         one.get_status_display()]
        for one in deposits.iterator(2000)
    )  # fmt: skip
    return table_file("bank-transfers", heading, rows, file_format=file_format)


@require_http_methods(["GET", "HEAD", "POST"])
@agents_only
def bank_deposit(request: HttpRequest, agent: Agent, deposit_no: str) -> HttpResponse:
    """One transfer: where to pay, what was declared, what staff said."""
    deposit = get_object_or_404(deposits_of(agent), deposit_no=deposit_no)
    if request.method != "POST":
        return _page(request, agent, deposit, _first_form(agent, deposit))
    form = DeclareForm(request.POST, request.FILES, has_proofs=deposit.proofs.exists())
    if not form.is_valid():
        return _page(request, agent, deposit, form, status=422)
    try:
        services.declare_deposit(deposit=deposit, **form.cleaned_data)
    except PersonError as refusal:
        put(form, refusal)
        return _page(request, agent, deposit, form, status=refusal.status)
    messages.success(request, _("Thank you. We look for your transfer and tell you once it is in."))
    return redirect("kameng:bank_deposit", deposit.deposit_no)


def _first_form(agent: Agent, deposit: OfflineDeposit) -> DeclareForm:
    """A correction starts from what was sent before."""
    person = diligence_of(agent)
    return DeclareForm(
        has_proofs=deposit.proofs.exists(),
        initial={
            "amount": f"{deposit.amount:.2f}",
            "paid_on": deposit.paid_on or timezone.localdate(),
            "payer_name": deposit.payer_name or (person.legal_name if person else ""),
        },
    )


def _page(
    request: HttpRequest,
    agent: Agent,
    deposit: OfflineDeposit,
    form: DeclareForm,
    *,
    status: int = 200,
) -> HttpResponse:
    context = {
        "deposit": deposit,
        "form": form,
        "proofs": list(deposit.proofs.all()),
        "timeline": steps_of(deposit),
    }
    return page(request, agent, "bank_deposit", context, status=status)


@require_POST
@agents_only
def cancel(request: HttpRequest, agent: Agent, deposit_no: str) -> HttpResponse:
    deposit = get_object_or_404(deposits_of(agent), deposit_no=deposit_no)
    try:
        services.cancel_deposit(deposit=deposit)
    except PersonError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The transfer is cancelled. Nothing was booked."))
    return redirect("kameng:bank_deposit", deposit.deposit_no)


@require_safe
@never_cache
@login_required
def proof(request: HttpRequest, pk: int) -> HttpResponseBase:
    """A proof: for the agent who sent it, and for staff who may see transfers."""
    found = proof_for(pk)
    user = request.user
    if found is None or not (
        found.deposit.agent.user_id == user.pk or user.has_perm("kameng.view_offlinedeposit")
    ):
        raise Http404(pk)
    return private_file(found.file)


def put(form: AnnounceForm | DeclareForm, refusal: PersonError) -> None:
    form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
