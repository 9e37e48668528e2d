"""What answers a request that Django refuses before any view sees it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views import defaults

from kameng.api import problems

API_PREFIX = "/api/"


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """A wrong Host header and the like: a program gets a problem, a person a page."""
    if request.path.startswith(API_PREFIX):
        return problems.bad_request(request)
    return defaults.bad_request(request, exception)
