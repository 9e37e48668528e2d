"""A member's level and points: where one stands, what it brings, what moved it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from kalegou.forms_membership import BirthdayForm, PointsFilter
from kalegou.models import LevelChange, Member
from kalegou.queries.membership import (
    Wanted,
    growth_of,
    leaving_soon,
    levels,
    points_statement,
    progress_of,
)
from kalegou.services import set_birthday
from kalegou.services.expiring import ending_next
from kalegou.services.rewarding import GROWTH_COUNTS_FOR
from kalegou.templatetags.kalegou import order_of
from kalegou.visitors import visitor_of
from ledger.models import Posting
from ui.exports import Cell, as_format, table_file
from ui.pages import CappedPaginator
from users.errors import PersonError

ROWS_PER_PAGE = 20
CHANGES_SHOWN = 10


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def level(request: HttpRequest) -> HttpResponse:
    """GET shows the level, what each brings, and the growth; POST tells the birthday, once."""
    member = _member(request)
    form = BirthdayForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            set_birthday(member=member, birthday=form.cleaned_data["birthday"])
        except PersonError as error:
            form.add_error("birthday", str(error))
        else:
            messages.success(request, _("Your birthday is kept."))
            return redirect("kalegou:level")
    context = {
        "member": member,
        "progress": progress_of(member),
        "leaving": leaving_soon(member),
        "levels": levels(),
        "form": form,
        "page_obj": Paginator(growth_of(member), ROWS_PER_PAGE).get_page(request.GET.get("page")),
        "counts_since": timezone.now() - GROWTH_COUNTS_FOR,
        "changes": LevelChange.objects.filter(member=member).select_related("came_from", "went_to")[
            :CHANGES_SHOWN
        ],
        "gifts": member.gifts.select_related("coupon__coupon")[:CHANGES_SHOWN],
    }
    status = 422 if form.errors else 200
    return render(request, "kalegou/level.html", context, status=status)


@login_required
@require_safe
@never_cache
def points(request: HttpRequest) -> HttpResponseBase:
    """The points, which run out next, and what gave or took them; as a file with `format`."""
    member = _member(request)
    form = PointsFilter(request.GET)
    said = form.cleaned_data if form.is_valid() else {}
    wanted = Wanted(
        group=said.get("kind", ""),
        since=said.get("since"),
        until=said.get("until"),
        sort=said.get("sort") or "new",
    )
    found = points_statement(member, wanted)
    file_format = as_format(request.GET.get("format"))
    if file_format and form.is_valid():
        heading = [_("Time"), _("What"), _("Order number"), _("Points"), _("Points after it")]
        return table_file(
            "points", heading, _file_rows(found.iterator(2000)), file_format=file_format
        )
    context = {
        "member": member,
        "form": form,
        "is_filtered": any(form.data.get(name) for name in form.fields),
        "ending": ending_next(member),
        "page_obj": CappedPaginator(found, ROWS_PER_PAGE).get_page(request.GET.get("page")),
    }
    return render(request, "kalegou/points.html", context)


def _file_rows(found: Iterable[Posting]) -> Iterator[list[Cell]]:
    for posting in found:
        entry = posting.entry
        yield [
            entry.created_at,
            str(entry.get_kind_display()),
            order_of(posting),
            int(posting.amount),
            int(posting.balance_after or Decimal(0)),
        ]


def _member(request: HttpRequest) -> Member:
    member = visitor_of(request).member
    assert member is not None, "these pages are for logged-in people"
    return member
