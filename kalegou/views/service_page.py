"""The public page of promises with what was measured of them."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from kalegou.service_figures import service_figures


@require_safe
def service_page(request: HttpRequest) -> HttpResponse:
    return render(request, "kalegou/service.html", {"page": service_figures()})
