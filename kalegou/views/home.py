"""The front page: the quick top-up first, then scenes, what people buy, what this visitor buys."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from kalegou.forms import TopupForm
from kalegou.recent_numbers import recent_numbers
from kalegou.repeats import repeats
from kalegou.scenes import shown_scenes
from kalegou.service_figures import headline_figures
from kalegou.shelves import front_page, usual_goods
from kalegou.visitors import visitor_of


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    visitor = visitor_of(request)
    scenes = shown_scenes()
    return render(
        request,
        "kalegou/home.html",
        {
            "form": TopupForm(),
            "recent": (recent := recent_numbers(request, visitor)),
            "repeats": repeats(visitor, recent),
            "shelf": front_page(visitor.member, scenes),
            "usual": usual_goods(visitor),
            "latest": visitor.latest_open_order(),
            "figures": headline_figures(),
        },
    )
