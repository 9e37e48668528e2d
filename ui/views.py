"""The visitor's theme, and the style guide of the base design."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from ui import samples
from ui.context_processors import THEME_COOKIE, THEMES

YEAR_SECONDS = 365 * 24 * 3600


@require_POST
def set_theme(request: HttpRequest) -> HttpResponse:
    """Remember light, dark or the device's choice, and return to where the visitor was."""
    address = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(
        address, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        address = "/"
    response = HttpResponseRedirect(address)
    theme = request.POST.get("theme", "")
    if theme in THEMES:
        response.set_cookie(
            THEME_COOKIE, theme, max_age=YEAR_SECONDS, samesite="Lax", secure=request.is_secure()
        )
    return response


def design_index(request: HttpRequest) -> HttpResponse:
    return redirect("ui:design", brand="retail", part="shop")


def design(request: HttpRequest, brand: str, part: str) -> HttpResponse:
    """One part of the style guide, in one brand's frame: the data are real, empty or overlong."""
    return render(
        request,
        "ui/design/page.html",
        {
            "layout": f"{brand}/base.html",
            "shown_brand": brand,
            "parts": samples.PARTS,
            "part": part,
            "part_template": f"ui/design/_{part}.html",
            **samples.context(),
        },
    )
