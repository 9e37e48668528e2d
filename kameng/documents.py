"""Documents of applications: which are asked for. What may be uploaded is `users.uploads`'."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from kameng.models import DocumentKind, LegalKind
from users.errors import PersonError

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


class DocumentMissing(PersonError):
    code = "document_missing"
    message = _("This document is needed. Please choose a photo or a PDF of it.")
