"""Uploading documents: kept as drafts of their owner until an application takes them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import partial

from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from kameng.documents import REQUIRED, DocumentMissing, asked_of
from kameng.models import Application, Document, DocumentKind, LegalKind
from users.models import User
from users.uploads import check_document, digest_of

DRAFTS_KEPT = timedelta(days=7)


@transaction.atomic
def keep_document(*, owner: User, kind: DocumentKind, upload: UploadedFile) -> Document:
    """Store an upload as its owner's draft of this kind, in place of an earlier draft.

    So a form with a mistake elsewhere doesn't ask for the photo again. Locks the owner; a person
    has one draft of a kind, so that nobody fills the disk. Raises UploadInvalid.
    """
    check_document(upload, field=kind.value)
    User.objects.select_for_update(no_key=True).get(pk=owner.pk)
    _drop(Document.objects.filter(owner=owner, kind=kind, application=None))
    return Document.objects.create(
        owner=owner,
        kind=kind,
        file=upload,
        sha256=digest_of(upload),
        uploaded_at=timezone.now(),
    )


def at_hand(owner: User, corrected: Application | None = None) -> dict[DocumentKind, Document]:
    """What needn't be uploaded again: the drafts, else what staff didn't object to last time."""
    papers = {}
    if corrected is not None:
        for paper in corrected.documents.filter(must_replace=False):
            papers[DocumentKind(paper.kind)] = paper
    for draft in Document.objects.filter(owner=owner, application=None):
        papers[DocumentKind(draft.kind)] = draft
    return papers


def must_be_complete(kind: LegalKind, papers: Mapping[DocumentKind, Document]) -> None:
    """Raises DocumentMissing, naming the first one that is needed and isn't there."""
    for needed in REQUIRED[kind]:
        if needed not in papers:
            raise DocumentMissing(field=needed.value)


def attach(application: Application, papers: Mapping[DocumentKind, Document]) -> None:
    """Give an application its documents: drafts become its own, kept ones are written again.

    In the caller's transaction. Documents of a kind that isn't asked for stay behind.
    """
    for kind in asked_of(LegalKind(application.legal_kind)):
        paper = papers.get(kind)
        if paper is None:
            continue
        assert paper.owner_id == application.user_id, "a view hands over what is at hand"
        if paper.application_id is None:
            Document.objects.filter(pk=paper.pk).update(application=application)
        else:
            Document.objects.create(
                owner=paper.owner,
                application=application,
                kind=kind,
                file=paper.file.name,
                sha256=paper.sha256,
                uploaded_at=paper.uploaded_at,
            )


@transaction.atomic
def forget_old_drafts() -> int:
    """Delete drafts that nobody sent for a week, with their files; return how many."""
    old = Document.objects.filter(application=None, uploaded_at__lt=timezone.now() - DRAFTS_KEPT)
    return _drop(old.select_for_update(skip_locked=True))


def _drop(drafts: QuerySet[Document]) -> int:
    """The rows now, the files once nobody can want them back."""
    rows = list(drafts)
    for row in rows:
        transaction.on_commit(partial(default_storage.delete, str(row.file.name)))
    Document.objects.filter(pk__in=[row.pk for row in rows]).delete()
    return len(rows)
