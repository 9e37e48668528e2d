"""Withdrawing: the amount, then what reaches the bank and the password; the list and each one."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from decimal import Decimal

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kameng.access import agents_only, page
from kameng.forms.withdrawals import WithdrawalFilter, WithdrawForm
from kameng.models import Agent, Withdrawal, WithdrawalStatus
from kameng.queries.withdrawals import find_withdrawals, steps_of, verified_accounts
from kameng.services.funds import withdrawals as services
from kameng.services.funds.payout_accounts import known_person
from kameng.services.funds.rules import funds_rules
from ui.exports import Cell, as_format, table_file
from ui.formats import money
from users.errors import PersonError
from users.forms import PasswordAgainForm

PAGE_SIZE = 30


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
@agents_only
def withdraw(request: HttpRequest, agent: Agent) -> HttpResponse:
    """Ask how much and where to; show what reaches the bank; take the password; do it."""
    usable = verified_accounts(agent)
    if request.method != "POST":
        form = WithdrawForm(usable, initial={"client_ref": secrets.token_hex(16)})
        return _asking(request, agent, form)
    form = WithdrawForm(usable, request.POST)
    if not form.is_valid():
        return _asking(request, agent, form, status=422)
    if "change" in request.POST:
        return _asking(request, agent, form)
    said = form.cleaned_data
    try:
        if "password" not in request.POST:
            fee = services.check_withdrawal(
                agent=agent, account=said["account"], amount=said["amount"]
            )
            return _confirming(request, agent, form, PasswordAgainForm(request), fee)
        again = PasswordAgainForm(request, request.POST)
        if not again.is_valid():
            fee = services.check_withdrawal(
                agent=agent, account=said["account"], amount=said["amount"]
            )
            return _confirming(request, agent, form, again, fee, status=422)
        done = services.ask_for_withdrawal(agent=agent, **said)
    except PersonError as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        return _asking(request, agent, form, status=refusal.status)
    messages.success(
        request,
        _("%(amount)s is taken out of your balance. We tell you once it is paid.")
        % {"amount": money(done.amount)},
    )
    return redirect("kameng:withdrawal", done.withdrawal_no)


def _asking(
    request: HttpRequest, agent: Agent, form: WithdrawForm, *, status: int = 200
) -> HttpResponse:
    context = {
        "form": form,
        "rules": funds_rules(),
        "own": services.own_money(agent),
        "left_today": services.left_today(agent),
        "usable": verified_accounts(agent),
        "obstacle": _obstacle(agent),
    }
    return page(request, agent, "withdraw", context, status=status)


def _obstacle(agent: Agent) -> str:
    """Why nothing can be withdrawn at all, before anything is typed."""
    if not agent.is_active:
        return _("Your agent account is suspended, so nothing can be withdrawn: %(reason)s") % {
            "reason": agent.suspended_reason
        }
    try:
        known_person(agent)
    except PersonError as refusal:
        return str(refusal)
    return ""


def _confirming(
    request: HttpRequest,
    agent: Agent,
    form: WithdrawForm,
    again: PasswordAgainForm,
    fee: Decimal,
    *,
    status: int = 200,
) -> HttpResponse:
    amount = form.cleaned_data["amount"]
    context = {
        "form": form,
        "again": again,
        "amount": amount,
        "fee": fee,
        "net": amount - fee,
        "account": form.cleaned_data["account"],
    }
    return page(request, agent, "withdraw_confirm", context, status=status)


@require_safe
@agents_only
def withdrawals(request: HttpRequest, agent: Agent) -> HttpResponseBase:
    form = WithdrawalFilter(request.GET)
    said = form.cleaned_data if form.is_valid() else {}
    found = find_withdrawals(
        agent,
        status=said.get("status", ""),
        text=said.get("q", ""),
        since=said.get("since"),
        until=said.get("until"),
    )
    file_format = as_format(request.GET.get("format"))
    if file_format and form.is_valid():
        heading = [
            pgettext("document", "Number"),
            _("Asked"),
            _("Amount"),
            _("Fee"),
            _("Paid out"),
            _("Account"),
            _("Status"),
            _("Paid"),
            _("Bank's transaction number"),
            _("Reason"),
        ]
        rows = _rows(found.iterator(2000))
        return table_file("withdrawals", heading, rows, file_format=file_format)
    page_obj = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {"form": form, "is_filtered": any(said.values()), "page_obj": page_obj}
    return page(request, agent, "withdrawals", context)


def _rows(found: Iterable[Withdrawal]) -> Iterator[list[Cell]]:
    for one in found:
        yield [
            one.withdrawal_no,
            one.created_at,
            one.amount,
            one.fee,
            one.net,
            str(one.account),
            str(one.get_status_display()),
            one.paid_at,
            one.bank_txn_no,
            one.reason,
        ]


@require_safe
@agents_only
def withdrawal(request: HttpRequest, agent: Agent, withdrawal_no: str) -> HttpResponse:
    one = get_object_or_404(find_withdrawals(agent), withdrawal_no=withdrawal_no)
    context = {
        "withdrawal": one,
        "timeline": steps_of(one),
        "can_cancel": one.status in (WithdrawalStatus.REQUESTED, WithdrawalStatus.CHECKED),
    }
    return page(request, agent, "withdrawal", context)


@require_POST
@agents_only
def cancel(request: HttpRequest, agent: Agent, withdrawal_no: str) -> HttpResponse:
    one = get_object_or_404(find_withdrawals(agent), withdrawal_no=withdrawal_no)
    try:
        services.cancel_withdrawal(withdrawal=one)
    except PersonError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Cancelled. The money is in your balance again."))
    return redirect("kameng:withdrawal", one.withdrawal_no)
