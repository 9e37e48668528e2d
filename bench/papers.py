"""What everybody who is measured has in common: goods, a legal person, papers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from django.core.files.uploadedfile import SimpleUploadedFile

from catalog.models import SKU
from kameng.documents import REQUIRED
from kameng.identity import LegalPerson
from kameng.models import BankDetails, Document, DocumentKind, LegalKind
from kameng.services.papers import keep_document
from users.models import User

_FILES = Path(__file__).parent.parent / "kameng" / "demo_files"
POSTER, _PAPER = _FILES / "join.png", _FILES / "paper.png"
LEGAL = LegalPerson(LegalKind.PERSON, "陈小明", "440301199001011234", "13800138000")


@dataclass(frozen=True, slots=True)
class Shared:
    """What all agents meet."""

    card: SKU
    topup: SKU
    bank: BankDetails
    staff: User


def papers_of(user: User) -> dict[DocumentKind, Document]:
    """What is needed to apply, uploaded as drafts."""
    return {
        kind: keep_document(owner=user, kind=kind, upload=upload(f"{user.pk}-{kind}"))
        for kind in REQUIRED[LegalKind.PERSON]
    }


def upload(about: str) -> SimpleUploadedFile:
    """Each other than the others: the same paper twice is looked at by staff."""
    return SimpleUploadedFile("paper.png", _PAPER.read_bytes() + about.encode())
