"""Agents' invite links: who invites whom, by what."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin

from kameng.models import ApplicationStatus, InviteLink
from users.backoffice import ReadOnly


@admin.register(InviteLink)
class InviteLinkAdmin(ReadOnly, ModelAdmin):
    """Agents make and change them in the portal; staff look."""

    list_display = (
        "name",
        "agent",
        "code",
        "tier",
        "expires_on",
        "max_uses",
        "is_on",
        "applied",
        "approved",
        "created_at",
    )
    list_filter = ("is_on", "tier", "expires_on", "created_at")
    list_select_related = ("agent", "tier")
    search_fields = ("code", "name", "agent__name", "agent__user__username")
    ordering = ("-id",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[InviteLink]:
        links: QuerySet[InviteLink] = super().get_queryset(request)
        return links.annotate(
            applied_count=Count("applications__user", distinct=True),
            approved_count=Count(
                "applications__user",
                distinct=True,
                filter=Q(applications__status=ApplicationStatus.APPROVED),
            ),
        )

    @admin.display(description=_("applied"))
    def applied(self, link: InviteLink) -> int:
        return int(getattr(link, "applied_count", 0))

    @admin.display(description=_("became agents"))
    def approved(self, link: InviteLink) -> int:
        return int(getattr(link, "approved_count", 0))
