"""What orders earned their members, in the back office."""

from __future__ import annotations

from django.contrib import admin
from unfold.admin import ModelAdmin

from kalegou.models import GrowthRecord, PointsRecord
from users.backoffice import ReadOnly


class _OfOrders(ReadOnly, ModelAdmin):
    search_fields = ("order_no", "member__user__username", "member__user__phone")
    list_select_related = ("member__user",)
    date_hierarchy = "created_at"
    list_per_page = 50
    show_full_result_count = False


@admin.register(GrowthRecord)
class GrowthRecordAdmin(_OfOrders):
    """Growth, order by order."""

    list_display = ("created_at", "member", "order_no", "change", "earned_at")


@admin.register(PointsRecord)
class PointsRecordAdmin(_OfOrders):
    """Points, order by order: what was due, and what the ledger could do."""

    list_display = ("created_at", "member", "order_no", "reason", "due", "posted", "expires_on")
    list_filter = ("reason",)
