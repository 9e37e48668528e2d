"""What was measured, and who waits for what, in the back office."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin

from kalegou.durations import duration
from kalegou.models import GoodsMeasure, PromiseMeasure, RestockWish
from users.backoffice import ReadOnly


class _Measures(ReadOnly, ModelAdmin):
    @admin.display(description=_("median"), ordering="median_seconds")
    def median(self, row: PromiseMeasure | GoodsMeasure) -> str:
        return "—" if row.median_seconds is None else duration(row.median_seconds)

    @admin.display(description=_("95 of 100 within"), ordering="p95_seconds")
    def p95(self, row: PromiseMeasure | GoodsMeasure) -> str:
        return "—" if row.p95_seconds is None else duration(row.p95_seconds)


@admin.register(PromiseMeasure)
class PromiseMeasureAdmin(_Measures):
    """How the shop's promises were kept; the public page shows the same."""

    list_display = ("promise", "period", "count", "median", "p95", "measured_at")
    list_filter = ("promise", "period")
    ordering = ("period", "promise")


@admin.register(GoodsMeasure)
class GoodsMeasureAdmin(_Measures):
    """Which goods sell, and which arrive slowly: retail orders of the last 30 days."""

    list_display = ("product", "sku", "count", "median", "p95", "measured_at")
    list_filter = (("sku", admin.EmptyFieldListFilter), "product__kind", "product__category")
    list_select_related = ("product", "sku")
    search_fields = ("product__search_key", "sku__code")
    ordering = ("-count", "pk")
    list_per_page = 50


class WaitingFilter(admin.SimpleListFilter):
    title = _("waiting")
    parameter_name = "told"

    def lookups(
        self, request: HttpRequest, model_admin: admin.ModelAdmin[RestockWish]
    ) -> list[tuple[str, Any]]:
        return [("no", _("still waiting")), ("yes", _("told"))]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[RestockWish]
    ) -> QuerySet[RestockWish]:
        match self.value():
            case "no":
                return queryset.filter(told_at=None)
            case "yes":
                return queryset.filter(told_at__isnull=False)
        return queryset


@admin.register(RestockWish)
class RestockWishAdmin(ReadOnly, ModelAdmin):
    """What people would buy if we had it."""

    list_display = ("sku", "user", "created_at", "told_at", "waiting_too")
    list_filter = (WaitingFilter, "sku__product__category")
    list_select_related = ("sku__product", "user")
    search_fields = ("sku__code", "sku__product__search_key", "user__username")
    ordering = ("-pk",)
    list_per_page = 50

    def get_queryset(self, request: HttpRequest) -> QuerySet[RestockWish]:
        wishes: QuerySet[RestockWish] = super().get_queryset(request)
        others = (
            RestockWish.objects.filter(sku=OuterRef("sku"), told_at=None)
            .order_by()
            .values("sku")
            .annotate(total=Count("pk"))
            .values("total")
        )
        return wishes.annotate(waiting=Subquery(others))

    @admin.display(description=_("waiting for it"), ordering="waiting")
    def waiting_too(self, wish: RestockWish) -> int:
        count: int | None = getattr(wish, "waiting", None)
        return count or 0
