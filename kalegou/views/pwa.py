"""What makes the shop installable: manifest, service worker, the page for when there is no network.

The worker keeps nothing that belongs to a person or moves money: only files of the style sheet's
kind, and one page that is the same for everybody.
"""

from __future__ import annotations

import hashlib

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_cookie

ICONS = (
    ("icons/shop-192.png", "192x192", "any"),
    ("icons/shop-512.png", "512x512", "any"),
    ("icons/shop-maskable-512.png", "512x512", "maskable"),
)
# What the page for no network needs to look like the shop.
OFFLINE_FILES = ("app.css", "icons/shop-192.png", "favicon.svg")
PAPER, VERMILION = "#faf6f1", "#cf2f1d"


@require_safe
@cache_control(max_age=3600)
@vary_on_cookie  # the language
def manifest(request: HttpRequest) -> HttpResponse:
    home, topup = reverse("kalegou:home"), reverse("kalegou:topup")
    return JsonResponse(
        {
            "id": home,
            "name": _("Kalegou: top-ups and game cards"),
            "short_name": _("Kalegou"),
            "description": _("Delivered in minutes; if it fails, the money is back in seconds."),
            "lang": request.LANGUAGE_CODE,
            "dir": "ltr",
            "start_url": f"{home}?from=app",
            "scope": "/",
            "display": "standalone",
            "orientation": "any",
            "background_color": PAPER,
            "theme_color": VERMILION,
            "categories": ["shopping", "utilities"],
            "icons": [
                {"src": static(file), "sizes": sizes, "type": "image/png", "purpose": purpose}
                for file, sizes, purpose in ICONS
            ],
            "shortcuts": [
                {"name": _("Top up a phone"), "url": topup},
                {"name": _("My orders"), "url": reverse("kalegou:orders")},
            ],
        },
        content_type="application/manifest+json",
    )


@require_safe
@cache_control(no_cache=True)
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker, with the addresses of this release in it."""
    files = [static(name) for name in OFFLINE_FILES]
    offline_page = _offline_page()
    release = hashlib.sha256("\n".join([*files, offline_page]).encode()).hexdigest()[:16]
    text = render_to_string(
        "kalegou/worker.js",
        {"release": release, "offline": reverse("kalegou:offline"), "files": files},
    )
    return HttpResponse(text, content_type="text/javascript; charset=utf-8")


@require_safe
@cache_control(max_age=300)
@vary_on_cookie  # the language
def offline(request: HttpRequest) -> HttpResponse:
    """Drawn without the request: nothing of a visitor can be in what the worker keeps."""
    return HttpResponse(_offline_page())


def _offline_page() -> str:
    return render_to_string("kalegou/offline.html")
