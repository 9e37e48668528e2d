"""The front page: the quick top-up first, then what else there is."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from kalegou.forms import TopupForm
from kalegou.recent_numbers import recent_numbers
from kalegou.repeats import repeats
from kalegou.shelves import popular_goods, scenes
from kalegou.visitors import visitor_of

SCENES_SHOWN = 8


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    visitor = visitor_of(request)
    kinds = scenes()
    has_more = len(kinds) > SCENES_SHOWN
    return render(
        request,
        "kalegou/home.html",
        {
            "form": TopupForm(),
            "recent": (recent := recent_numbers(request, visitor)),
            "repeats": repeats(visitor, recent),
            # The last place leads to all of them.
            "scenes": kinds[: SCENES_SHOWN - 1] if has_more else kinds,
            "has_more_scenes": has_more,
            "goods": popular_goods(visitor.member),
            "latest": visitor.latest_open_order(),
        },
    )
