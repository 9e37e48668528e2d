"""Commission policies, and what they paid. Commissions change through services only."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline
from unfold.decorators import display

from kameng.admin.forms import PolicyForm
from kameng.commissions import MAX_GENERATIONS
from kameng.models import (
    Commission,
    CommissionPolicy,
    CommissionStatus,
    GenerationRate,
)
from users.backoffice import ReadOnly

_TONES = {
    CommissionStatus.PENDING: "warning",
    CommissionStatus.SETTLED: "success",
    CommissionStatus.VOID: "danger",
}


def is_in_force(policy: CommissionPolicy | None) -> bool:
    """Orders use it, or used it: it can't be changed any more (the database refuses as well)."""
    return policy is not None and policy.effective_from <= timezone.now()


class RateInline(TabularInline):
    model = GenerationRate
    extra = 0
    max_num = MAX_GENERATIONS

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return not is_in_force(obj) and super().has_add_permission(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return not is_in_force(obj) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return not is_in_force(obj) and super().has_delete_permission(request, obj)


@admin.register(CommissionPolicy)
class CommissionPolicyAdmin(ModelAdmin):
    """Versions by date: make a new one to change the rules; the one in force is read-only."""

    form = PolicyForm
    list_display = (
        "effective_from",
        "in_force",
        "level_difference_share",
        "max_generations",
        "rates",
        "after_sale_hours",
        "note",
    )
    inlines = (RateInline,)

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("generation_rates")

    def has_change_permission(
        self, request: HttpRequest, obj: CommissionPolicy | None = None
    ) -> bool:
        return not is_in_force(obj) and super().has_change_permission(request, obj)

    def has_delete_permission(
        self, request: HttpRequest, obj: CommissionPolicy | None = None
    ) -> bool:
        return not is_in_force(obj) and super().has_delete_permission(request, obj)

    @admin.display(description=_("in force or past"), boolean=True)
    def in_force(self, policy: CommissionPolicy) -> bool:
        return is_in_force(policy)

    @admin.display(description=_("rates by generation"))
    def rates(self, policy: CommissionPolicy) -> str:
        return " / ".join(
            f"{(rate.rate * 100).normalize():f}%" for rate in policy.generation_rates.all()
        )


@admin.register(Commission)
class CommissionAdmin(ReadOnly, ModelAdmin):
    """Who earned what on which order, and what became of it."""

    list_display = (
        "order",
        "agent",
        "generation",
        "amount",
        "reversed_amount",
        "was_capped",
        "state",
        "due_at",
        "settled_at",
    )
    list_filter = ("status", "was_capped", "generation", "due_at")
    list_select_related = ("order", "agent")
    search_fields = ("order__order_no", "agent__name", "agent__user__username")
    show_full_result_count = False

    @display(description=_("status"), label=_TONES, ordering="status")
    def state(self, commission: Commission) -> tuple[str, str]:
        return commission.status, commission.get_status_display()
