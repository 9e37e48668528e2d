"""What a request says of itself: the path as it was sent."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.http import HttpRequest
from django.utils.encoding import escape_uri_path


def path_and_query(request: HttpRequest) -> str:
    """The request's target as the client sent it, percent-encoding and all.

    Servers decode the path before Django sees it. gunicorn and uWSGI also hand over the original;
    without it, the path is encoded again, which gives the original for every usual client.
    """
    sent: str = request.META.get("RAW_URI") or request.META.get("REQUEST_URI") or ""
    if sent and not sent.startswith("/"):  # absolute form, as for a proxy
        parts = urlsplit(sent)
        sent = parts.path + (f"?{parts.query}" if parts.query else "")
    if sent:
        return sent
    query: str = request.META.get("QUERY_STRING", "")
    return escape_uri_path(request.path) + (f"?{query}" if query else "")
