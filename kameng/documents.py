"""The document of an application: what may be uploaded, decided by its content and not its name."""

from __future__ import annotations

import secrets

from django.core.files.base import File
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from users.errors import PersonError

MAX_BYTES = 5 * 1024 * 1024
_SIGNATURES = (
    (b"\xff\xd8\xff", "jpg", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "png", "image/png"),
    (b"%PDF-", "pdf", "application/pdf"),
)
ACCEPTED = ".jpg,.jpeg,.png,.pdf"


class DocumentInvalid(PersonError):
    code = "document_invalid"
    message = _("Please upload a JPG, PNG or PDF file.")


def check_document(upload: UploadedFile) -> None:
    """Refuse what isn't a JPG, PNG or PDF of at most 5 MB, and give it an unguessable name.

    Raises DocumentInvalid. The name that it came with is dropped: it may say anything.
    """
    size = upload.size or 0
    if not size:
        raise DocumentInvalid(_("This file is empty. Please choose another one."), field="document")
    if size > MAX_BYTES:
        raise DocumentInvalid(
            _("This file is larger than 5 MB. Please make it smaller."), field="document"
        )
    kind = _kind(upload)
    if kind is None:
        raise DocumentInvalid(field="document")
    upload.name = f"{secrets.token_hex(16)}.{kind[0]}"


def content_type(document: File) -> str:
    """The media type to serve a stored document with."""
    kind = _kind(document)
    return kind[1] if kind else "application/octet-stream"


def _kind(document: File) -> tuple[str, str] | None:
    document.seek(0)
    head: bytes = document.read(16)
    document.seek(0)
    for signature, extension, media_type in _SIGNATURES:
        if head.startswith(signature):
            return extension, media_type
    return None
