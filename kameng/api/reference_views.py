"""The schema for programs, and the same as a page for people."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache, wraps
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language, get_language_from_request
from django.utils.translation import gettext_lazy as _
from drf_spectacular.renderers import OpenApiYamlRenderer

from kameng.api.catalogue import PROBLEM_TYPES
from kameng.api.errors import MethodNotAllowed
from kameng.api.openapi import INTRODUCTION, document
from kameng.api.problems import problem
from kameng.api.reference import calls, rich, webhooks
from outbound.signing import WINDOW_SECONDS
from suppliers.adapters.dujiao_wire import BASE as DOCKING

_DOCKING = (
    (f"POST {DOCKING}/ping", _("Whether key and secret are right; the balance.")),
    (f"GET {DOCKING}/categories", _("The categories, two levels.")),
    (f"GET {DOCKING}/products", _("What is on sale at your prices, by pages.")),
    (f"GET {DOCKING}/products/{{id}}", _("One product.")),
    (f"POST {DOCKING}/orders", _("Place an order, paid from your wallet.")),
    (f"GET {DOCKING}/orders/{{id}}", _("Where the order is, and its codes once it is delivered.")),
    (
        f"POST {DOCKING}/orders/{{id}}/cancel",
        _("Only says whether it has failed: orders are paid and under way at once."),
    ),
)
View = Callable[[HttpRequest], HttpResponse]


def _read_only(view: View) -> View:
    @wraps(view)
    def guarded(request: HttpRequest) -> HttpResponse:
        if request.method not in ("GET", "HEAD"):
            return problem(MethodNotAllowed(["GET", "HEAD"]))
        return view(request)

    return guarded


@_read_only
def openapi(request: HttpRequest) -> HttpResponse:
    """OpenAPI 3.1 as JSON, or as YAML with `?format=yaml`."""
    made = document(get_language_from_request(request))
    if request.GET.get("format") == "yaml":
        return HttpResponse(
            OpenApiYamlRenderer().render(made), content_type="application/vnd.oai.openapi"
        )
    return HttpResponse(json.dumps(made, ensure_ascii=False), content_type="application/json")


@_read_only
def docs(request: HttpRequest) -> HttpResponse:
    """The same for people: made from the schema, so that it can't say anything else."""
    made = document(get_language() or "")
    events = webhooks(made)
    return render(
        request,
        "kameng/api/docs.html",
        {
            "brand": "wholesale",
            "introduction": rich(str(INTRODUCTION)),
            "calls": calls(made),
            "events": events,
            "event_headers": events[0].parameters,
            "base_url": settings.BASE_URL,
            "docking": _DOCKING,
            "problems": [(one, rich(str(one.advice))) for one in PROBLEM_TYPES.values()],
            "example": _worked_example(),
            "window_seconds": WINDOW_SECONDS,
            "reads": settings.API_READS_PER_MINUTE,
            "writes": settings.API_WRITES_PER_MINUTE,
        },
    )


@cache
def _worked_example() -> dict[str, str]:
    """The order among the examples that clients of every language are tested with."""
    vectors = json.loads((Path(__file__).parent / "signing_vectors.json").read_text())
    found: dict[str, str] = next(one for one in vectors if one["name"] == "an order")
    return found
