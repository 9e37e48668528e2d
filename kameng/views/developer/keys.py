"""An agent's API keys, the examples, and the sandbox."""

from __future__ import annotations

import json

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kameng.access import active_agents_only, agents_only, page
from kameng.examples import EXAMPLES, VECTORS
from kameng.forms.developer import KeyForm, OverlapForm
from kameng.models import Agent, ApiKey, Sandbox
from kameng.queries.api import account_state
from kameng.services.api_keys import create_api_key, revoke_api_key, rotate_api_key
from kameng.services.sandbox import FULL, open_sandbox, refill_play_money
from kameng.views.developer.secrets import show_once
from orders.models import Channel
from suppliers.practice import has_sandbox
from users.errors import PersonError


@require_safe
@agents_only
def keys(request: HttpRequest, agent: Agent) -> HttpResponse:
    return _keys(request, agent, KeyForm())


def _keys(request: HttpRequest, agent: Agent, form: KeyForm, status: int = 200) -> HttpResponse:
    listed = list(agent.api_keys.all())
    context = {
        "form": form,
        "overlap": OverlapForm(),
        "keys": [key for key in listed if key.is_usable],
        "ended": [key for key in listed if not key.is_usable][:20],
    }
    return page(request, agent, "developer/keys", context, status=status)


@require_http_methods(["POST"])
@active_agents_only
def create_key(request: HttpRequest, agent: Agent) -> HttpResponse:
    form = KeyForm(request.POST)
    if not form.is_valid():
        return _keys(request, agent, form, 422)
    said = form.cleaned_data
    try:
        key, _secret = create_api_key(
            agent=agent,
            actor=agent.user,
            label=said["label"],
            can_buy=said["can_buy"],
            ip_allow_list=said["addresses"],
            is_sandbox=said["world"] == "sandbox",
        )
    except PersonError as refusal:
        field = "addresses" if refusal.field == "ip_allow_list" else None
        form.add_error(field, str(refusal))
        return _keys(request, agent, form, refusal.status)
    return show_once(request, key)


@require_POST
@active_agents_only
def rotate_key(request: HttpRequest, agent: Agent, pk: int) -> HttpResponse:
    key = get_object_or_404(ApiKey, agent=agent, pk=pk)
    form = OverlapForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Choose how long the old key goes on."))
        return redirect("kameng:api_keys")
    try:
        new, _secret = rotate_api_key(key=key, actor=agent.user, overlap=form.hours)
    except PersonError as refusal:
        messages.error(request, str(refusal))
        return redirect("kameng:api_keys")
    return show_once(request, new)


@require_POST
@agents_only
def revoke_key(request: HttpRequest, agent: Agent, pk: int) -> HttpResponse:
    key = get_object_or_404(ApiKey, agent=agent, pk=pk)
    try:
        revoke_api_key(key=key, actor=agent.user, reason="by its owner, in the portal")
    except PersonError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(
            request,
            _("The key %(key)s is revoked: nothing signed with it is taken any more.")
            % {"key": key.key_id},
        )
    return redirect("kameng:api_keys")


@require_safe
@agents_only
def examples(request: HttpRequest, agent: Agent) -> HttpResponse:
    chosen = request.GET.get("language", "")
    shown = next((one for one in EXAMPLES if one.code == chosen), EXAMPLES[0])
    vectors = json.loads(VECTORS.read_text())
    return page(
        request,
        agent,
        "developer/examples",
        {"examples": EXAMPLES, "shown": shown, "vectors": vectors},
    )


@require_safe
def vectors(request: HttpRequest) -> HttpResponseBase:
    """The worked examples as a file, for tests of a client in any language."""
    return FileResponse(
        VECTORS.open("rb"), content_type="application/json", filename="vectors.json"
    )


@require_safe
@agents_only
def sandbox(request: HttpRequest, agent: Agent) -> HttpResponse:
    box = Sandbox.objects.filter(agent=agent).first()
    return page(
        request,
        agent,
        "developer/sandbox",
        {
            "sandbox": box,
            "is_open": has_sandbox(),
            "play_balance": account_state(agent, Channel.SANDBOX).balance if box else None,
            "full": FULL,
        },
    )


@require_POST
@active_agents_only
def refill(request: HttpRequest, agent: Agent) -> HttpResponse:
    try:
        box = open_sandbox(agent=agent)
    except PersonError as refusal:
        messages.error(request, str(refusal))
        return redirect("kameng:sandbox")
    refill_play_money(sandbox=box)
    messages.success(request, _("Your play money is back at 100,000."))
    return redirect("kameng:sandbox")
