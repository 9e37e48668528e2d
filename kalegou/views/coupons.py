"""A member's coupons: all of them, or what they are worth for one order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from catalog.queries import sellable_skus
from kalegou.availability import choices
from kalegou.checkout_page import NO_COUPON, POINTS, basket_for, checkout_address
from kalegou.coupon_words import from_of, scope_of, what_of
from kalegou.drafts import Draft
from kalegou.forms import CouponCodeForm
from kalegou.models import CouponGrant, CouponUse, Member
from kalegou.queries.coupons import Held, coupons_of
from kalegou.services import claim_coupon
from kalegou.visitors import visitor_of
from users.errors import PersonError

ROWS_PER_PAGE = 20
USABLE, USED, OVER = "usable", "used", "over"


@dataclass(frozen=True, slots=True)
class Shown:
    """A coupon of a member, in words. `address` leads to the order with this coupon."""

    held: Held
    address: str = ""

    @property
    def what(self) -> str:
        return what_of(self.held.coupon)

    @property
    def conditions(self) -> str:
        return " · ".join((from_of(self.held.coupon), scope_of(self.held.coupon)))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def coupons(request: HttpRequest) -> HttpResponse:
    """GET lists them, for an order if the address has a draft; POST keeps one by its code."""
    visitor = visitor_of(request)
    member = visitor.member
    assert member is not None, "this page is for logged-in people"
    draft = Draft.open(request.GET.get("draft", ""))
    form = CouponCodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            grant = claim_coupon(member=member, code=form.cleaned_data["code"])
        except PersonError as error:
            form.add_error("code", str(error))
        else:
            text = _("%(coupon)s is among your coupons now.") % {"coupon": grant.coupon.label}
            messages.success(request, text)
            return redirect(request.get_full_path())
    context = _for_order(request, member, draft) if draft else _all(request, member)
    status = 422 if form.errors else 200
    return render(request, "kalegou/coupons.html", {**context, "form": form}, status=status)


def _all(request: HttpRequest, member: Member) -> dict[str, object]:
    """All coupons of a member under three tabs, paged."""
    shown = request.GET.get("show", USABLE)
    shown = shown if shown in (USABLE, USED, OVER) else USABLE
    grants = _under(shown, CouponGrant.objects.filter(member=member))
    page = Paginator(grants, ROWS_PER_PAGE).get_page(request.GET.get("page"))
    keys = [grant.pk for grant in page]
    held = coupons_of(member, grants=CouponGrant.objects.filter(pk__in=keys))
    by_key = {one.grant.pk: one for one in held if one.grant}
    return {
        "shown": shown,
        "page_obj": page,
        "coupons": [Shown(by_key[key]) for key in keys if key in by_key],
    }


def _under(shown: str, grants: QuerySet[CouponGrant]) -> QuerySet[CouponGrant]:
    used = Exists(CouponUse.objects.filter(grant=OuterRef("pk"), returned_at=None))
    if shown == USED:
        return grants.filter(used).order_by("-pk")
    now = timezone.now()
    over = (
        Q(coupon__stopped_at__isnull=False) | Q(expires_at__lte=now) | Q(coupon__ends_at__lte=now)
    )
    if shown == OVER:
        return grants.filter(over).exclude(used).order_by("-pk")
    return grants.exclude(over).exclude(used).order_by("expires_at", "-pk")


def _for_order(request: HttpRequest, member: Member, draft: Draft) -> dict[str, object]:
    """The unused ones for what is about to be ordered: what each takes off, or why it doesn't."""
    found = choices(sellable_skus().filter(code=draft.sku_code), member)
    held: Sequence[Held] = (
        coupons_of(member, basket=lambda: basket_for(draft, found[0])) if found else ()
    )
    uses_points = request.GET.get(POINTS) == "1"

    def with_coupon(reference: str) -> str:
        return checkout_address(draft, uses_points=uses_points, coupon=reference)

    return {
        "is_for_order": True,
        "usable": [Shown(one, with_coupon(one.reference)) for one in held if one.is_usable],
        "unusable": [Shown(one) for one in held if not one.is_usable and not one.is_over],
        "without": with_coupon(NO_COUPON),
        "wallet": reverse("kalegou:coupons"),
    }
