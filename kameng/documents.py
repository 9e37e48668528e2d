"""Documents of applications: which are asked for, and what may be uploaded.

What a file is, is decided by its content and not by its name.
"""

from __future__ import annotations

import hashlib
import secrets

from django.core.files.base import File
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from kameng.models import DocumentKind, LegalKind
from users.errors import PersonError

MAX_BYTES = 5 * 1024 * 1024
_SIGNATURES = (
    (b"\xff\xd8\xff", "jpg", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "png", "image/png"),
    (b"%PDF-", "pdf", "application/pdf"),
)
ACCEPTED = ".jpg,.jpeg,.png,.pdf"

REQUIRED: dict[LegalKind, tuple[DocumentKind, ...]] = {
    LegalKind.PERSON: (DocumentKind.ID_FRONT, DocumentKind.ID_BACK),
    LegalKind.COMPANY: (DocumentKind.LICENCE, DocumentKind.REPRESENTATIVE),
}
OPTIONAL: dict[LegalKind, tuple[DocumentKind, ...]] = {
    LegalKind.PERSON: (DocumentKind.OTHER,),
    LegalKind.COMPANY: (DocumentKind.AUTHORISATION, DocumentKind.OTHER),
}


def asked_of(kind: LegalKind) -> tuple[DocumentKind, ...]:
    return REQUIRED[kind] + OPTIONAL[kind]


class DocumentInvalid(PersonError):
    code = "document_invalid"
    message = _("Please upload a JPG, PNG or PDF file.")


class DocumentMissing(PersonError):
    code = "document_missing"
    message = _("This document is needed. Please choose a photo or a PDF of it.")


def check_document(upload: UploadedFile, *, field: str = "document") -> None:
    """Refuse what isn't a JPG, PNG or PDF of at most 5 MB, and give it an unguessable name.

    Raises DocumentInvalid. The name that it came with is dropped: it may say anything.
    """
    size = upload.size or 0
    if not size:
        raise DocumentInvalid(_("This file is empty. Please choose another one."), field=field)
    if size > MAX_BYTES:
        raise DocumentInvalid(
            _("This file is larger than 5 MB. Please make it smaller."), field=field
        )
    kind = _kind(upload)
    if kind is None:
        raise DocumentInvalid(field=field)
    upload.name = f"{secrets.token_hex(16)}.{kind[0]}"


def digest_of(upload: UploadedFile) -> str:
    """SHA-256 of the content: the same paper sent by somebody else is found by it."""
    digest = hashlib.sha256()
    for chunk in upload.chunks():
        digest.update(chunk)
    upload.seek(0)
    return digest.hexdigest()


def content_type(document: File) -> str:
    """The media type to serve a stored document with."""
    kind = _kind(document)
    return kind[1] if kind else "application/octet-stream"


def is_picture(name: str) -> bool:
    """Whether a stored document can be shown inside a page; its name is ours."""
    return not name.endswith(".pdf")


def _kind(document: File) -> tuple[str, str] | None:
    document.seek(0)
    head: bytes = document.read(16)
    document.seek(0)
    for signature, extension, media_type in _SIGNATURES:
        if head.startswith(signature):
            return extension, media_type
    return None
