"""How delivery, refunds, points and levels work, in plain words."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from kalegou.models import MemberLevel


@require_safe
def help_page(request: HttpRequest) -> HttpResponse:
    return render(request, "kalegou/help.html", {"levels": MemberLevel.objects.all()})
