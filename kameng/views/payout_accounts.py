"""An agent's bank accounts: the list, a new one, removing one."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kameng.access import agents_only, page
from kameng.forms.withdrawals import AccountForm
from kameng.models import Agent
from kameng.queries.diligence import legal_person
from kameng.queries.withdrawals import accounts_of, paper_for
from kameng.services.funds import payout_accounts as services
from kameng.services.funds.rules import funds_rules
from users.errors import PersonError
from users.uploads import private_file


@sensitive_post_parameters("number")
@require_http_methods(["GET", "HEAD", "POST"])
@agents_only
def payout_accounts(request: HttpRequest, agent: Agent) -> HttpResponse:
    person = legal_person(agent)
    form, status = AccountForm(initial={"holder": person.name if person else ""}), 200
    if request.method == "POST":
        if not agent.is_active:
            return page(request, agent, "suspended", status=403)
        form, status = AccountForm(request.POST, request.FILES), 422
        if form.is_valid():
            try:
                services.add_account(agent=agent, **form.cleaned_data)
            except PersonError as refusal:
                field = refusal.field if refusal.field in form.fields else None
                form.add_error(field, str(refusal))
                status = refusal.status
            else:
                messages.success(request, _("Our staff check the account and tell you."))
                return redirect("kameng:payout_accounts")
    context = {
        "form": form,
        "person": person,
        "payout_accounts": list(accounts_of(agent)),
        "rules": funds_rules(),
        "most": services.MOST_ACCOUNTS,
    }
    return page(request, agent, "payout_accounts", context, status=status)


@require_POST
@agents_only
def remove(request: HttpRequest, agent: Agent, pk: int) -> HttpResponse:
    account = get_object_or_404(accounts_of(agent), pk=pk)
    try:
        services.remove_account(account=account, actor=agent.user)
    except PersonError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Removed. No money goes there any more."))
    return redirect("kameng:payout_accounts")


@require_safe
@never_cache
@login_required
def paper(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Evidence: for the agent who sent it, and for staff who may see bank accounts."""
    found = paper_for(pk)
    user = request.user
    if found is None or not (
        found.account.agent.user_id == user.pk or user.has_perm("kameng.view_payoutaccount")
    ):
        raise Http404(pk)
    return private_file(found.file)
