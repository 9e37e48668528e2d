"""What every page's frame needs to know about the visitor's choices."""

from __future__ import annotations

from django.http import HttpRequest

THEMES = ("auto", "light", "dark")
THEME_COOKIE = "theme"
WHOLESALE_PREFIX = "/kameng/"


def ui(request: HttpRequest) -> dict[str, object]:
    """The brand that the page belongs to and the theme, for `<html data-brand data-theme>`.

    A page shared by both brands (log-in, errors) takes the brand of where its `next` leads.
    """
    # The address only: error pages are drawn for bodies that can't be read.
    destination = request.GET.get("next", "")
    is_wholesale = request.path.startswith(WHOLESALE_PREFIX) or destination.startswith(
        WHOLESALE_PREFIX
    )
    theme = request.COOKIES.get(THEME_COOKIE, "auto")
    return {
        "brand": "wholesale" if is_wholesale else "retail",
        "theme": theme if theme in THEMES else "auto",
    }
