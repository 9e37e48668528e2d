"""Private uploads: what may be uploaded, and how it is served back.

What a file is, is decided by its content and not by its name. Nothing here is public: a view asks
who may see a file, and then answers with `private_file`.
"""

from __future__ import annotations

import hashlib
import secrets

from django.core.files.base import File
from django.core.files.uploadedfile import UploadedFile
from django.db.models.fields.files import FieldFile
from django.http import FileResponse, Http404
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from users.errors import PersonError

MAX_BYTES = 5 * 1024 * 1024
_SIGNATURES = (
    (b"\xff\xd8\xff", "jpg", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "png", "image/png"),
    (b"%PDF-", "pdf", "application/pdf"),
)
PICTURES = ("jpg", "png")
ACCEPTED = ".jpg,.jpeg,.png,.pdf"
ACCEPTED_PICTURES = ".jpg,.jpeg,.png"


class UploadInvalid(PersonError):
    code = "document_invalid"
    message = _("Please upload a JPG, PNG or PDF file.")


def check_document(upload: UploadedFile, *, field: str = "document") -> None:
    """Refuse what isn't a JPG, PNG or PDF of at most 5 MB, and give it an unguessable name.

    Raises UploadInvalid. The name that it came with is dropped: it may say anything.
    """
    _check(upload, field=field, refusal=UploadInvalid.message, allowed=(*PICTURES, "pdf"))


def check_picture(upload: UploadedFile, *, field: str = "pictures") -> None:
    """As `check_document`, for what is shown inside a page: JPG and PNG only."""
    _check(upload, field=field, refusal=_("Please choose JPG or PNG pictures."), allowed=PICTURES)


def _check(
    upload: UploadedFile, *, field: str, refusal: str | Promise, allowed: tuple[str, ...]
) -> None:
    size = upload.size or 0
    if not size:
        raise UploadInvalid(_("This file is empty. Please choose another one."), field=field)
    if size > MAX_BYTES:
        raise UploadInvalid(
            _("This file is larger than 5 MB. Please make it smaller."), field=field
        )
    kind = _kind(upload)
    if kind is None or kind[0] not in allowed:
        raise UploadInvalid(refusal, field=field)
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


def private_file(stored: FieldFile) -> FileResponse:
    """A stored upload for whoever may see it: never sniffed, run or embedded elsewhere.

    Raises Http404 when the file is gone.
    """
    try:
        response = FileResponse(stored.open("rb"), content_type=content_type(stored))
    except FileNotFoundError:
        raise Http404(stored.name) from None
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    return response


def _kind(document: File) -> tuple[str, str] | None:
    document.seek(0)
    head: bytes = document.read(16)
    document.seek(0)
    for signature, extension, media_type in _SIGNATURES:
        if head.startswith(signature):
            return extension, media_type
    return None
