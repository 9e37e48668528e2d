"""Handing deposit down: the form, the confirmation, and what was handed on or received."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from decimal import Decimal

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_http_methods, require_safe

from kameng.access import active_agents_only, agents_only, page
from kameng.forms.network import TransferFilter, TransferForm
from kameng.models import Agent, DepositTransfer
from kameng.queries.network import is_below, path_to
from kameng.queries.transfers import KeysetPage, TransferWanted, page_of, transfers_of
from kameng.services.transfers import check_transfer, room, transfer_deposit, transfer_rules
from ui.exports import Cell, as_format, table_file
from ui.formats import money
from users.errors import PersonError

PAGE_SIZE = 30


@require_http_methods(["GET", "HEAD", "POST"])
@active_agents_only
def transfer(request: HttpRequest, agent: Agent, pk: int) -> HttpResponse:
    """Ask how much, name the receiver and what it means, then hand it on."""
    receiver: Agent = get_object_or_404(Agent.objects.select_related("tier"), pk=pk)
    if not is_below(agent, receiver):
        raise Http404
    if request.method != "POST":
        form = TransferForm(initial={"client_ref": secrets.token_hex(16)})
        return _asking(request, agent, receiver, form)
    form = TransferForm(request.POST)
    if not form.is_valid():
        return _asking(request, agent, receiver, form, status=422)
    amount: Decimal = form.cleaned_data["amount"]
    if "change" in request.POST:
        return _asking(request, agent, receiver, form)
    try:
        if "confirmed" not in request.POST:
            check_transfer(sender=agent, receiver=receiver, amount=amount)
            return _confirming(request, agent, receiver, form)
        done = transfer_deposit(
            sender=agent,
            receiver=receiver,
            amount=amount,
            client_ref=form.cleaned_data["client_ref"],
            note=form.cleaned_data["note"],
        )
    except PersonError as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        return _asking(request, agent, receiver, form, status=refusal.status)
    messages.success(
        request,
        _("%(amount)s went to %(agent)s.") % {"amount": money(done.amount), "agent": receiver.name},
    )
    return redirect("kameng:transfer_detail", done.transfer_no)


def _asking(
    request: HttpRequest,
    agent: Agent,
    receiver: Agent,
    form: TransferForm,
    *,
    status: int = 200,
) -> HttpResponse:
    rules = transfer_rules()
    context = {
        "receiver": receiver,
        "path": path_to(agent, receiver),
        "form": form,
        "rules": rules,
        "room": room(agent, rules),
    }
    return page(request, agent, "transfer", context, status=status)


def _confirming(
    request: HttpRequest, agent: Agent, receiver: Agent, form: TransferForm
) -> HttpResponse:
    balance = agent.wallet.balance
    assert balance is not None, "a wallet is guarded"
    context = {
        "receiver": receiver,
        "path": path_to(agent, receiver),
        "form": form,
        "amount": form.cleaned_data["amount"],
        "balance_after": balance - form.cleaned_data["amount"],
    }
    return page(request, agent, "transfer_confirm", context)


@require_safe
@agents_only
def transfers(request: HttpRequest, agent: Agent) -> HttpResponseBase:
    """Everything handed on and received, newest first."""
    form = TransferFilter(request.GET)
    wanted = TransferWanted()
    if form.is_valid():
        found = form.cleaned_data
        wanted = TransferWanted(found["q"], found["direction"], found["since"], found["until"])
    file_format = as_format(request.GET.get("format"))
    if file_format and form.is_valid():
        heading = [
            _("Time"),
            pgettext("document", "Number"),
            _("Direction"),
            _("Agent"),
            _("Amount"),
            _("Note"),
            _("Status"),
        ]
        rows = _rows(agent, transfers_of(agent, wanted).iterator(2000))
        return table_file("transfers", heading, rows, file_format=file_format)
    shown: KeysetPage = page_of(agent, wanted, after=request.GET.get("after", ""), most=PAGE_SIZE)
    return page(
        request,
        agent,
        "transfers",
        {"form": form, "wanted": wanted, "shown": shown, "is_first": "after" not in request.GET},
    )


def _rows(agent: Agent, found: Iterator[DepositTransfer]) -> Iterator[list[Cell]]:
    for one in found:
        is_sent = one.sender_id == agent.pk
        yield [
            one.created_at,
            one.transfer_no,
            _("Handed on") if is_sent else _("Received"),
            one.receiver.name if is_sent else one.sender.name,
            -one.amount if is_sent else one.amount,
            one.note,
            str(one.get_status_display()),
        ]


@require_safe
@agents_only
def transfer_detail(request: HttpRequest, agent: Agent, transfer_no: str) -> HttpResponse:
    own = transfers_of(agent, TransferWanted())
    found: DepositTransfer = get_object_or_404(own, transfer_no=transfer_no)
    is_sent = found.sender_id == agent.pk
    return page(request, agent, "transfer_detail", {"transfer": found, "is_sent": is_sent})
