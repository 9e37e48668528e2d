"""Uploads of card files: kept in memory, because a temporary file would hold the codes in clear."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.files.uploadhandler import MemoryFileUploadHandler, SkipFile
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt, csrf_protect

MAX_UPLOAD_BYTES = 20 * 1024 * 1024


class InMemoryUpload(MemoryFileUploadHandler):
    """Takes a file of up to MAX_UPLOAD_BYTES; reads a larger one to its end and drops it."""

    def handle_raw_input(self, *args: Any, **kwargs: Any) -> None:
        self.activated = True
        self.received_bytes = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self.received_bytes += len(raw_data)
        if self.received_bytes > MAX_UPLOAD_BYTES:
            raise SkipFile
        super().receive_data_chunk(raw_data, start)


def is_too_large(request: HttpRequest) -> bool:
    """Whether InMemoryUpload dropped the request's file."""
    return any(
        isinstance(handler, InMemoryUpload) and handler.received_bytes > MAX_UPLOAD_BYTES
        for handler in request.upload_handlers
    )


def uploads_in_memory(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Set the handler before anything reads the request; the CSRF check does, so it comes after."""
    protected = csrf_protect(view)

    def with_handler(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        request.upload_handlers = [InMemoryUpload(request)]
        return protected(request, *args, **kwargs)

    return csrf_exempt(with_handler)
