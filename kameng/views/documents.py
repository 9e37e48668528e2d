"""Serving private uploads: to their owner, and to staff who may see applications."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponseBase
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from kameng.models import Document
from users import audit
from users.models import User
from users.uploads import private_file


@require_safe
@never_cache
@login_required
def document(request: HttpRequest, pk: int) -> HttpResponseBase:
    """One document; that staff looked at it is recorded."""
    user = request.user
    assert isinstance(user, User)
    found = Document.objects.filter(pk=pk).first()
    is_owner = found is not None and found.owner_id == user.pk
    if found is None or not (is_owner or user.has_perm("kameng.view_application")):
        raise Http404(pk)
    response = private_file(found.file)
    if not is_owner:
        audit.record(
            actor=user,
            action="see_document",
            target=f"application:{found.application_id}",
            document=found.pk,
            kind=found.kind,
        )
    return response
