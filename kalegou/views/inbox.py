"""A member's notices: what happened to money, points, coupons and level."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from ui.pages import CappedPaginator
from users.models import User
from users.notices import services
from users.notices.queries import inbox as inbox_of
from users.notices.words import told_of

AUDIENCE = "retail"
PAGE_SIZE = 30


@login_required
@require_safe
@never_cache
def inbox(request: HttpRequest) -> HttpResponse:
    is_unread = request.GET.get("show") == "unread"
    found = inbox_of(_person(request), AUDIENCE, is_unread=is_unread)
    page_obj = CappedPaginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "page_obj": page_obj,
        "notices": [told_of(notice) for notice in page_obj],
        "is_unread": is_unread,
        "notice_view": "kalegou:inbox_notice",
    }
    return render(request, "kalegou/inbox.html", context)


@login_required
@require_safe
@never_cache
def notice(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark it as read and go to what it is about."""
    found = services.read(user=_person(request), notice_id=pk)
    if found is None:
        raise Http404(pk)
    return redirect(told_of(found).address or "kalegou:inbox")


@login_required
@require_POST
def read_all(request: HttpRequest) -> HttpResponse:
    services.read_all(user=_person(request), audience=AUDIENCE)
    return redirect("kalegou:inbox")


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User), "these pages are for logged-in people"
    return request.user
