"""Pages and files go over the wire compressed, also where no proxy does it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase
from django.middleware.gzip import GZipMiddleware

_TEXTS = (
    "text/html",
    "text/css",
    "text/javascript",
    "application/javascript",
    "application/manifest+json",
    "image/svg+xml",
)


class CompressedTexts(GZipMiddleware):
    """Django's own, for texts only, and never for a stream of events: it would sit in a buffer.

    Its random padding hides the length of a page from who could guess at its secrets (BREACH); the
    CSRF token is masked anew in each page besides. Files that lie compressed already come as they
    are (whitenoise, in production).
    """

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        kind = response.headers.get("Content-Type", "").partition(";")[0]
        if kind not in _TEXTS or request.headers.get("Range"):
            return response
        compressed: HttpResponseBase = super().process_response(request, response)
        return compressed
