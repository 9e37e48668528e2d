"""The schema for programs, and the same as a page for people."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language
from drf_spectacular.renderers import OpenApiYamlRenderer

from kameng.api.errors import MethodNotAllowed
from kameng.api.openapi import document
from kameng.api.problems import problem

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
    made = document(get_language() or "")
    if request.GET.get("format") == "yaml":
        return HttpResponse(
            OpenApiYamlRenderer().render(made), content_type="application/vnd.oai.openapi"
        )
    return HttpResponse(json.dumps(made, ensure_ascii=False), content_type="application/json")


@_read_only
def docs(request: HttpRequest) -> HttpResponse:
    return HttpResponse("")
