"""Changes of level and gifts in the back office, and the birthday that a member told."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import action
from unfold.widgets import UnfoldAdminSingleDateWidget

from kalegou.models import LevelChange, Member, MemberGift
from kalegou.services import correct_birthday
from users.backoffice import ReadOnly, ReasonForm, ask, staff
from users.errors import PersonError


class BirthdayForm(ReasonForm):
    field_order = ("birthday", "reason")
    birthday = forms.DateField(
        label=_("Birthday"),
        required=False,
        widget=UnfoldAdminSingleDateWidget,
        help_text=_("Empty: the member may tell it anew."),
    )


class BirthdayAction:
    """For the admin of members."""

    admin_site: Any

    @action(description=_("Correct the birthday…"), url_path="birthday")
    def correct_birthday(self, request: HttpRequest, object_id: int) -> HttpResponse:
        if not staff(request).has_perm("kalegou.change_member"):
            raise PermissionDenied
        member = get_object_or_404(Member, pk=object_id)
        page = reverse("admin:kalegou_member_change", args=[member.pk])
        form = BirthdayForm(request.POST or None, initial={"birthday": member.birthday})
        if request.method == "POST" and form.is_valid():
            try:
                correct_birthday(
                    member=member,
                    birthday=form.cleaned_data["birthday"],
                    actor=staff(request),
                    reason=form.cleaned_data["reason"],
                )
            except PersonError as error:
                form.add_error("birthday", str(error))
            else:
                messages.success(request, gettext("The birthday is corrected."))
                return HttpResponseRedirect(page)
        return ask(
            request,
            site=self.admin_site,
            title=_("Birthday of %(member)s") % {"member": member},
            explanation=_(
                "The gift of a birthday is given once a year, whatever is corrected. The next one"
                " comes on the day that you enter."
            ),
            form=form,
            button=_("Correct it"),
            back=page,
        )


class _History(ReadOnly, ModelAdmin):
    search_fields = ("member__user__username", "member__user__phone")
    list_per_page = 50
    show_full_result_count = False


@admin.register(LevelChange)
class LevelChangeAdmin(_History):
    """Who went up or down, and by which growth."""

    list_display = ("changed_at", "member", "came_from", "went_to", "growth")
    list_filter = ("went_to", "changed_at")
    list_select_related = ("member__user", "came_from", "went_to")


@admin.register(MemberGift)
class MemberGiftAdmin(_History):
    """What levels and birthdays gave to whom."""

    list_display = ("given_at", "member", "kind", "occasion", "points", "coupon")
    list_filter = ("kind", "level", "given_at")
    list_select_related = ("member__user", "coupon__coupon")
