"""Showing a secret once: the session says whose, the next page opens it, and nothing holds it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from kameng.access import agents_only, page
from kameng.models import Agent, ApiKey, Endpoint
from kameng.services.api_keys import secret_of
from kameng.services.endpoints import secrets_of

_FRESH = "fresh_secret"


def show_once(request: HttpRequest, thing: ApiKey | Endpoint) -> HttpResponse:
    """Send the browser to the page that shows this secret, this once."""
    kind = "key" if isinstance(thing, ApiKey) else "endpoint"
    request.session[_FRESH] = [kind, thing.pk]
    return redirect("kameng:fresh_secret")


@require_safe
@agents_only
def fresh_secret(request: HttpRequest, agent: Agent) -> HttpResponse:
    kind, pk = request.session.pop(_FRESH, ("", 0))
    if kind == "key":
        key = ApiKey.objects.usable().filter(agent=agent, pk=pk).first()
        if key is not None:
            context = {"name": key.key_id, "secret": secret_of(key), "thing": key, "is_key": True}
            return page(request, agent, "developer/secret", context)
    elif kind == "endpoint":
        endpoint = Endpoint.objects.filter(agent=agent, pk=pk, deleted_at=None).first()
        if endpoint is not None:
            now, coming = secrets_of(endpoint)
            context = {"name": endpoint.key_id, "secret": coming or now, "thing": endpoint}
            return page(request, agent, "developer/secret", context)
    return redirect("kameng:api_keys")
